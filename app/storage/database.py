"""The one database, of two kinds (an SQLite file beside the process, or a PostgreSQL server that processes share), and
how stores read and write in it: each transaction is carried to its end, whoever stops waiting for it.

A transaction that is cancelled half-way (the client hangs up, a shutdown cuts off) leaves its connection in a state
that nobody knows. SQLAlchemy gives such a connection up, and an SQLite file stays locked for everybody until the
driver's thread has let go of it, or the garbage collector has. So each transaction runs as a task of its own. Who is
cancelled waits for its end first, which comes soon: neither database waits longer for a lock or an answer than it was
told to.
"""

import asyncio
import hashlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable, RowMapping, UpdateBase, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.errors import ConfigurationError, TollgateError
from app.storage import schema
from app.storage.ledger.write_queue import Writer
from app.storage.processes import Processes

PATIENCE_SECONDS = 5.0
"""How long a lock of others, a connection or an answer is waited for."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """From which revision of the tables to which; None: there were none, or they were not counted yet."""

    before: str | None
    after: str


class Database(ABC):
    """Cheap to make: it connects when it is first used. `name` is its URL as anybody may see it; `identity` tells it
    from others, as the name of a folder.
    """

    needed_revision = schema.HEAD

    def __init__(self, engine: AsyncEngine, name: str, place: str) -> None:
        """`place` names where it is, however the URL is written."""
        self.engine = engine
        self.name = name
        self.identity = hashlib.blake2b(place.encode(), digest_size=8).hexdigest()

    @abstractmethod
    async def prepare(self) -> None:
        """What a start does: afterwards the tables are what this version needs.

        Raises:
            ConfigurationError: they are not, and somebody has to do something about it.
        """

    async def require(self) -> None:  # noqa: B027  a server says itself that it has none
        """Nothing, where the database is there: who only reads makes none.

        Raises:
            ConfigurationError: there is none; the message says where it was looked for.
        """

    @abstractmethod
    def processes(self) -> Processes:
        """How this process shows the others that it lives."""

    @abstractmethod
    def writer(self) -> Writer:
        """What writes the ledger."""

    @property
    @abstractmethod
    def driver_dialect(self) -> Dialect:
        """How statements are spelled for the driver beneath SQLAlchemy."""

    async def upgrade(self) -> Upgrade:
        """Brings the tables to what this version needs; what is there stays.

        Raises:
            ConfigurationError: the database cannot be opened, is no database, or is that of a newer version.
        """
        before = await self.revision()
        self._refuse_newer(before)
        if before == schema.HEAD:
            return Upgrade(before, schema.HEAD)
        with self.explained():
            engine = await self._to_upgrade()
            async with engine.begin() as connection:
                return Upgrade(await connection.run_sync(schema.upgrade), schema.HEAD)

    async def revision(self) -> str | None:
        """The revision of the tables, None where there are none.

        Raises:
            ConfigurationError: the database cannot be opened, or is no database.
        """
        with self.explained():
            async with self.engine.connect() as connection:
                return await connection.run_sync(schema.revision)

    async def is_ready(self) -> bool:
        """Whether the database answers, and soon."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def close(self) -> None:
        await self.engine.dispose()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Makes a sentence about the setting of what goes wrong while the database is opened."""
        try:
            yield
        except ConfigurationError:
            raise
        except (SQLAlchemyError, sqlite3.Error, TollgateError, OSError) as error:
            raise ConfigurationError(f"TOLLGATE_DATABASE_URL: {self.name} cannot be opened: {reason(error)}") from error

    @abstractmethod
    async def _to_upgrade(self) -> AsyncEngine:
        """The database, to be upgraded; it is there, with or without tables."""

    def _refuse_newer(self, revision: str | None) -> None:
        if revision is not None and revision > schema.HEAD:
            raise ConfigurationError(
                f"TOLLGATE_DATABASE_URL: {self.name} has the tables of a newer version of Tollgate "
                f"(revision {revision}; this one knows {schema.HEAD}); install the newer version"
            )


@contextmanager
def reachable(error: type[TollgateError], what: str, advice: str = "repeat the request later") -> Iterator[None]:
    """Raises a port's own error where the database does not do its work; what contradicts a constraint passes."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, OSError) as cause:
        raise error(f"{what} ({reason(cause)}); {advice}") from cause


def reason(error: BaseException) -> str:
    """The first line of what a driver says: the ones after it can hold what was said in a chat."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


Result = TypeVar("Result")


class Transactions:
    """Those of one store. Where the database does not do its work, each raises the `error` of the store's port, which
    says `what` cannot be done and gives the `advice`.
    """

    def __init__(
        self, database: Database, error: type[TollgateError], what: str, advice: str = "repeat the request later"
    ) -> None:
        self._engine = database.engine
        self._unreachable = error, what, advice

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Raises the error of the store's port for whatever else has to be asked of the database."""
        with reachable(*self._unreachable):
            yield

    async def run(self, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
        """All that `work` does is committed, or nothing of it."""
        with self.reachable():
            return await to_its_end(self._run(work))

    async def change(self, statement: UpdateBase) -> int:
        """The number of rows that it changed."""

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(statement)).rowcount

        return await self.run(work)

    async def row(self, statement: Executable) -> RowMapping | None:
        """The only row; None where there is none."""

        async def work(connection: AsyncConnection) -> RowMapping | None:
            return (await connection.execute(statement)).mappings().one_or_none()

        return await self.run(work)

    async def rows(self, statement: Executable) -> Sequence[RowMapping]:
        async def work(connection: AsyncConnection) -> Sequence[RowMapping]:
            return (await connection.execute(statement)).mappings().all()

        return await self.run(work)

    async def page(self, count: Executable, page: Executable) -> tuple[Sequence[RowMapping], int]:
        """The rows of a page, and how many there are in all."""

        async def work(connection: AsyncConnection) -> tuple[Sequence[RowMapping], int]:
            total = await connection.scalar(count)
            return (await connection.execute(page)).mappings().all(), total or 0

        return await self.run(work)

    async def _run(self, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
        async with self._engine.begin() as connection:
            return await work(connection)


async def to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of the work. Who is cancelled meanwhile is so when it is done."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen, though nobody is left to be told
        raise
