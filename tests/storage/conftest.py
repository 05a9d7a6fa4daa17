from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.storage.database_url import database_at
from app.storage.processes import ProcessLocks
from app.storage.sqlite_database import SqliteDatabase
from app.storage.sqlite_writer import SqliteWriter


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
