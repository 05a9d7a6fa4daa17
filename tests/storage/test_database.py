"""The database opens, says what is wrong when it cannot, and knows whether it answers."""

from pathlib import Path

import pytest

from app.bootstrap import build_container, running
from app.errors import ConfigurationError
from app.settings import Settings
from app.storage.database import Database


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "Could not parse"),
        ("sqlite+nodriver:///x.db", "nodriver"),
        ("sqlite:///x.db", "async"),
        ("sqlite+aiosqlite://", "is no SQLite file"),
        ("sqlite+aiosqlite:///:memory:", "is no SQLite file"),
        ("postgresql+asyncpg://localhost/x", "is no SQLite file"),
        ("sqlite+aiosqlite:////proc/nowhere/x.db", "No such file"),
    ],
)
def test_an_unusable_url_is_explained(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match="TOLLGATE_DATABASE_URL") as caught:
        Database(url)
    assert reason in str(caught.value)


async def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is a letter to my aunt, not a database" * 100)
    container = build_container(Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/text.db"))
    with pytest.raises(ConfigurationError, match="cannot be opened: file is not a database"):
        async with running(container):
            pass


async def test_a_journal_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    """Without it a database that fails would lose what has been billed."""
    (tmp_path / "file").touch()
    container = build_container(Settings(journal_dir=tmp_path / "file" / "journal"))
    with pytest.raises(ConfigurationError, match=r"TOLLGATE_JOURNAL_DIR: .*file/journal: Not a directory"):
        async with running(container):
            pass


async def test_ready_while_it_answers(database: Database) -> None:
    assert await database.is_ready()


async def test_not_ready_when_it_is_gone(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gone/ledger.db")
    (tmp_path / "gone").rmdir()
    assert not await database.is_ready()
    await database.close()
