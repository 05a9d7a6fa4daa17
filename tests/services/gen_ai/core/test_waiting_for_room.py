"""Where only calls under way are in the way of a call, its policy may let it wait for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import httpx2
import openai
import pytest

from app.bootstrap import running
from app.clock import SystemClock
from containers import Container
from tests.fakes.budgeted import budget, budgeted
from tests.fakes.scripted_upstream import ScriptedUpstream, completion

BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello."}], "max_completion_tokens": 300}
ROOM = "0.0003"
"""USD: one call's worst case is between a half of it and all of it."""


class Held:
    """An upstream whose first answer waits; the others come at once."""

    def __init__(self) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}

        async def first() -> httpx2.Response:
            self.asked.set()
            await self.go.wait()
            return completion(usage=usage)

        self.upstream = ScriptedUpstream(first, *(completion(usage=usage) for _ in range(3)))


@asynccontextmanager
async def waiting(tmp_path: Path, held: Held, seconds: float) -> AsyncIterator[Container]:
    """The application, with a budget that has room for one call at a time and a policy that waits."""
    over_budget = f"wait\n    over_budget_wait_seconds: {seconds}"
    with budgeted(tmp_path, SystemClock(), budget(limit_usd=ROOM), over_budget=over_budget) as container:
        container.gen_ai.http_client.override(httpx2.AsyncClient(transport=held.upstream.transport))
        async with running(container):
            yield container


async def ask(container: Container) -> object:
    client = container.gen_ai.manager().get_client("chatops_advanced", "alice")
    return await client.post("/chat/completions", cast_to=object, body=BODY)


async def test_a_call_waits_for_the_room_that_another_sets_free(tmp_path: Path) -> None:
    """It is answered as soon as the first is settled at what it really cost."""
    held = Held()
    async with waiting(tmp_path, held, 30) as container:
        first = asyncio.create_task(ask(container))
        await held.asked.wait()
        second = asyncio.create_task(ask(container))
        await asyncio.sleep(0)
        held.go.set()
        await asyncio.gather(first, second)
    assert len(held.upstream.requests) == 2


async def test_the_wait_has_an_end(tmp_path: Path) -> None:
    """Then it is refused as it would have been, with the time after which to come again."""
    held = Held()
    async with waiting(tmp_path, held, 0.01) as container:
        first = asyncio.create_task(ask(container))
        await held.asked.wait()
        with pytest.raises(openai.APIStatusError) as caught:
            await ask(container)
        assert (caught.value.status_code, caught.value.code) == (402, "budget_exceeded")
        assert int(caught.value.response.headers["retry-after"]) > 0
        held.go.set()
        await first


async def test_nobody_waits_for_room_that_no_call_will_set_free(tmp_path: Path) -> None:
    """What does not fit beside what is spent is refused at once."""
    held = Held()
    async with waiting(tmp_path, held, 600) as container:
        client = container.gen_ai.manager().get_client("chatops_advanced", "alice")
        with pytest.raises(openai.APIStatusError) as caught:
            await client.post("/chat/completions", cast_to=object, body=BODY | {"max_completion_tokens": 16_000})
        assert Decimal(caught.value.body["needed_usd"]) > Decimal(ROOM)  # type: ignore[index]
        assert "retry-after" not in caught.value.response.headers
