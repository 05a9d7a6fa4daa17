"""A PostgreSQL server, where one machine is not enough."""

from functools import partial

from sqlalchemy import URL, Dialect
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.errors import ConfigurationError
from app.storage import schema
from app.storage.database import PATIENCE_SECONDS, Database
from app.storage.postgres_connection import PostgresConnection
from app.storage.postgres_connector import PostgresConnector
from app.storage.postgres_processes import PostgresProcesses
from app.storage.postgres_writer import PostgresWriter

_DRIVER_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
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
        super().__init__(engine, url.set(query={}).render_as_string())

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
