"""A PostgreSQL server for tests: it makes databases, lends them, and takes them back as if they were new.

Making a database with all tables takes some 100 ms and dropping one as long, emptying one some 10 ms. So the
databases with all tables are cloned from a template that this run has made, and lent again and again. Between two
loans a database gets another name: what a test has left running cannot find it any more. One whose tables are not those
of the template any more is dropped instead. Several runs do not meet: each has names of its own. What a killed run has
left is dropped by a later one.
"""

import asyncio
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import URL

from app.storage.opening import database_at
from tests.postgres_emptying import empty, shape

_PREFIX = "tollgate_test_"
_DAY = "%Y%m%d"
# Set up as nobody wishes for: see tests/databases.py.
_NEW = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
_SETTINGS = ("timezone = 'Asia/Seoul'", "datestyle = 'SQL, DMY'")

Result = TypeVar("Result")


class PostgresServer:
    """For sync and async tests alike: it works on a loop of its own."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._loop = asyncio.Runner()
        self._run = f"{_PREFIX}{datetime.now(UTC):{_DAY}}_{uuid.uuid4().hex[:12]}"
        self._made: list[str] = []
        self._idle: list[str] = []
        self._template: str | None = None
        self._shape = ""
        self._administrator: asyncpg.Connection[asyncpg.Record] | None = None

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without tables, which nobody gets after this one."""
        name = self._wait(self._create(_NEW))
        try:
            yield self._url_of(name)
        finally:
            self._wait(self._drop(name))

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database with all tables and no rows; nothing of what is done in it shows to the next one."""
        name = self._idle.pop() if self._idle else self._wait(self._clone())
        try:
            yield self._url_of(name)
        finally:
            self._wait(self._renew(name))

    def drop_leftovers(self) -> None:
        """Of runs that were killed yesterday or before: they cannot be running any more."""
        self._wait(self._drop_leftovers(f"{_PREFIX}{datetime.now(UTC) - timedelta(days=1):{_DAY}}"))

    def close(self) -> None:
        self._wait(self._close())
        self._thread.submit(self._loop.close).result()
        self._thread.shutdown()

    async def _clone(self) -> str:
        if self._template is None:
            made = await self._create(_NEW)
            await _upgrade(self._url_of(made))
            connection = await self._connect(made)
            self._shape = await shape(connection)
            await connection.close()
            self._template = made
        return await self._create(f"TEMPLATE {self._template}")

    async def _create(self, how: str) -> str:
        name = self._new_name()
        await self._execute(f"CREATE DATABASE {name} {how}")
        self._made.append(name)
        for setting in _SETTINGS:
            await self._execute(f"ALTER DATABASE {name} SET {setting}")
        return name

    async def _renew(self, lent: str) -> None:
        await self._end_connections(lent)
        try:
            name = self._new_name()
            await self._execute(f"ALTER DATABASE {lent} RENAME TO {name}")
        except asyncpg.ObjectInUseError:  # somebody connected in between
            await self._drop(lent)
            return
        self._made[self._made.index(lent)] = name
        connection = await self._connect(name)
        is_as_made = await shape(connection) == self._shape
        if is_as_made:
            await empty(connection)
        await connection.close()
        if is_as_made:
            self._idle.append(name)
        else:
            await self._drop(name)

    async def _end_connections(self, name: str) -> None:
        """And waits for their end: their locks go with them."""
        await (await self._administration()).execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = $1 AND backend_type = 'client backend'",
            name,
        )

    async def _drop(self, name: str) -> None:
        """Together with all connections to it."""
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")
        self._made.remove(name)

    async def _drop_leftovers(self, limit: str) -> None:
        for row in await (await self._administration()).fetch("SELECT datname FROM pg_database"):
            if row["datname"].startswith(_PREFIX) and row["datname"] < limit:
                await self._execute(f"DROP DATABASE IF EXISTS {row['datname']} WITH (FORCE)")

    async def _close(self) -> None:
        for name in [*self._made]:
            await self._drop(name)
        if self._administrator is not None:
            await self._administrator.close()

    async def _execute(self, statement: str) -> None:
        await (await self._administration()).execute(statement)

    async def _administration(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._administrator is None:
            self._administrator = await self._connect(self._url.database or "")
        return self._administrator

    async def _connect(self, name: str) -> "asyncpg.Connection[asyncpg.Record]":
        address = self._url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        return await asyncpg.connect(address, server_settings={"synchronous_commit": "off"})

    def _new_name(self) -> str:
        return f"{self._run}_{uuid.uuid4().hex[:12]}"

    def _url_of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._thread.submit(self._loop.run, work).result()


async def _upgrade(url: str) -> None:
    database = database_at(url)
    await database.upgrade()
    await database.close()
