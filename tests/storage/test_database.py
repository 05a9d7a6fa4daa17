"""The database opens, says what is wrong when it cannot, and knows whether it answers."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.storage.database import Database, open_database


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "Could not parse"),
        ("sqlite+nodriver:///x.db", "nodriver"),
        ("sqlite:///x.db", "async"),
        ("sqlite+aiosqlite:////proc/nowhere/x.db", "No such file"),
    ],
)
def test_an_unusable_url_is_explained(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match="TOLLGATE_DATABASE_URL") as caught:
        Database(url)
    assert reason in str(caught.value)


async def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is a letter to my aunt, not a database" * 100)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/text.db")
    with pytest.raises(ConfigurationError, match="cannot be opened: file is not a database"):
        await anext(aiter(open_database(database)))


async def test_ready_while_it_answers(database: Database) -> None:
    assert await database.is_ready()


async def test_not_ready_when_it_is_gone(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gone/ledger.db")
    (tmp_path / "gone").rmdir()
    assert not await database.is_ready()
    await database.close()
