"""Opens and closes what is stored, in the right order."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.errors import ConfigurationError, TollgateError
from app.storage.database import Database, reason
from app.storage.journal import Journal
from app.storage.processes import ProcessLocks
from app.storage.sqlite_writer import SqliteWriter
from app.storage.upkeep import Upkeep
from app.storage.usage_ledger import SqlUsageLedger


async def open_storage(
    database: Database,
    writer: SqliteWriter,
    *,
    processes: ProcessLocks,
    journal: Journal,
    ledger: SqlUsageLedger,
    clock: Clock,
) -> AsyncIterator[Database]:
    """A container resource: the tables exist and what a dead process left open is closed before anything is served.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    upkeep = Upkeep(ledger, clock)
    try:
        await database.upgrade()
        await asyncio.to_thread(processes.hold)
        await asyncio.to_thread(_open_journal, journal)
        writer.start()
        await ledger.recover(clock.now())
    except (SQLAlchemyError, sqlite3.Error, TollgateError, OSError) as error:
        await _close(database, writer, processes, journal)
        if isinstance(error, ConfigurationError):
            raise
        url = database.engine.url.render_as_string()
        raise ConfigurationError(f"TOLLGATE_DATABASE_URL: {url} cannot be opened: {reason(error)}") from error
    upkeep.start()
    yield database
    await upkeep.stop()
    await _close(database, writer, processes, journal)


def _open_journal(journal: Journal) -> None:
    try:
        journal.open()
    except OSError as error:
        raise ConfigurationError(
            f"TOLLGATE_JOURNAL_DIR: {journal.folder}: {error.strerror}; give a folder that can be written"
        ) from error


async def _close(database: Database, writer: SqliteWriter, processes: ProcessLocks, journal: Journal) -> None:
    await writer.close()
    await asyncio.to_thread(journal.close)
    await database.close()
    processes.let_go()
