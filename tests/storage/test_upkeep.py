"""Beside the calls, every so often: what dead processes left is closed, and what could not be done is done later."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.services.gen_ai.chat.sessions import ChatSession
from app.services.gen_ai.ledger.port import LedgerUnavailableError, UsageQuery
from app.services.gen_ai.rules.budgets import NOTHING
from app.storage.chat_sessions import ExpiredChats, SqlChatSessionStore
from app.storage.ledger.journal import JournalRecord
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.opening import Upkeep
from app.vocabulary import AttemptStatus
from tests.fakes.rows import attempt, settlement
from tests.storage.conftest import Stand


def _upkeep(stand: Stand, ledger: SqlUsageLedger, clock: FixedClock) -> Upkeep:
    return Upkeep(ledger, ExpiredChats(stand.database, clock, timedelta(days=30)), clock)


async def test_a_round_frees_what_a_dead_process_had_reserved(stand: Stand, clock: FixedClock) -> None:
    """While the server runs: nobody has to wait for its next start."""
    ledger, processes = stand.ledger(), stand.processes
    mine, processes.process_id = processes.process_id, "proc_that_died"
    await ledger.open(attempt(worst_usd=Decimal("0.01")))
    processes.process_id = mine
    await _upkeep(stand, ledger, clock).round()
    ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
    assert row.status is AttemptStatus.UNKNOWN
    assert (await ledger.counters(["2026-11-23|all"]))["2026-11-23|all"].reserved == NOTHING


async def test_a_round_replays_the_journal(stand: Stand, clock: FixedClock) -> None:
    ledger = stand.ledger()
    await ledger.open(attempt())
    stand.journal.append(JournalRecord("att_1", settlement=settlement()))
    await _upkeep(stand, ledger, clock).round()
    ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
    assert row.settlement == settlement()


async def test_a_round_that_fails_is_told_and_does_not_end_the_rounds(
    stand: Stand, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise LedgerUnavailableError("the disk is full")

    monkeypatch.setattr(SqlUsageLedger, "recover", fail)
    upkeep = _upkeep(stand, stand.ledger(), clock)
    with capture_logs() as logs:
        await upkeep.round()
    assert [(line["event"], line["reason"]) for line in logs] == [("ledger_upkeep_failed", "the disk is full")]


async def test_a_round_deletes_chats_that_ended_long_ago(stand: Stand, clock: FixedClock) -> None:
    store = SqlChatSessionStore(stand.database)
    await store.create(ChatSession("chat_1", "ann", clock.now() - timedelta(days=32), clock.now() - timedelta(days=31)))
    await _upkeep(stand, stand.ledger(), clock).round()
    assert await store.get("chat_1") is None


async def test_a_round_that_cannot_delete_chats_is_told(stand: Stand, clock: FixedClock) -> None:
    async with stand.database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE chat_turns"))
        await connection.execute(text("DROP TABLE chat_sessions"))
    with capture_logs() as logs:
        await _upkeep(stand, stand.ledger(), clock).round()
    assert [line["event"] for line in logs] == ["chat_upkeep_failed"]
    assert "they are deleted later" in logs[0]["reason"]


async def test_rounds_run_until_they_are_stopped(
    stand: Stand, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.opening._EVERY_SECONDS", 0)
    ledger = stand.ledger()
    await ledger.open(attempt())
    stand.journal.append(JournalRecord("att_1", settlement=settlement()))
    upkeep = _upkeep(stand, ledger, clock)
    upkeep.start()
    while (await ledger.rows(UsageQuery(), limit=9, offset=0))[0][0].status is AttemptStatus.OPEN:
        pass
    await upkeep.stop()
    await upkeep.stop()
