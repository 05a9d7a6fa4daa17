"""Whoever asked may go away at any moment: the row closes all the same, with what is known by then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest

from app.services.gen_ai.core.operation import SettledAttempt
from app.services.gen_ai.ledger.port import Attempt, AttemptRow, Settlement
from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.memory_ledger import MemoryLedger, SlowLedger
from tests.fakes.scripted_upstream import completion, raw, refusal

PAYLOAD = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi."}]}


@pytest.fixture
def ledger() -> SlowLedger:
    return SlowLedger()


@pytest.fixture
async def gate(ledger: SlowLedger) -> AsyncIterator[Gate]:
    async with Gate.build(ledger=ledger, drain_seconds=0) as built:
        yield built


async def begin(gate: Gate) -> asyncio.Task[object]:
    settled: list[SettledAttempt] = []
    return asyncio.create_task(gate.caller.call(gate.operation(), gate.request(PAYLOAD), settled))


def hanging() -> tuple[asyncio.Event, Callable[[], Awaitable[httpx2.Response]]]:
    """A request that is never answered, and an event that says when it has been sent."""
    sent = asyncio.Event()

    async def answer() -> httpx2.Response:
        sent.set()
        await asyncio.Event().wait()
        raise AssertionError

    return sent, answer


async def the_row(ledger: SlowLedger) -> AttemptRow:
    """The one row, after everything that still can happen has happened."""
    ledger.go.set()
    for _ in range(20):
        await asyncio.sleep(0)
    (row,) = ledger.opened
    return row


async def cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelling_a_call_settles_its_row_as_unknown(gate: Gate, ledger: SlowLedger) -> None:
    """The upstream may do the work and bill it; the cancellation goes on to whoever cancelled."""
    sent, answer = hanging()
    gate.upstream.then(answer)
    ledger.go.set()
    task = await begin(gate)
    await sent.wait()
    await cancelled(task)
    row = await the_row(ledger)
    assert row.settlement is not None
    assert (row.status, row.settlement.error) == (AttemptStatus.UNKNOWN, "cancelled")
    assert (row.settlement.cost_usd, row.settlement.tokens) == (None, None)
    assert len(gate.upstream.bodies) == 1


async def test_cancelling_twice_still_settles_the_row(gate: Gate, ledger: SlowLedger) -> None:
    """A second cancellation does not stop the writing that the first one began."""
    sent, answer = hanging()
    gate.upstream.then(answer)
    task = await begin(gate)
    await sent.wait()
    task.cancel()
    await ledger.settling.wait()
    await cancelled(task)
    assert (await the_row(ledger)).status is AttemptStatus.UNKNOWN


class SlowToOpen(MemoryLedger):
    """A ledger whose `open` waits until it is let go; as every ledger it carries out what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.opening = asyncio.Event()
        self.go = asyncio.Event()

    async def open(self, attempt: Attempt) -> None:
        self.opening.set()
        self._work = asyncio.create_task(self._open_later(attempt))
        await asyncio.shield(self._work)

    async def settle(self, attempt_id: str, settlement: Settlement) -> None:
        await self._work
        await super().settle(attempt_id, settlement)

    async def _open_later(self, attempt: Attempt) -> None:
        await self.go.wait()
        await super().open(attempt)


async def test_cancelling_while_the_row_is_being_written_sends_nothing_and_bills_nothing() -> None:
    """The row may be there a moment later: it says that the attempt was never sent."""
    ledger = SlowToOpen()
    async with Gate.build(ledger=ledger) as gate:
        task = await begin(gate)
        await ledger.opening.wait()
        await cancelled(task)
        ledger.go.set()
        await gate.background.close(60)
        (row,) = ledger.opened
    assert row.settlement is not None
    assert (row.status, row.settlement.error) == (AttemptStatus.UNBILLED, "not_sent")
    assert gate.upstream.bodies == []


async def test_cancelling_while_a_stream_is_being_opened_settles_its_row_as_unknown(
    gate: Gate, ledger: SlowLedger
) -> None:
    """The upstream has the request and may bill what it writes."""
    sent, answer = hanging()
    gate.upstream.then(answer)
    ledger.go.set()
    task = asyncio.create_task(gate.caller.stream(gate.operation(), gate.request(PAYLOAD), []))
    await sent.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    row = await the_row(ledger)
    assert row.settlement is not None
    assert (row.status, row.settlement.error, row.attempt.streamed) == (AttemptStatus.UNKNOWN, "cancelled", True)


async def test_cancelling_between_two_tries_leaves_the_first_as_it_was(
    gate: Gate, ledger: SlowLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no second one, so there is nothing else to settle."""
    pausing = asyncio.Event()

    async def pause(_seconds: float) -> None:
        pausing.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("stamina._core._smart_sleep", pause)
    gate.upstream.then(refusal(429))
    ledger.go.set()
    task = await begin(gate)
    await pausing.wait()
    await cancelled(task)
    assert (await the_row(ledger)).status is AttemptStatus.UNBILLED


async def test_an_answer_that_has_arrived_is_measured_although_nobody_waits(gate: Gate, ledger: SlowLedger) -> None:
    """It is billed: its tokens and its cost are written down, not `unknown`."""
    gate.upstream.then(completion())
    task = await begin(gate)
    await ledger.settling.wait()
    await cancelled(task)
    row = await the_row(ledger)
    assert row.settlement is not None
    assert row.status is AttemptStatus.MEASURED
    assert row.settlement.cost_usd is not None


async def test_an_unreadable_answer_is_written_down_although_nobody_waits(gate: Gate, ledger: SlowLedger) -> None:
    """And the error that nobody reads does not make a noise."""
    gate.upstream.then(raw(b"<html>"))
    task = await begin(gate)
    await ledger.settling.wait()
    await cancelled(task)
    assert (await the_row(ledger)).status is AttemptStatus.UNKNOWN


async def test_a_fault_is_written_down_although_nobody_waits(gate: Gate, ledger: SlowLedger) -> None:
    """Cancelled while the row of a refused request is being settled: it does not stay open for ever."""
    gate.upstream.then(refusal(400))
    task = await begin(gate)
    await ledger.settling.wait()
    await cancelled(task)
    assert (await the_row(ledger)).status is AttemptStatus.UNBILLED


async def test_who_waits_is_told_of_an_exchange_that_was_cancelled_before_it_began(gate: Gate) -> None:
    """A shutdown cancels whatever there is; whoever waited for it would wait for ever."""
    task = await begin(gate)
    while not gate.background.pending:  # noqa: ASYNC110  the moment between its making and its first step
        await asyncio.sleep(0)
    for exchange in gate.background._tasks:
        exchange.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert gate.upstream.bodies == []
