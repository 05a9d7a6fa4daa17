"""Opens and closes what is stored, in the right order."""

from collections.abc import AsyncIterator

from app.clock import Clock
from app.errors import ConfigurationError
from app.storage.database import Database
from app.storage.processes import FileProcesses, Processes
from app.storage.sqlite_database import SqliteDatabase
from app.storage.sqlite_writer import SqliteWriter
from app.storage.usage_ledger import SqlUsageLedger


def create_processes(database: Database) -> Processes:
    return database.processes()


def create_writer(database: Database) -> SqliteWriter:
    """What writes the ledger.

    Raises:
        ConfigurationError: the database is of a kind that the ledger cannot be written to.
    """
    if not isinstance(database, SqliteDatabase):
        raise ConfigurationError(
            f"TOLLGATE_DATABASE_URL: the ledger is written to SQLite only, and not to {database.name}"
        )
    return SqliteWriter(database.path)


async def open_storage(
    database: Database, writer: SqliteWriter, processes: Processes, clock: Clock
) -> AsyncIterator[Database]:
    """A container resource: the tables exist and what a dead process left open is closed before anything is served.

    Raises:
        ConfigurationError: the database cannot be opened, or its tables are not those of this version.
    """
    try:
        with database.explained():
            await database.prepare()
            await processes.hold()
            writer.start()
            assert isinstance(processes, FileProcesses)  # noqa: S101  as long as the writer is that of SQLite
            await SqlUsageLedger(database, writer, processes.locks).close_abandoned(clock.now())
    except BaseException:
        await _close(database, writer, processes)
        raise
    yield database
    await _close(database, writer, processes)


async def _close(database: Database, writer: SqliteWriter, processes: Processes) -> None:
    await writer.close()
    await database.close()
    await processes.let_go()
