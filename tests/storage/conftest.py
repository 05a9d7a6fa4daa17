from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from app.services.gen_ai.core.budget import BudgetBook
from app.services.gen_ai.core.budget_alert import BudgetAlert
from app.storage.database_url import database_at
from app.storage.journal import Journal
from app.storage.processes import ProcessLocks
from app.storage.sqlite_database import SqliteDatabase
from app.storage.sqlite_writer import SqliteWriter
from app.storage.usage_ledger import SqlUsageLedger
from tests.fakes.sql_ledger import sql_ledger


class MakeLedger(Protocol):
    def __call__(self, book: BudgetBook | None = None, *, passing: Collection[str] = ()) -> SqlUsageLedger: ...


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """An empty SQLite database with all tables."""
    opened = database_at(f"sqlite+aiosqlite:///{tmp_path}/new/folder/ledger.db")
    assert isinstance(opened, SqliteDatabase)
    await opened.upgrade()
    yield opened
    await opened.close()


@pytest.fixture
async def writer(database: SqliteDatabase) -> AsyncIterator[SqliteWriter]:
    started = SqliteWriter(database.path)
    started.start()
    yield started
    await started.close()


@pytest.fixture
def processes(database: SqliteDatabase) -> ProcessLocks:
    return ProcessLocks(database.processes_folder)


@pytest.fixture
def journal(tmp_path: Path, processes: ProcessLocks) -> Iterator[Journal]:
    opened = Journal(tmp_path / "journal", processes.process_id)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def alerts() -> list[BudgetAlert]:
    """Every alert that the ledger raises."""
    return []


@pytest.fixture
def make_ledger(
    database: SqliteDatabase, writer: SqliteWriter, processes: ProcessLocks, journal: Journal, alerts: list[BudgetAlert]
) -> MakeLedger:
    """A ledger on the database, with budgets, and with services whose calls may go out unrecorded."""

    def make(book: BudgetBook | None = None, *, passing: Collection[str] = ()) -> SqlUsageLedger:
        return sql_ledger(database, writer, processes, journal, book=book, alerts=alerts, passing=passing)

    return make


@pytest.fixture
def ledger(make_ledger: MakeLedger) -> SqlUsageLedger:
    return make_ledger()
