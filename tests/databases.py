"""Databases for tests, of each kind a fresh one for each test.

The server is the one at TOLLGATE_TEST_POSTGRES_URL, with a user who may create databases. Where there is none, what
needs it is skipped, unless TOLLGATE_TEST_DEMAND is 1: then it fails. On the server a test gets a database of its own
(locks included), cloned in some 20 ms from a template that this run has made. Several runs do not meet: each has names
of its own. What a killed run has left is dropped by a later one.

The databases are set up as nobody wishes for: an order of letters that is not that of bytes, a far time zone, days
written with the day first. Code that relies on such a default of the server fails here.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import asyncpg
import pytest
from sqlalchemy import URL, make_url

from app.storage.database import Database
from app.storage.database_url import database_at
from app.storage.postgres_database import PostgresDatabase

KINDS = ("sqlite", "postgresql")

_URL = os.environ.get("TOLLGATE_TEST_POSTGRES_URL", "postgresql+asyncpg://postgres@127.0.0.1:5432/test")
_DEMANDED = os.environ.get("TOLLGATE_TEST_DEMAND") == "1"
_PREFIX = "tollgate_test_"
_DAY = "%Y%m%d"

Result = TypeVar("Result")


def missing(reason: str) -> NoReturn:
    """Something that tests need is not here: a skip for a developer, a failure where it is demanded."""
    if _DEMANDED:
        pytest.fail(f"{reason}, and TOLLGATE_TEST_DEMAND=1 demands it", pytrace=False)
    pytest.skip(reason)


class PostgresServer:
    """Makes and drops databases; for sync and async tests alike, it works on a loop of its own."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._run = f"{_PREFIX}{datetime.now(UTC):{_DAY}}_{uuid.uuid4().hex[:12]}"
        self._made: list[str] = []
        self._template: str | None = None

    def new(self, *, tables: bool) -> str:
        """The URL of a fresh database, empty or with all tables."""
        if tables and self._template is None:
            self._template = self._create(None)
            self._wait(_upgrade(self._url_of(self._template)))
        return self._url_of(self._create(self._template if tables else None))

    def drop(self, url: str) -> None:
        """Together with all connections to it."""
        name = make_url(url).database or ""
        self._wait(self._execute(f"DROP DATABASE {name} WITH (FORCE)"))
        self._made.remove(name)

    def drop_leftovers(self) -> None:
        """Of runs that were killed yesterday or before: they cannot be running any more."""
        limit = f"{_PREFIX}{datetime.now(UTC) - timedelta(days=1):{_DAY}}"
        found = self._wait(self._names())
        for name in found:
            if name.startswith(_PREFIX) and name < limit:
                self._wait(self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    def close(self) -> None:
        for name in self._made:
            self._wait(self._execute(f"DROP DATABASE {name} WITH (FORCE)"))
        self._thread.shutdown()

    def _create(self, template: str | None) -> str:
        name = f"{self._run}_{len(self._made)}_{uuid.uuid4().hex[:6]}"
        how = (
            f"TEMPLATE {template}"
            if template
            else "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        )
        self._wait(
            self._execute(
                f"CREATE DATABASE {name} {how}",
                f"ALTER DATABASE {name} SET timezone = 'Asia/Seoul'",
                f"ALTER DATABASE {name} SET datestyle = 'SQL, DMY'",
            )
        )
        self._made.append(name)
        return name

    def _url_of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    async def _execute(self, *statements: str) -> None:
        connection = await self._connect()
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def _names(self) -> list[str]:
        connection = await self._connect()
        try:
            return [row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")]
        finally:
            await connection.close()

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.connect(address, server_settings={"synchronous_commit": "off"})

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._thread.submit(asyncio.run, work).result()


async def _upgrade(url: str) -> None:
    database = database_at(url)
    await database.upgrade()
    await database.close()


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


def _fresh(server: PostgresServer, *, tables: bool) -> Iterator[str]:
    url = server.new(tables=tables)
    yield url
    server.drop(url)


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    yield from _fresh(postgres_server, tables=False)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database with all tables."""
    yield from _fresh(postgres_server, tables=True)


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind, without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/new/folder/empty.db"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind, ready for a start: with all tables where a start does not make them."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/new/folder/each.db"
    return str(request.getfixturevalue("postgres_url"))


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
