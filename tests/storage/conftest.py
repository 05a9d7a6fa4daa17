from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.storage.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database with all tables."""
    opened = Database(f"sqlite+aiosqlite:///{tmp_path}/new/folder/ledger.db")
    await opened.create_tables()
    yield opened
    await opened.close()
