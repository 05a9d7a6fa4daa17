"""From TOLLGATE_DATABASE_URL to storage that is open, looked after while it is, and closed in the right order.

A URL that cannot be used is answered with what to write in its place; no message shows a password, nor what might be a
part of one. While storage is open, rounds close what dead processes left, replay what was journalled and delete what
was said in chats that ended long ago.
"""

import asyncio
from collections.abc import AsyncIterator

import structlog
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from app.background import Rounds
from app.clock import Clock
from app.errors import ConfigurationError
from app.services.gen_ai.chat.sessions import ChatSessionsUnavailableError
from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.storage.chat_sessions import ExpiredChats
from app.storage.database import Database
from app.storage.ledger.journal import Journal
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.ledger.write_queue import Writer
from app.storage.processes import Processes

_SQLITE, _POSTGRESQL = "sqlite+aiosqlite", "postgresql+asyncpg"
_ENCODE = "In a password, write @ as %40 and % as %25"
_FORMS = f"give {_SQLITE}:///var/tollgate.db for a file, or {_POSTGRESQL}://user:password@host/database for a server"


def database_at(url: str) -> Database:
    """The database that a URL names.

    Raises:
        ConfigurationError: the URL cannot be used.
    """
    parsed = _parsed(url)
    if parsed.drivername == _SQLITE:
        from app.storage.sqlite_database import SqliteDatabase  # noqa: PLC0415  only what is used is imported

        return SqliteDatabase(parsed)
    from app.storage.postgres_database import PostgresDatabase  # noqa: PLC0415  asyncpg takes 30 ms

    return PostgresDatabase(parsed)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The reason is left out: it can quote a password that was taken for a port.
        raise _unusable(f"it is no URL; {_FORMS}. {_ENCODE}") from None
    kind, _, driver = parsed.drivername.partition("+")
    if kind == "sqlite":
        return _sqlite(parsed, driver)
    if kind in {"postgresql", "postgres"}:
        return _postgresql(parsed, driver)
    raise _unusable(f"there is no support for {kind}; {_FORMS}")


def _sqlite(url: URL, driver: str) -> URL:
    if url.host is not None:
        raise _unusable(f"after {_SQLITE}: a relative path has three slashes before it, an absolute one four; {_FORMS}")
    if url.database in {None, "", ":memory:"}:
        raise _unusable(f"it names no file, and connections cannot share a database in memory; {_FORMS}")
    if driver != "aiosqlite":
        raise _unusable(f"SQLite is used through aiosqlite; write {_SQLITE}:///{url.database}")
    return url


def _postgresql(url: URL, driver: str) -> URL:
    """Also takes `postgresql://` and `postgres://`, as hosting providers hand them out."""
    if driver not in {"", "asyncpg"}:
        raise _unusable(
            f"PostgreSQL is used through asyncpg; write {_POSTGRESQL}:// in the place of {url.drivername}://"
        )
    if "@" in (url.host or ""):
        raise _unusable(f"there is more than one @ before the name of the database. {_ENCODE}")
    if not url.database:
        raise _unusable(f"it names no database; {_FORMS}")
    return url.set(drivername=_POSTGRESQL)


def _unusable(why: str) -> ConfigurationError:
    return ConfigurationError(f"TOLLGATE_DATABASE_URL is not usable: {why}")


log = structlog.get_logger(__name__)

_EVERY_SECONDS = 30.0


class Upkeep:
    """A call that dies with its process holds its reservation no longer than one round."""

    def __init__(self, ledger: SqlUsageLedger, chats: ExpiredChats, clock: Clock) -> None:
        self._ledger = ledger
        self._chats = chats
        self._clock = clock
        self._rounds = Rounds(self.round, _EVERY_SECONDS)

    def start(self) -> None:
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    async def round(self) -> bool:
        """One round; what cannot be done now is done in the next one, which is never at once."""
        try:
            await self._ledger.recover(self._clock.now())
        except (LedgerUnavailableError, SQLAlchemyError, OSError) as error:
            log.warning("ledger_upkeep_failed", reason=str(error))
        try:
            await self._chats.forget()
        except ChatSessionsUnavailableError as error:
            log.warning("chat_upkeep_failed", reason=str(error))
        return False


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
