"""Opens and closes what is stored, in the right order."""

import asyncio
from collections.abc import AsyncIterator

from app.clock import Clock
from app.errors import ConfigurationError
from app.storage.database import Database
from app.storage.expired_chats import ExpiredChats
from app.storage.journal import Journal
from app.storage.processes import Processes
from app.storage.upkeep import Upkeep
from app.storage.usage_ledger import SqlUsageLedger
from app.storage.work import Writer


async def open_storage(
    database: Database,
    writer: Writer,
    *,
    processes: Processes,
    journal: Journal,
    ledger: SqlUsageLedger,
    chats: ExpiredChats,
    clock: Clock,
) -> AsyncIterator[Database]:
    """A container resource: the tables exist and what a dead process left open is closed before anything is served.

    Raises:
        ConfigurationError: the database cannot be opened, or its tables are not those of this version.
    """
    upkeep = Upkeep(ledger, chats, clock)
    try:
        with database.explained():
            await database.prepare()
            await processes.hold()
            await asyncio.to_thread(_open_journal, journal)
            await writer.start()
            await ledger.recover(clock.now())
    except BaseException:
        await _close(database, writer, processes, journal)
        raise
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


async def _close(database: Database, writer: Writer, processes: Processes, journal: Journal) -> None:
    await writer.close()
    await asyncio.to_thread(journal.close)
    await database.close()
    await processes.let_go()
