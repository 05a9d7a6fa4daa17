"""Opens and closes what is stored, in the right order."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.errors import ConfigurationError
from app.storage.database import Database, reason
from app.storage.processes import ProcessLocks
from app.storage.sqlite_writer import SqliteWriter
from app.storage.usage_ledger import SqlUsageLedger


async def open_storage(
    database: Database, writer: SqliteWriter, processes: ProcessLocks, clock: Clock
) -> AsyncIterator[Database]:
    """A container resource: the tables exist and what a dead process left open is closed before anything is served.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    try:
        await database.upgrade()
        await asyncio.to_thread(processes.hold)
        writer.start()
        await SqlUsageLedger(database, writer, processes).close_abandoned(clock.now())
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        await _close(database, writer, processes)
        url = database.engine.url.render_as_string()
        raise ConfigurationError(f"TOLLGATE_DATABASE_URL: {url} cannot be opened: {reason(error)}") from error
    yield database
    await _close(database, writer, processes)


async def _close(database: Database, writer: SqliteWriter, processes: ProcessLocks) -> None:
    await writer.close()
    await database.close()
    processes.let_go()
