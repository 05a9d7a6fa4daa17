"""Writes share a transaction, wait for a lock without holding up the loop, and say when the ledger is not to be had."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pytest

from app.services.gen_ai.ledger.port import LedgerUnavailableError, UsageQuery
from app.storage.ledger.sqlite_writer import SqliteWriter, _commit
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.ledger.write_queue import Work
from app.storage.sqlite_database import SqliteDatabase
from app.vocabulary import AttemptStatus
from tests.fakes.rows import attempt, settlement, unanswered


async def _count(ledger: SqlUsageLedger) -> int:
    return (await ledger.rows(UsageQuery(), limit=1, offset=0))[1]


@contextmanager
def locked(database: SqliteDatabase) -> Iterator[None]:
    """Another process holds the write lock."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_without_a_lock_a_write_is_done_before_anything_else_runs(ledger: SqlUsageLedger) -> None:
    """It never waits, so nothing can cancel it and nothing can come in between."""
    with pytest.raises(StopIteration):
        ledger.open(attempt()).send(None)
    assert await _count(ledger) == 1


async def test_writes_that_wait_for_a_lock_share_one_commit(
    database: SqliteDatabase, ledger: SqlUsageLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []

    def commit(connection: sqlite3.Connection, group: Sequence[Work[Any]]) -> list[Any]:
        groups.append(len(group))
        return _commit(connection, group)

    with locked(database):
        opening = [asyncio.create_task(ledger.open(attempt(f"att_{number}"))) for number in range(50)]
        await asyncio.sleep(0)
        monkeypatch.setattr("app.storage.ledger.sqlite_writer._commit", commit)
    await asyncio.gather(*opening)
    assert groups == [50]
    assert await _count(ledger) == 50


async def test_one_bad_write_does_not_hurt_the_others_of_its_group(
    database: SqliteDatabase, ledger: SqlUsageLedger
) -> None:
    await ledger.open(attempt("att_1"))
    with locked(database):
        opening = [asyncio.create_task(ledger.open(attempt(name))) for name in ("att_0", "att_1", "att_2")]
        await asyncio.sleep(0)
    ends = await asyncio.gather(*opening, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), sqlite3.IntegrityError, type(None)]
    assert await _count(ledger) == 3


async def test_a_lock_of_another_process_is_waited_for_beside_the_loop(
    database: SqliteDatabase, ledger: SqlUsageLedger
) -> None:
    """While the other one holds the lock, the loop goes on; then the write happens."""
    with locked(database):
        opening = asyncio.create_task(ledger.open(attempt()))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not opening.done()
    await opening
    assert await _count(ledger) == 1


async def test_a_lock_that_is_never_let_go_makes_the_ledger_unavailable(
    database: SqliteDatabase, ledger: SqlUsageLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.ledger.sqlite_writer._LOCK_SECONDS", 0.01)
    with locked(database), pytest.raises(LedgerUnavailableError, match="database is locked"):
        await ledger.open(attempt())
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


async def test_whoever_stops_waiting_what_was_asked_for_is_written(
    database: SqliteDatabase, ledger: SqlUsageLedger
) -> None:
    """In the order in which it was asked for: a call that is given up while it is opened can be closed at once."""
    with locked(database):
        opening = asyncio.create_task(ledger.open(attempt()))
        await asyncio.sleep(0)
        opening.cancel()
        closing_it = asyncio.create_task(ledger.settle("att_1", unanswered(AttemptStatus.UNBILLED)))
        await asyncio.wait([opening])
    await closing_it
    ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
    assert opening.cancelled()
    assert row.settlement == unanswered(AttemptStatus.UNBILLED)


async def test_after_closing_nothing_is_written(writer: SqliteWriter, ledger: SqlUsageLedger) -> None:
    await writer.close()
    with pytest.raises(LedgerUnavailableError, match="closed"):
        await ledger.open(attempt())


async def test_what_waits_is_written_before_closing(
    database: SqliteDatabase, writer: SqliteWriter, ledger: SqlUsageLedger
) -> None:
    with locked(database):
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
