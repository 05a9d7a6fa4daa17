"""People hang up at any moment; what they asked for is in the ledger all the same. Each hangs up a real connection."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from app.services.gen_ai.ledger.port import AttemptRow, UsageLedger, UsageQuery
from app.settings import Settings
from app.simulator import Fault
from app.vocabulary import AttemptStatus
from containers import Container
from tests.conftest import over_a_socket

API = "/api/v1/gen-ai"
BUILD = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
QUESTION = {"message": "What does the Sharpe ratio tell me?"}
SSE = {"accept": "text/event-stream"}
FOR_EVER = 300
"""Seconds that no test waits for."""


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    """A stream is read on for a moment only after its reader has gone."""
    return Settings(database_url=sqlite_url, stream_drain_seconds=0.05)


async def _chat(http: httpx2.AsyncClient) -> str:
    """The path of a new session's chat."""
    return f"{API}/chatops/sessions/{(await http.post(f'{API}/chatops/sessions')).json()['session_id']}/chat"


async def _turns_until(true: Callable[[], bool]) -> None:
    """Lets the server's tasks go on, which share the loop with the test."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  the simulator has no event for it
            await asyncio.sleep(0)


async def _the_row(container: Container) -> AttemptRow:
    """The one row, once it is settled."""
    ledger: UsageLedger = container.data.ledger()
    async with asyncio.timeout(30):
        while True:
            (row,), _ = await ledger.rows(UsageQuery(), limit=2, offset=0)
            if row.settlement is not None:
                return row


async def _hang_up_once_asked(http: httpx2.AsyncClient, container: Container, path: str, **request: Any) -> None:
    """Sends a request and cuts the connection when the upstream has it, before any answer."""
    asking = asyncio.create_task(http.post(path, **request))
    account = container.gen_ai.simulator().account
    await _turns_until(lambda: account.under_way == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


def _bill(container: Container) -> dict[str, Any]:
    (bill,) = container.gen_ai.simulator().account.bills
    usage: dict[str, Any] = bill.usage
    return usage


async def test_a_call_that_nobody_waits_for_any_more_is_measured(container: Container) -> None:
    """Its answer is paid for, so it is awaited and written down."""
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.05))
    async with over_a_socket(container) as http:
        await _hang_up_once_asked(http, container, f"{API}/strategy-builder", json=BUILD)
        row = await _the_row(container)
    assert row.settlement is not None
    assert row.settlement.tokens is not None
    assert row.status is AttemptStatus.MEASURED
    assert row.settlement.tokens.output_tokens == _bill(container)["completion_tokens"]


async def test_who_hangs_up_and_asks_again_with_the_same_key_gets_the_first_answer(container: Container) -> None:
    """It was on its way; it is billed once."""
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.05))
    request: dict[str, Any] = {"json": BUILD, "headers": {"Idempotency-Key": "k-1"}}
    async with over_a_socket(container) as http:
        await _hang_up_once_asked(http, container, f"{API}/strategy-builder", **request)
        again = await http.post(f"{API}/strategy-builder", **request)
        row = await _the_row(container)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["operation_id"] == row.attempt.operation_id
    assert len(container.gen_ai.simulator().account.bills) == 1


async def test_a_stream_whose_reader_goes_after_the_first_bytes_is_measured(container: Container) -> None:
    """The row has the bill of the whole answer, to the token."""
    async with over_a_socket(container) as http:
        async with http.stream("POST", await _chat(http), json=QUESTION, headers=SSE) as response:
            async for _ in response.aiter_bytes():
                break
        row = await _the_row(container)
    assert row.settlement is not None
    assert row.settlement.tokens is not None
    assert row.status is AttemptStatus.MEASURED
    assert row.settlement.tokens.output_tokens == _bill(container)["completion_tokens"]
    assert row.settlement.cost_usd is not None
    assert row.settlement.cost_usd > 0


async def test_a_stream_whose_reader_goes_before_the_first_byte_is_measured(container: Container) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.05))
    async with over_a_socket(container) as http:
        await _hang_up_once_asked(http, container, await _chat(http), json=QUESTION, headers=SSE)
        row = await _the_row(container)
    assert row.status is AttemptStatus.MEASURED


async def test_a_stream_that_stalls_is_read_for_nobody_for_a_bounded_time(container: Container) -> None:
    """Then it is an estimate: between the text that came and the worst case, and what was billed lies in it."""
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=FOR_EVER, chunks=4))
    async with over_a_socket(container) as http:
        path = await _chat(http)
        async with http.stream("POST", path, json=QUESTION, headers=SSE) as response:
            async for _ in response.aiter_bytes():
                break
        row = await _the_row(container)
    end, billed = row.settlement, _bill(container)
    assert end is not None
    assert (row.status, end.error) == (AttemptStatus.ESTIMATED, "stream_cut")
    assert end.cost_low_usd is not None
    assert end.cost_high_usd is not None
    usd = (billed["prompt_tokens"] * Decimal("2.5") + billed["completion_tokens"] * Decimal(10)) / 1_000_000
    assert Decimal(0) < end.cost_low_usd < usd < end.cost_high_usd
    assert list(await container.data.chat_sessions().latest(path.split("/")[-2], 10)) == []
