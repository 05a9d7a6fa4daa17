"""What cannot be written to the database is written beside it, and replayed once, in its order."""

import asyncio
import os
from decimal import Decimal
from pathlib import Path

import pytest

from app.services.gen_ai.ledger.port import AttemptRow, LedgerUnavailableError, UsageQuery
from app.services.gen_ai.rules.budgets import Spend
from app.storage.ledger.journal import Journal, JournalRecord
from app.storage.ledger.sqlite_writer import SqliteWriter
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.processes import FileProcesses
from app.storage.sqlite_database import SqliteDatabase
from app.vocabulary import AttemptStatus
from tests.fakes.rows import NOON, attempt, settlement
from tests.fakes.sql_ledger import sql_ledger

BUILDER = "strategy_builder"


async def _rows(ledger: SqlUsageLedger) -> list[AttemptRow]:
    return list((await ledger.rows(UsageQuery(), limit=50, offset=0))[0])


def fill_disk(writer: SqliteWriter) -> None:
    """SQLite reports a limit on pages as it reports a full disk."""
    assert writer._connection is not None
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute("CREATE TABLE filler (bytes)")
    writer._connection.execute(f"PRAGMA max_page_count={pages + 1}")
    writer._connection.execute("PRAGMA cache_spill=0")
    writer._connection.execute(
        "CREATE TEMP TRIGGER full_opening BEFORE INSERT ON main.attempts "
        "BEGIN INSERT INTO filler VALUES (zeroblob(1000000)); END"
    )
    writer._connection.execute(
        "CREATE TEMP TRIGGER full_settling BEFORE UPDATE ON main.attempts "
        "BEGIN INSERT INTO filler VALUES (zeroblob(1000000)); END"
    )


def free_disk(writer: SqliteWriter) -> None:
    assert writer._connection is not None
    writer._connection.execute("DROP TRIGGER full_opening")
    writer._connection.execute("DROP TRIGGER full_settling")
    writer._connection.execute("PRAGMA max_page_count=1000000")


async def test_a_full_disk_refuses_new_calls_and_loses_no_settlement(
    writer: SqliteWriter, ledger: SqlUsageLedger
) -> None:
    """The answer that was on its way is settled in the journal, and in the ledger as soon as there is room."""
    await ledger.open(attempt("att_1", worst_usd=Decimal("0.01")))
    fill_disk(writer)
    with pytest.raises(LedgerUnavailableError, match="full"):
        await ledger.open(attempt("att_2"))
    await ledger.settle("att_1", settlement())
    assert [row.status for row in await _rows(ledger)] == [AttemptStatus.OPEN]
    with pytest.raises(LedgerUnavailableError, match="full"):
        await ledger.recover(NOON)
    free_disk(writer)
    await ledger.recover(NOON)
    await ledger.recover(NOON)
    assert [row.settlement for row in await _rows(ledger)] == [settlement()]
    assert (await ledger.counters(["2026-11-23|all"]))["2026-11-23|all"].reserved == Spend()


async def test_where_the_policy_allows_it_calls_go_out_and_are_recorded_later(
    database: SqliteDatabase, writer: SqliteWriter, processes: FileProcesses, journal: Journal
) -> None:
    """Opened and settled in the journal; also a call that is settled when the disk is free but was opened before."""
    ledger = sql_ledger(database, writer, processes, journal, passing=[BUILDER])
    fill_disk(writer)
    await ledger.open(attempt("att_1"))
    await ledger.open(attempt("att_2"))
    with pytest.raises(LedgerUnavailableError):
        await ledger.open(attempt("att_3", service="chatops_advanced"))
    await ledger.settle("att_1", settlement())
    free_disk(writer)
    await ledger.settle("att_2", settlement(upstream_id="chatcmpl-2"))
    assert await _rows(ledger) == []
    await ledger.recover(NOON)
    found = {row.attempt.attempt_id: row.settlement for row in await _rows(ledger)}
    assert found == {"att_1": settlement(), "att_2": settlement(upstream_id="chatcmpl-2")}


async def test_what_a_killed_process_journalled_is_replayed_by_the_next_one(
    tmp_path: Path, ledger: SqlUsageLedger
) -> None:
    """Also a line that the crash cut off does no harm; what was opened and never settled is closed as unknown."""
    dead = Journal(tmp_path / "journal", "proc_dead")
    dead.open()
    dead.append(JournalRecord("att_1", attempt=attempt("att_1")))
    dead.append(JournalRecord("att_2", attempt=attempt("att_2", worst_usd=Decimal("0.02"))))
    dead.append(JournalRecord("att_1", settlement=settlement()))
    assert dead._descriptor is not None
    os.pwrite(dead._descriptor, b'{"attempt_id": "att_2", "settl', dead._end)
    await ledger.recover(NOON)
    found = {row.attempt.attempt_id: row.settlement for row in await _rows(ledger)}
    assert found["att_1"] == settlement()
    unknown = found["att_2"]
    assert unknown is not None
    assert (unknown.status, unknown.error, unknown.cost_high_usd) == (
        AttemptStatus.UNKNOWN, "process_died", Decimal("0.02"),
    )  # fmt: skip
    assert dead.processes() == [ledger._journal.process_id]
    os.close(dead._descriptor)


async def test_replaying_twice_counts_once(journal: Journal, ledger: SqlUsageLedger) -> None:
    """A crash between replaying and forgetting brings the same records again."""
    for _ in range(2):
        journal.append(JournalRecord("att_1", attempt=attempt(worst_tokens=5)))
        journal.append(JournalRecord("att_1", settlement=settlement()))
        await ledger.recover(NOON)
    assert [row.settlement for row in await _rows(ledger)] == [settlement()]
    counter = (await ledger.counters(["2026-11-23|all"]))["2026-11-23|all"]
    assert (counter.spent, counter.reserved) == (settlement().charge(Spend()), Spend())


async def test_what_is_journalled_while_it_is_replayed_stays(journal: Journal) -> None:
    journal.append(JournalRecord("att_1", attempt=attempt("att_1")))
    journal.append(JournalRecord("att_2", attempt=attempt("att_2")))
    journal.forget(journal.process_id, 1)
    assert [record.attempt_id for record in journal.records(journal.process_id)] == ["att_2"]
    assert (journal.holds("att_1"), journal.holds("att_2")) == (False, True)


async def test_an_empty_journal_leaves_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "other", "proc_1")
    journal.open()
    assert list((tmp_path / "other").iterdir()) != []
    journal.close()
    assert list((tmp_path / "other").iterdir()) == []
    assert not journal.append(JournalRecord("att_1", attempt=attempt()))


async def test_without_a_journal_a_settlement_fails_and_can_be_repeated(
    writer: SqliteWriter, journal: Journal, ledger: SqlUsageLedger
) -> None:
    await ledger.open(attempt())
    fill_disk(writer)
    journal.close()
    with pytest.raises(LedgerUnavailableError):
        await ledger.settle("att_1", settlement())
    free_disk(writer)
    await asyncio.gather(*(ledger.settle("att_1", settlement()) for _ in range(3)))
    assert [row.settlement for row in await _rows(ledger)] == [settlement()]
