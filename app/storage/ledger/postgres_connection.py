"""Connections of asyncpg, and the two that the ledger keeps: one writes and waits for no disk, one sees to the disk.

A commit with `synchronous_commit=off` survives a killed process of ours, but not the end of the whole server: of that,
up to 0.6 s may be lost. `flush` makes safe what was committed before it, whoever committed it: a transaction that waits
for the disk waits for all of the log before it. It must write something, or it would not wait; a transactional logical
message is the least that there is, and needs neither a privilege nor a table.

Measured by `make bench-postgres` on PostgreSQL 15 on the same machine, medians: a transaction of one statement 0.24 ms,
one that waits for the disk 0.42, a flush 0.42; while others kept the disk busy 0.28, 2.4 and 1.7.
https://www.postgresql.org/docs/current/wal-async-commit.html
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias, TypeVar

import asyncpg
from sqlalchemy import URL

from app.storage.database import PATIENCE_SECONDS, reason

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect = Callable[..., Awaitable[Session]]
"""As `PostgresConnector`."""

FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection raises: no network or no answer in time; a refusal of the server; one that was closed before; one
that is being closed by the server at this moment.
"""


class PostgresConnector:
    def __init__(self, url: URL) -> None:
        """Takes `postgresql+asyncpg://...`; in its query stands what asyncpg takes, `sslmode` for instance."""
        self._password = url.password
        self._dsn = url.set(drivername="postgresql", password=None).render_as_string()
        self._settings = {} if "application_name" in url.query else {"application_name": "tollgate"}

    async def __call__(self, *, command_seconds: float | None, **settings: str) -> Session:
        """A new connection. One statement may take `command_seconds`; `settings` are the server's, for this session.

        Raises:
            OSError: the server cannot be reached, or does not let us in; it says why, without the password.
        """
        try:
            return await asyncpg.connect(
                self._dsn,
                password=self._password,
                timeout=PATIENCE_SECONDS,
                command_timeout=command_seconds,
                server_settings=self._settings | settings,
            )
        except TimeoutError as error:
            raise ConnectionError(f"no answer within {PATIENCE_SECONDS:.0f} seconds") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise ConnectionError(str(error)) from error


Result = TypeVar("Result")

_MILLISECONDS = str(int(PATIENCE_SECONDS * 1000))
_WRITES = {
    "synchronous_commit": "off",
    "lock_timeout": _MILLISECONDS,
    # A process of ours that is stopped within a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": _MILLISECONDS,
}
_FLUSHES = {"synchronous_commit": "on"}
_FLUSH = "SELECT pg_logical_emit_message(true, 'tollgate', '')"


class OutcomeUnknownError(ConnectionError):
    """The connection was lost within the commit: it may have happened. What is repeated must bear it."""


class PostgresConnection:
    """For one event loop. Transactions run one after the other, flushes beside them."""

    def __init__(self, connect: Connect) -> None:
        self._writes = _Kept(connect, _WRITES)
        self._flushes = _Kept(connect, _FLUSHES)
        self._next_flush: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connects.

        Raises:
            OSError: the server cannot be reached, or does not let us in.
        """
        for kept in (self._writes, self._flushes):
            async with kept.turn():
                await kept.connected()

    async def transaction(self, work: Callable[[Session], Awaitable[Result]]) -> Result:
        """Does the work within a transaction and commits it. A connection that was lost before is opened again.

        Raises:
            OutcomeUnknownError: the connection was lost within the commit.
            OSError: the server cannot be reached, or was lost before the commit; nothing was written.
            Exception: whatever the work raises; nothing was written.
        """
        async with self._writes.turn():
            connection = await self._begin()
            try:
                result = await work(connection)
            except BaseException as error:
                await _roll_back(connection)
                if isinstance(error, FAILURES) and connection.is_closed():
                    raise _lost(error) from error
                raise
            await _commit(connection)
            return result

    async def flush(self) -> None:
        """What was committed before the call survives a power loss. Calls that come meanwhile share the next flush.

        Raises:
            OSError: the server cannot be reached; whether it would survive is not known.
        """
        if self._next_flush is None:
            self._next_flush = asyncio.create_task(self._flush(), name="flush")
            self._next_flush.add_done_callback(self._flush_ended)
        await asyncio.shield(self._next_flush)

    async def close(self) -> None:
        """Waits for what is under way."""
        await self._writes.close()
        await self._flushes.close()

    async def _begin(self) -> Session:
        """That the server went away meanwhile may show only now: nothing was done yet, so it is tried once more."""
        connection = await self._writes.connected()
        try:
            await _execute(connection, "BEGIN")
        except OSError:
            connection = await self._writes.connected()
            await _execute(connection, "BEGIN")
        return connection

    async def _flush(self) -> None:
        async with self._flushes.turn():
            self._next_flush = None  # who asks from now on may have committed after this flush began
            await _execute(await self._flushes.connected(), _FLUSH)

    def _flush_ended(self, task: asyncio.Task[None]) -> None:
        if self._next_flush is task:
            self._next_flush = None
        if not task.cancelled():
            task.exception()  # where everybody who waited has gone, nobody else asks for it


class _Kept:
    """A connection that is opened when it is needed, and again where it was lost."""

    def __init__(self, connect: Connect, settings: dict[str, str]) -> None:
        self._connect = connect
        self._settings = settings
        self._lock = asyncio.Lock()
        self._connection: Session | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Nobody else uses the connection meanwhile. Where the server hangs, those who wait do not do so one by one."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._lock.acquire()
        except TimeoutError as error:
            raise ConnectionError("the connection to the database is busy") from error
        try:
            yield
        finally:
            self._lock.release()

    async def connected(self) -> Session:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect(command_seconds=PATIENCE_SECONDS, **self._settings)
        return self._connection

    async def close(self) -> None:
        if self._connection is None:
            return
        with suppress(*FAILURES):
            async with self.turn():
                await self._connection.close(timeout=PATIENCE_SECONDS)
        self._connection.terminate()
        self._connection = None


async def _execute(connection: Session, statement: str) -> None:
    """A connection that fails in it is given up: nobody knows what state it is in."""
    try:
        await connection.execute(statement)
    except BaseException as error:
        connection.terminate()
        if isinstance(error, FAILURES):
            raise _lost(error) from error
        raise


async def _commit(connection: Session) -> None:
    try:
        done = await connection.execute("COMMIT")
    except BaseException as error:
        connection.terminate()
        if isinstance(error, FAILURES):
            raise OutcomeUnknownError(
                f"the connection was lost while a transaction was committed ({reason(error)})"
            ) from error
        raise
    if done != "COMMIT":
        raise asyncpg.InFailedSQLTransactionError("a statement had failed, so the transaction was rolled back")


async def _roll_back(connection: Session) -> None:
    """Where that fails the connection is given up; then the server rolls back."""
    with suppress(*FAILURES):
        await _execute(connection, "ROLLBACK")


def _lost(error: BaseException) -> ConnectionError:
    return ConnectionError(f"the connection to the database was lost ({reason(error)})")
