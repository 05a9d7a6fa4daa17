"""Beside the calls, every so often: what dead processes left is closed, and what could not be done is done later."""

from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.services.gen_ai.core.ledger import AttemptStatus, LedgerUnavailableError, UsageQuery
from app.services.gen_ai.core.spend import NOTHING
from app.storage.journal import JournalRecord
from app.storage.upkeep import Upkeep
from app.storage.usage_ledger import SqlUsageLedger
from tests.fakes.rows import attempt, settlement
from tests.storage.conftest import Stand


async def test_a_round_frees_what_a_dead_process_had_reserved(stand: Stand, clock: FixedClock) -> None:
    """While the server runs: nobody has to wait for its next start."""
    ledger, processes = stand.ledger(), stand.processes
    mine, processes.process_id = processes.process_id, "proc_that_died"
    await ledger.open(attempt(worst_usd=Decimal("0.01")))
    processes.process_id = mine
    await Upkeep(ledger, clock).round()
    ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
    assert row.status is AttemptStatus.UNKNOWN
    assert (await ledger.counters(["2026-11-23|all"]))["2026-11-23|all"].reserved == NOTHING


async def test_a_round_replays_the_journal(stand: Stand, clock: FixedClock) -> None:
    ledger = stand.ledger()
    await ledger.open(attempt())
    stand.journal.append(JournalRecord("att_1", settlement=settlement()))
    await Upkeep(ledger, clock).round()
    ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
    assert row.settlement == settlement()


async def test_a_round_that_fails_is_told_and_does_not_end_the_rounds(
    stand: Stand, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise LedgerUnavailableError("the disk is full")

    monkeypatch.setattr(SqlUsageLedger, "recover", fail)
    upkeep = Upkeep(stand.ledger(), clock)
    with capture_logs() as logs:
        await upkeep.round()
    assert [(line["event"], line["reason"]) for line in logs] == [("ledger_upkeep_failed", "the disk is full")]


async def test_rounds_run_until_they_are_stopped(
    stand: Stand, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.upkeep._EVERY_SECONDS", 0)
    ledger = stand.ledger()
    await ledger.open(attempt())
    stand.journal.append(JournalRecord("att_1", settlement=settlement()))
    upkeep = Upkeep(ledger, clock)
    upkeep.start()
    while (await ledger.rows(UsageQuery(), limit=9, offset=0))[0][0].status is AttemptStatus.OPEN:
        pass
    await upkeep.stop()
    await upkeep.stop()
