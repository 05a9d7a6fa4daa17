"""Tools in a streamed answer: what the events say, and what is left when the person goes."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from app.services.gen_ai.chat.tools import ChatTools
from app.services.gen_ai.core import NoArguments, Tool
from app.simulator import Fault
from containers import Container
from tests.api.chatting import SSE, ask, begin, hear, over_a_socket, rows

QUESTION = "How much did I spend, and is the database up?"


def tool_events(events: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[str, str]]:
    return [(data["state"], data["name"]) for name, data in events if name == "tool"]


async def test_tools_are_told_when_called_and_when_ended_and_then_the_answer_comes(http: httpx2.AsyncClient) -> None:
    """Two events for each call, with one id; `done` lists the same as the JSON answer does."""
    events = await hear(http, QUESTION)
    names = [name for name, _ in events]
    assert tool_events(events) == [
        ("called", "usage_and_cost"),
        ("called", "system_status"),
        ("ended", "usage_and_cost"),
        ("ended", "system_status"),
    ]
    assert names[:4] == ["tool"] * 4
    assert set(names[4:-2]) == {"delta"}
    assert names[-2:] == ["usage", "done"]
    done = events[-1][1]
    assert "".join(data["text"] for name, data in events if name == "delta") == done["answer"]
    ended = [data for name, data in events if name == "tool" and data["state"] == "ended"]
    assert [{"state": "ended", **use} for use in done["tools"]] == ended
    called = events[0][1]
    assert called.keys() == {"state", "call_id", "name", "arguments"}
    assert (called["call_id"], called["arguments"]) == (ended[0]["call_id"], ended[0]["arguments"])


async def test_a_stream_records_and_costs_what_the_same_answer_in_one_piece_does(http: httpx2.AsyncClient) -> None:
    """Two attempts of one operation, streamed ones."""
    question = "Which models may the strategy builder use?"
    await ask(http, question)  # from now on OpenAI knows the beginning of the prompt
    whole = await ask(http, question)
    done = (await hear(http, question))[-1][1]
    assert (done["answer"], done["usage"], done["cost_usd"]) == (whole["answer"], whole["usage"], whole["cost_usd"])
    found = [row for row in await rows(http) if row["operation_id"] == done["operation_id"]]
    assert [row["status"] for row in found] == ["measured", "measured"]


async def test_a_loop_without_end_is_ended_in_a_stream_too(http: httpx2.AsyncClient, container: Container) -> None:
    """Five rounds, then the answer."""
    container.gen_ai.simulator().faults.add(Fault(kind="tool_call", tool="nope", times=100))
    events = await hear(http, "What is RSI?")
    assert tool_events(events) == [("called", "nope"), ("ended", "nope")] * 5
    assert events[-1][0] == "done"
    assert [use["succeeded"] for use in events[-1][1]["tools"]] == [False] * 5


async def test_a_stream_cut_after_a_tool_is_an_error_that_says_what_was_paid(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """The first attempt is measured, the second an estimate; the session has no half an answer."""
    faults = container.gen_ai.simulator().faults
    faults.add(Fault(kind="tool_call", tool="budgets"))
    faults.add(Fault(kind="cut_stream", chunks=3))
    path = await begin(http)
    events = await hear(http, "What is RSI?", path)
    assert (events[-1][0], events[-1][1]["code"]) == ("error", "upstream_stream_cut")
    assert "operation_id" in events[-1][1]
    assert [row["status"] for row in await rows(http)] == ["estimated", "measured"]
    assert list(await container.data.chat_sessions().latest(path.split("/")[-2], 10)) == []


class Slow:
    """A tool that runs until it is stopped."""

    def __init__(self) -> None:
        self.began, self.ended = asyncio.Event(), asyncio.Event()

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [Tool("budgets", "Runs for ever.", NoArguments, self._run)]

    async def _run(self, _: NoArguments) -> dict[str, Any]:
        self.began.set()
        try:
            return await asyncio.Future()
        finally:
            self.ended.set()


async def test_when_the_client_hangs_up_while_a_tool_runs_the_tool_stops_and_the_row_is_whole(
    container: Container,
) -> None:
    """No second request is made; the session has no half an answer and can be used again."""
    slow = Slow()
    container.services.chat_tools.override(ChatTools(slow))
    async with over_a_socket(container) as http:
        path = await begin(http)
        async with http.stream("POST", path, json={"message": "내 예산은?"}, headers=SSE) as response:
            async for _ in response.aiter_bytes():
                await slow.began.wait()
                break
        await slow.ended.wait()
        assert [row["status"] for row in await rows(http)] == ["measured"]
        assert list(await container.data.chat_sessions().latest(path.split("/")[-2], 10)) == []
        assert (await ask(http, "What is RSI?", path))["tools"] == []
    assert len(container.gen_ai.simulator().requests) == 2


@pytest.mark.parametrize("after", ["tool", "delta"])
async def test_when_the_client_hangs_up_every_row_is_measured_to_the_token(container: Container, after: str) -> None:
    """Gone after the tool was told, or in the middle of the answer: what was billed is in the ledger."""
    async with over_a_socket(container) as http:
        path = await begin(http)
        async with http.stream("POST", path, json={"message": QUESTION}, headers=SSE) as response:
            async for part in response.aiter_text():
                if f"event: {after}" in part:
                    break
        await _until_quiet(container)
        found = await rows(http)
        turns = await container.data.chat_sessions().latest(path.split("/")[-2], 10)
    bills = container.gen_ai.simulator().account.bills
    assert [row["status"] for row in found] == ["measured"] * len(bills)
    assert [row["output_tokens"] for row in reversed(found)] == [bill.usage["completion_tokens"] for bill in bills]
    assert len(turns) in (0, 2)  # a short answer may have been whole before the hang-up was seen


async def _until_quiet(container: Container) -> None:
    """Waits until nothing is under way any more: twice, because what ends may begin something."""
    for _ in range(2):
        for _ in range(100_000):
            if not container.gen_ai.background().pending:
                break
            await asyncio.sleep(0)
        else:
            raise AssertionError("something never ends")
        for _ in range(200):
            await asyncio.sleep(0)
