"""A PostgreSQL server, where one machine is not enough, and which processes live as it knows: each holds an advisory
lock on a connection of its own.

The server lets go of the lock when the connection ends, and the connection ends with the process. Where only the
connection is lost, the lock is taken again; until then the others take this process for dead.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog
from sqlalchemy import URL, Dialect, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.background import set_within
from app.errors import ConfigurationError
from app.storage import schema
from app.storage.database import PATIENCE_SECONDS, Database
from app.storage.ledger.postgres_connection import FAILURES, Connect, PostgresConnection, PostgresConnector, Session
from app.storage.ledger.postgres_writer import PostgresWriter

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 10.0
"""How often the connection is tried: one that a network swallowed does not say that it is lost."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_SESSION = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""So that the server misses a machine that vanished without a word after 25 s, and not after its default of hours."""

_HELD = text("""
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32) | objid::bigint = :key
    )
""")


class PostgresProcesses:
    def __init__(
        self, engine: AsyncEngine, connect: Connect, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """`pause` waits some seconds before a lost connection is tried once more."""
        self.process_id = f"proc_{uuid.uuid4().hex}"
        self._engine = engine
        self._connect = connect
        self._pause = pause
        self._lost = asyncio.Event()
        self._connection: Session | None = None
        self._watch: asyncio.Task[None] | None = None

    async def hold(self) -> None:
        self._connection = await self._take()
        self._watch = asyncio.create_task(self._keep(self._connection), name="process-lock")

    async def let_go(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        if self._connection is not None:
            with suppress(*FAILURES):
                await self._connection.close(timeout=_LOOK_SECONDS)
            self._connection = None

    async def is_dead(self, process_id: str) -> bool:
        if process_id == self.process_id:
            return False
        async with self._engine.connect() as connection:
            return not await connection.scalar(_HELD, {"key": _key(process_id)})

    async def forget(self, process_id: str) -> None:
        """The server keeps nothing of the dead."""

    async def _take(self) -> Session:
        """A connection that holds the lock; where a lost one still has it, waits until the server has noticed."""
        self._lost = lost = asyncio.Event()
        connection = await self._connect(command_seconds=None, **_SESSION)
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _key(self.process_id))
        except BaseException:
            # Closed, not just dropped: a server that waits for a lock does not notice that nobody waits for it.
            with suppress(*FAILURES):
                await connection.close(timeout=_LOOK_SECONDS)
            raise
        return connection

    async def _keep(self, connection: Session) -> None:
        while True:
            await self._until_lost(connection)
            log.warning("process_lock_lost", process_id=self.process_id)
            connection = self._connection = await self._take_again()
            log.info("process_lock_taken_again", process_id=self.process_id)

    async def _until_lost(self, connection: Session) -> None:
        while not await set_within(self._lost, _LOOK_SECONDS):
            try:
                await connection.execute("SELECT 1", timeout=_LOOK_SECONDS)
            except FAILURES:
                connection.terminate()
                return

    async def _take_again(self) -> Session:
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._take()
            except FAILURES as error:
                log.warning("process_lock_not_taken", process_id=self.process_id, reason=str(error))
            await self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _key(process_id: str) -> int:
    """What the server locks: a whole number of 64 bits, positive or not."""
    return int.from_bytes(hashlib.blake2b(process_id.encode(), digest_size=8).digest(), signed=True)


_DRIVER_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
_PORT = 5432
_QUESTION_SECONDS = 30.0
"""How long the server may take for one statement of the pool; sums over a large ledger take a while."""


class PostgresDatabase(Database):
    def __init__(self, url: URL) -> None:
        self.connect = PostgresConnector(url)
        """Opens connections beside the pool."""
        engine = create_async_engine(
            url.set(query={}),
            async_creator=partial(self.connect, command_seconds=_QUESTION_SECONDS),
            pool_pre_ping=True,  # a server that was restarted costs nobody an error
            pool_timeout=PATIENCE_SECONDS,
            hide_parameters=True,
        )
        port = url.port or _PORT
        super().__init__(engine, url.set(query={}).render_as_string(), f"{url.host}:{port}/{url.database}")

    @property
    def driver_dialect(self) -> Dialect:
        return _DRIVER_DIALECT

    def processes(self) -> PostgresProcesses:
        return PostgresProcesses(self.engine, self.connect)

    def writer(self) -> PostgresWriter:
        return PostgresWriter(PostgresConnection(self.connect))

    async def prepare(self) -> None:
        """Only looks: a server is shared, so its owner says when its tables change."""
        found = await self.revision()
        self._refuse_newer(found)
        if found == schema.HEAD:
            return
        state = "has no tables of Tollgate" if found is None else f"has the tables of an older version, {found}"
        raise ConfigurationError(
            f"TOLLGATE_DATABASE_URL: {self.name} {state}; this version needs {schema.HEAD}: run `tollgate db upgrade`"
        )

    async def _to_upgrade(self) -> AsyncEngine:
        """Without a limit of time: another one's upgrade is waited for, and an index on a large ledger takes long."""
        return create_async_engine(
            self.engine.url,
            async_creator=partial(self.connect, command_seconds=None),
            poolclass=NullPool,
            hide_parameters=True,
        )
