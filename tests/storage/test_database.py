"""A database opens, says what is wrong when it cannot, never shows a password, and knows whether it answers."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, text

from app.bootstrap import build_container, running
from app.errors import ConfigurationError
from app.services.gen_ai.chat.sessions import ChatSessionsUnavailableError
from app.services.gen_ai.idempotency import AnswerStoreUnavailableError, KeyedRequest
from app.services.gen_ai.ledger.port import LedgerUnavailableError, UsageQuery
from app.settings import Settings
from app.storage import schema
from app.storage.answers import SqlAnswerStore
from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database import Database, Upgrade
from app.storage.ledger.queries import LedgerQueries
from app.storage.opening import database_at
from app.storage.postgres_database import PostgresDatabase
from app.storage.sqlite_database import SqliteDatabase
from app.vocabulary import UsageGroup
from tests.fakes.rows import NOON
from tests.tables import each_line

_NOWHERE = "postgresql+asyncpg://ann:secret@127.0.0.1:1/ledger"


@each_line(
    ("url", "advice"),
    [
        ("nonsense", r"it is no URL; give sqlite\+aiosqlite:///var/tollgate.db for a file, or postgresql\+asyncpg://"),
        ("sqlite+nodriver:///x.db", r"write sqlite\+aiosqlite:///x.db"),
        ("sqlite:///x.db", r"write sqlite\+aiosqlite:///x.db"),
        ("sqlite+aiosqlite://", "names no file"),
        ("sqlite+aiosqlite:///:memory:", "in memory"),
        ("sqlite+aiosqlite://var/x.db", "a relative path has three slashes"),
        ("postgresql+psycopg2://h/x", r"write postgresql\+asyncpg:// in the place of postgresql\+psycopg2://"),
        ("postgresql+asyncpg://localhost", "names no database"),
        ("postgres://ann:p@ss@localhost/x", "In a password, write @ as %40"),
        ("postgres://ann:secret@localhost:port/x", "it is no URL"),
        ("mysql+aiomysql://ann:secret@localhost/x", "there is no support for mysql"),
    ],
)
def test_an_unusable_url_is_explained(url: str, advice: str) -> None:
    """By what to write in its place, and without a word of the password."""
    with pytest.raises(ConfigurationError, match=rf"TOLLGATE_DATABASE_URL is not usable: .*{advice}") as caught:
        database_at(url)
    assert not re.search("secret|p@ss", str(caught.value))


@pytest.mark.parametrize("scheme", ["postgresql+asyncpg", "postgresql", "postgres"])
def test_a_server_is_named_as_one_is_used_to(scheme: str) -> None:
    """Hosting providers hand out URLs without a driver."""
    database = database_at(f"{scheme}://ann:secret@db.example:6543/ledger?sslmode=require")
    assert isinstance(database, PostgresDatabase)
    assert database.name == "postgresql+asyncpg://ann:***@db.example:6543/ledger"


def test_a_file_is_named_as_it_was() -> None:
    database = database_at("sqlite+aiosqlite:///here/x.db")
    assert isinstance(database, SqliteDatabase)
    assert database.name == "sqlite+aiosqlite:///here/x.db"
    assert database.path == Path.cwd() / "here" / "x.db"


@given(password=st.text(min_size=1).map("pass".__add__))
def test_no_password_is_shown_and_none_is_garbled(password: str) -> None:
    """Whatever characters it has: neither by the database, nor by the settings; the driver gets it as it is."""
    url = URL.create("postgresql+asyncpg", "ann", password, "127.0.0.1", 5432, "ledger", {"password": "pass2"})
    text_ = url.render_as_string(hide_password=False)
    database = database_at(text_)
    assert isinstance(database, PostgresDatabase)
    assert database.connect._password == password
    shown = f"{database.name} {database.engine!r} {Settings(database_url=text_)!r} {Settings(database_url=text_)}"
    assert "pass" not in shown


def test_a_setting_that_is_wrong_shows_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", _NOWHERE)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match="OPENAI_BASE_URL is set") as caught:
        Settings()
    assert "secret" not in f"{caught.value} {caught.value!r}"


async def test_an_empty_database_becomes_one_with_tables(empty_database_url: str) -> None:
    """Asking for the revision makes nothing."""
    database = database_at(empty_database_url)
    for _ in range(2):
        assert await database.revision() is None
    assert await database.upgrade() == Upgrade(None, schema.HEAD)
    assert await database.upgrade() == Upgrade(schema.HEAD, schema.HEAD)
    assert await database.revision() == schema.HEAD
    await database.close()


async def test_a_start_upgrades_a_file_by_itself(tmp_path: Path) -> None:
    database = database_at(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    await database.prepare()
    assert await database.revision() == schema.HEAD
    await database.close()


@pytest.mark.parametrize(("before", "state"), [(None, "has no tables"), ("0000", "older version, 0000")])
async def test_a_start_on_a_server_asks_for_the_upgrade(
    empty_postgres_url: str, before: str | None, state: str
) -> None:
    """Processes of several versions share the server: when its tables change is for a person to say."""
    database = database_at(empty_postgres_url)
    if before is not None:
        async with database.engine.begin() as connection:
            await connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            await connection.execute(text("INSERT INTO alembic_version VALUES (:before)"), {"before": before})
    with pytest.raises(ConfigurationError, match=f"{state}.*run `tollgate db upgrade`"):
        await database.prepare()
    assert await database.revision() == before
    await database.close()


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


async def test_a_server_that_is_not_there_stops_the_start() -> None:
    database = database_at(_NOWHERE)
    for work in (database.prepare(), database.upgrade()):
        with pytest.raises(ConfigurationError, match=r"ann:\*\*\*@127.0.0.1:1/ledger cannot be opened: .*Connect call"):
            await work
    assert not await database.is_ready()
    await database.close()


async def test_a_server_that_does_not_let_us_in_says_why(postgres_url: str) -> None:
    database = database_at(postgres_url.replace("postgres@", "nobody_at_all:secret@"))
    with pytest.raises(ConfigurationError, match='role "nobody_at_all" does not exist') as caught:
        await database.prepare()
    assert "secret" not in str(caught.value)


async def test_ready_while_it_answers(each_database: Database) -> None:
    assert await each_database.is_ready()


async def test_a_folder_that_cannot_be_made_is_named() -> None:
    database = database_at("sqlite+aiosqlite:////proc/nowhere/x.db")
    with pytest.raises(ConfigurationError, match=r"/proc/nowhere/x.db cannot be opened: .*No such file"):
        await database.prepare()
    await database.close()


async def test_a_file_that_is_not_there_is_named_with_the_setting_that_names_another(tmp_path: Path) -> None:
    """Asking makes neither the file nor its folder."""
    database = database_at(f"sqlite+aiosqlite:///{tmp_path}/gone/ledger.db")
    with pytest.raises(ConfigurationError, match=rf"no file {tmp_path}/gone/ledger.db. .*TOLLGATE_DATABASE_URL="):
        await database.require()
    assert not (tmp_path / "gone").exists()
    await database.upgrade()
    await database.require()
    await database.close()


async def test_a_file_that_is_gone_is_not_ready(tmp_path: Path) -> None:
    database = database_at(f"sqlite+aiosqlite:///{tmp_path}/gone/ledger.db")
    assert not await database.is_ready()
    assert not (tmp_path / "gone").exists()
    await database.close()


async def test_a_server_that_was_restarted_costs_nobody_an_error(postgres_database: PostgresDatabase) -> None:
    """All its sessions have ended; the pool notices before it hands one out."""
    assert await postgres_database.is_ready()
    killer = await postgres_database.connect(command_seconds=10)
    ended = await killer.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await killer.close()
    assert len(ended) >= 1
    assert await SqlChatSessionStore(postgres_database).get("chat_1") is None
    assert await postgres_database.is_ready()


async def test_stores_say_that_a_server_is_gone() -> None:
    """Each with the error of its port, which HTTP answers with 503."""
    database = database_at(_NOWHERE)
    ledger = LedgerQueries(database)
    questions = [
        (AnswerStoreUnavailableError, SqlAnswerStore(database).state(KeyedRequest("ann", "k", "f"), NOON)),
        (ChatSessionsUnavailableError, SqlChatSessionStore(database).get("chat_1")),
        (LedgerUnavailableError, ledger.rows(UsageQuery(), limit=1, offset=0)),
        (LedgerUnavailableError, ledger.sums(UsageQuery(), UsageGroup.DAY)),
        (LedgerUnavailableError, ledger.unread_writes(UsageQuery(), UsageGroup.DAY, NOON)),
    ]
    for error, question in questions:
        with pytest.raises(error, match=r"Connect call failed.*later") as caught:
            await question
        assert caught.value.status == 503
        assert "secret" not in str(caught.value)
    await database.close()
