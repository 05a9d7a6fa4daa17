"""Databases for tests, of each kind a fresh one for each test.

The server is the one at TOLLGATE_TEST_POSTGRES_URL, with a user who may create databases. Where there is none, what
needs it is skipped, unless TOLLGATE_TEST_DEMAND is 1: then it fails. On the server a test has a database for itself
(locks included); see postgres_server.py.

The databases are set up as nobody wishes for: an order of letters that is not that of bytes, a far time zone, days
written with the day first. Code that relies on such a default of the server fails here.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NoReturn

import asyncpg
import pytest
from sqlalchemy import make_url

from app.storage.database import Database
from app.storage.opening import database_at
from app.storage.postgres_database import PostgresDatabase
from app.storage.sqlite_database import SqliteDatabase
from tests.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")

_URL = os.environ.get("TOLLGATE_TEST_POSTGRES_URL", "postgresql+asyncpg://postgres@127.0.0.1:5432/test")
_DEMANDED = os.environ.get("TOLLGATE_TEST_DEMAND") == "1"


def missing(reason: str) -> NoReturn:
    """Something that tests need is not here: a skip for a developer, a failure where it is demanded."""
    if _DEMANDED:
        pytest.fail(f"{reason}, and TOLLGATE_TEST_DEMAND=1 demands it", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer(make_url(_URL))
    try:
        server.drop_leftovers()
    except (OSError, asyncpg.PostgresError) as error:
        server.close()
        missing(f"no PostgreSQL at {make_url(_URL)}: {error}")
    yield server
    server.close()


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    with postgres_server.empty() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database with all tables."""
    with postgres_server.lent() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, to be copied: a copy takes a tenth of the time that making them does."""
    file = tmp_path_factory.mktemp("template") / "template.db"

    async def make() -> None:
        database = database_at(f"sqlite+aiosqlite:///{file}")
        await database.upgrade()
        await database.close()

    asyncio.run(make())
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an SQLite database with all tables, a file of its own."""
    return f"sqlite+aiosqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'tollgate.db')}"


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind, without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/new/folder/empty.db"
    return str(request.getfixturevalue("empty_postgres_url"))


def empty_database(url: str) -> Database:
    """A database that can be opened and has no tables. SQLite opens no file in a folder that is not there, and the
    thread of a connection that could not be opened may outlive its test.
    """
    database = database_at(url)
    if isinstance(database, SqliteDatabase):
        database.path.parent.mkdir(parents=True, exist_ok=True)
    return database


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each kind, with all tables."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
async def each_database(database_url: str) -> AsyncIterator[Database]:
    """A database of each kind, with all tables."""
    opened = database_at(database_url)
    await opened.prepare()
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    """A PostgreSQL database with all tables."""
    opened = database_at(postgres_url)
    assert isinstance(opened, PostgresDatabase)
    yield opened
    await opened.close()
