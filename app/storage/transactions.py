"""How stores read and write: each transaction is carried to its end, whoever stops waiting for it.

A transaction that is cancelled half-way (the client hangs up, a shutdown cuts off) leaves its connection in a state
that nobody knows. SQLAlchemy gives such a connection up, and an SQLite file stays locked for everybody until the
driver's thread has let go of it, or the garbage collector has. So each transaction runs as a task of its own. Who is
cancelled waits for its end first, which comes soon: neither database waits longer for a lock or an answer than it was
told to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Executable, RowMapping, UpdateBase
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import TollgateError
from app.storage.database import Database, reachable

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
