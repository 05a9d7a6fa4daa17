"""What cannot be written to the database is written beside it, and replayed once, in its order."""

import asyncio
import os
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.services.gen_ai.ledger.port import AttemptRow, LedgerUnavailableError, UsageQuery
from app.services.gen_ai.rules.budgets import Spend
from app.storage.ledger.journal import Journal, JournalRecord
from app.storage.ledger.sqlite_writer import SqliteWriter
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.opening import database_at
from app.storage.processes import FileProcesses
from app.storage.sqlite_database import SqliteDatabase
from app.vocabulary import AttemptStatus
from tests.fakes.rows import NOON, attempt, settlement
from tests.fakes.sql_ledger import sql_ledger
from tests.storage.conftest import Stand, standing

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
    tmp_path: Path, database: SqliteDatabase, ledger: SqlUsageLedger
) -> None:
    """Also a line that the crash cut off does no harm; what was opened and never settled is closed as unknown."""
    dead = Journal(tmp_path / "journal", "proc_dead", database.identity)
    dead.open()
    dead.append(JournalRecord("att_1", attempt=attempt("att_1")))
    dead.append(JournalRecord("att_2", attempt=attempt("att_2", worst_usd=Decimal("0.02"))))
    dead.append(JournalRecord("att_1", settlement=settlement()))
    assert dead._descriptor is not None
    os.pwrite(dead._descriptor, b'{"attempt_id": "att_2", "settl', dead._end)
    os.close(dead._descriptor)
    await ledger.recover(NOON)
    found = {row.attempt.attempt_id: row.settlement for row in await _rows(ledger)}
    assert found["att_1"] == settlement()
    unknown = found["att_2"]
    assert unknown is not None
    assert (unknown.status, unknown.error, unknown.cost_high_usd) == (
        AttemptStatus.UNKNOWN, "process_died", Decimal("0.02"),
    )  # fmt: skip
    assert dead.processes() == [ledger._journal.process_id]


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
    journal = Journal(tmp_path / "other", "proc_1", "database")
    journal.open()
    assert list((tmp_path / "other" / "database").iterdir()) != []
    journal.close()
    assert list((tmp_path / "other" / "database").iterdir()) == []
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


@pytest.fixture
async def neighbour(tmp_path: Path) -> AsyncIterator[Stand]:
    """Another database, whose process has the same journal folder."""
    other = database_at(f"sqlite+aiosqlite:///{tmp_path}/other.db")
    await other.upgrade()
    async with standing(other, tmp_path / "journal") as made:
        yield made
    await other.close()


async def test_a_journal_belongs_to_its_database(ledger: SqlUsageLedger, neighbour: Stand) -> None:
    """Two servers with a database each share a folder: neither takes the other's journal away, living or dead."""
    theirs = neighbour.ledger()
    await theirs.open(attempt("att_1"))
    neighbour.journal.append(JournalRecord("att_1", settlement=settlement()))
    neighbour.journal.append(JournalRecord("att_2", attempt=attempt("att_2")))
    await ledger.recover(NOON)
    neighbour.journal.close()  # as its end would; a journal that holds something stays
    await ledger.recover(NOON)
    assert await _rows(ledger) == []
    await theirs.recover(NOON)
    found = {row.attempt.attempt_id: row.settlement for row in await _rows(theirs)}
    assert found["att_1"] == settlement()
    assert set(found) == {"att_1", "att_2"}


async def test_a_journal_that_is_still_written_is_left_alone(
    tmp_path: Path, database: SqliteDatabase, ledger: SqlUsageLedger
) -> None:
    """Also where the database says that its process is dead: it may only have lost its connection."""
    seems_dead = Journal(tmp_path / "journal", "proc_seems_dead", database.identity)
    seems_dead.open()
    seems_dead.append(JournalRecord("att_1", attempt=attempt()))
    await ledger.recover(NOON)
    assert await _rows(ledger) == []
    seems_dead.append(JournalRecord("att_1", settlement=settlement()))
    seems_dead.close()
    await ledger.recover(NOON)
    assert [row.settlement for row in await _rows(ledger)] == [settlement()]


async def test_journals_of_the_version_before_find_their_ledger(
    tmp_path: Path, processes: FileProcesses, ledger: SqlUsageLedger, neighbour: Stand
) -> None:
    """They lie in the folder itself: the ledger that has rows of their process takes them, when it is dead."""
    mine, processes.process_id = processes.process_id, "proc_before"
    await ledger.open(attempt("att_1"))
    processes.process_id = mine
    old = Journal(tmp_path, "proc_before", "journal")
    old.open()
    old.append(JournalRecord("att_1", settlement=settlement()))
    old.close()
    theirs = neighbour.ledger()
    with capture_logs() as logs:
        await theirs.recover(NOON)
        await theirs.recover(NOON)
    assert [line["event"] for line in logs] == ["journal_of_unknown_database"]
    assert await _rows(theirs) == []
    await ledger.recover(NOON)
    assert [row.settlement for row in await _rows(ledger)] == [settlement()]
    assert list((tmp_path / "journal").glob("*.journal")) == []


async def test_what_no_encoding_knows_does_not_keep_a_settlement_out_of_the_journal(
    writer: SqliteWriter, ledger: SqlUsageLedger
) -> None:
    """Half of a pair of surrogates in an answer's id, while the disk is full: the attempt is settled as unknown."""
    await ledger.open(attempt())
    fill_disk(writer)
    await ledger.settle("att_1", settlement(upstream_id="\ud800"))
    free_disk(writer)
    await ledger.recover(NOON)
    (row,) = await _rows(ledger)
    assert row.settlement is not None
    assert (row.status, row.settlement.error) == (AttemptStatus.UNKNOWN, "unstorable_answer")
