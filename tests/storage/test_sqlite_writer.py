"""Writes share a transaction, wait for a lock without holding up the loop, and say when the ledger is not to be had."""

import asyncio
import sqlite3

import pytest

from app.services.gen_ai.core.ledger import LedgerUnavailableError, UsageQuery
from app.storage.processes import ProcessLocks
from app.storage.sqlite_database import SqliteDatabase
from app.storage.sqlite_writer import SqliteWriter
from app.storage.usage_ledger import SqlUsageLedger
from tests.fakes.rows import attempt, settlement


@pytest.fixture
def ledger(database: SqliteDatabase, writer: SqliteWriter, processes: ProcessLocks) -> SqlUsageLedger:
    return SqlUsageLedger(database, writer, processes)


async def _count(ledger: SqlUsageLedger) -> int:
    return (await ledger.rows(UsageQuery(), limit=1, offset=0))[1]


async def test_writes_of_one_turn_share_one_commit(writer: SqliteWriter, ledger: SqlUsageLedger) -> None:
    commits: list[str] = []
    assert writer._connection is not None
    writer._connection.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
    await asyncio.gather(*(ledger.open(attempt(f"att_{number}")) for number in range(50)))
    assert len(commits) == 1
    assert await _count(ledger) == 50


async def test_one_bad_write_does_not_hurt_the_others_of_its_turn(ledger: SqlUsageLedger) -> None:
    await ledger.open(attempt("att_1"))
    ends = await asyncio.gather(
        *(ledger.open(attempt(name)) for name in ("att_0", "att_1", "att_2")), return_exceptions=True
    )
    assert [type(end) for end in ends] == [type(None), sqlite3.IntegrityError, type(None)]
    assert await _count(ledger) == 3


async def test_a_lock_of_another_process_is_waited_for_beside_the_loop(
    database: SqliteDatabase, ledger: SqlUsageLedger
) -> None:
    """While the other one holds the lock, the loop goes on; then the write happens."""
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    opening = asyncio.create_task(ledger.open(attempt()))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not opening.done()
    other.execute("COMMIT")
    other.close()
    await opening
    assert await _count(ledger) == 1


async def test_a_lock_that_is_never_let_go_makes_the_ledger_unavailable(
    database: SqliteDatabase, ledger: SqlUsageLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.sqlite_writer._LOCK_SECONDS", 0.01)
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailableError, match="database is locked"):
        await ledger.open(attempt())
    other.execute("ROLLBACK")
    other.close()
    await ledger.open(attempt())
    assert await _count(ledger) == 1


async def test_a_full_disk_makes_the_ledger_unavailable_until_there_is_room(
    writer: SqliteWriter, ledger: SqlUsageLedger
) -> None:
    """The limit on pages stands in for the disk: SQLite reports both in the same way."""
    assert writer._connection is not None
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count={pages}")

    async def fill_up() -> None:
        for number in range(2000):
            await ledger.open(attempt(f"att_{number}"))

    with pytest.raises(LedgerUnavailableError, match="full"):
        await fill_up()
    before = await _count(ledger)
    writer._connection.execute("PRAGMA max_page_count=1000000")
    await ledger.open(attempt("att_after"))
    await ledger.settle("att_after", settlement())
    assert await _count(ledger) == before + 1


async def test_after_closing_nothing_is_written(writer: SqliteWriter, ledger: SqlUsageLedger) -> None:
    await writer.close()
    with pytest.raises(LedgerUnavailableError, match="closed"):
        await ledger.open(attempt())


async def test_what_waits_is_written_before_closing(writer: SqliteWriter, ledger: SqlUsageLedger) -> None:
    waiting = [asyncio.create_task(ledger.open(attempt(f"att_{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    await writer.close()
    await asyncio.gather(*waiting)
    assert await _count(ledger) == 3


async def test_closing_folds_the_log_into_the_database(writer: SqliteWriter, ledger: SqlUsageLedger) -> None:
    def logged() -> int:
        wal = writer._path.with_name(writer._path.name + "-wal")
        return wal.stat().st_size if wal.exists() else 0

    await ledger.open(attempt())
    assert logged() > 0
    await writer.close()
    assert logged() == 0
