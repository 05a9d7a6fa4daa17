from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.storage.database import Database
from app.storage.processes import ProcessLocks
from app.storage.sqlite_writer import SqliteWriter


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database with all tables."""
    opened = Database(f"sqlite+aiosqlite:///{tmp_path}/new/folder/ledger.db")
    await opened.upgrade()
    yield opened
    await opened.close()


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[SqliteWriter]:
    started = SqliteWriter(database.path)
    started.start()
    yield started
    await started.close()


@pytest.fixture
def processes(database: Database) -> ProcessLocks:
    return ProcessLocks(database.processes_folder)
