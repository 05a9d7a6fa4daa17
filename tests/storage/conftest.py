from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.services.gen_ai.rules.budgets import BudgetAlert, BudgetBook
from app.storage.database import Database
from app.storage.ledger.journal import Journal
from app.storage.ledger.sqlite_writer import SqliteWriter
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.ledger.write_queue import Writer
from app.storage.opening import database_at
from app.storage.processes import FileProcesses, Processes
from app.storage.sqlite_database import SqliteDatabase
from tests.fakes.sql_ledger import sql_ledger


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[SqliteDatabase]:
    """An empty SQLite database with all tables."""
    opened = database_at(sqlite_url)
    assert isinstance(opened, SqliteDatabase)
    yield opened
    await opened.close()


@pytest.fixture
async def writer(database: SqliteDatabase) -> AsyncIterator[SqliteWriter]:
    started = database.writer()
    await started.start()
    yield started
    await started.close()


@pytest.fixture
def processes(database: SqliteDatabase) -> FileProcesses:
    return database.processes()


@pytest.fixture
def journal(tmp_path: Path, processes: FileProcesses, database: SqliteDatabase) -> Iterator[Journal]:
    opened = Journal(tmp_path / "journal", processes.process_id, database.identity)
    opened.open()
    yield opened
    opened.close()


@dataclass
class Stand:
    """A database of some kind, and all that a ledger on it needs."""

    database: Database
    writer: Writer
    processes: Processes
    journal: Journal
    alerts: list[BudgetAlert]

    def ledger(self, book: BudgetBook | None = None, *, passing: Collection[str] = ()) -> SqlUsageLedger:
        return sql_ledger(
            self.database, self.writer, self.processes, self.journal, book=book, alerts=self.alerts, passing=passing
        )


@asynccontextmanager
async def standing(database: Database, journals: Path) -> AsyncIterator[Stand]:
    """As one process of many that use the database."""
    async with AsyncExitStack() as stack:
        writer, processes = database.writer(), database.processes()
        await writer.start()
        stack.push_async_callback(writer.close)
        journal = Journal(journals, processes.process_id, database.identity)
        journal.open()
        stack.callback(journal.close)
        yield Stand(database, writer, processes, journal, [])


@pytest.fixture
async def stand(each_database: Database, tmp_path: Path) -> AsyncIterator[Stand]:
    """On a database of each kind."""
    async with standing(each_database, tmp_path / "journal") as made:
        yield made


@pytest.fixture
def ledger(
    database: SqliteDatabase, writer: SqliteWriter, processes: FileProcesses, journal: Journal
) -> SqlUsageLedger:
    """A ledger in SQLite, without budgets."""
    return sql_ledger(database, writer, processes, journal)
