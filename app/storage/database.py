"""The one database: an SQLite file in WAL mode."""

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Dialect, event, make_url, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.errors import ConfigurationError
from app.storage import schema

_LOCK_SECONDS = 5
_PRAGMAS = (f"busy_timeout={_LOCK_SECONDS}000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")


class Database:
    """Cheap to make: it connects when it is first used."""

    def __init__(self, url: str) -> None:
        """Takes the SQLAlchemy URL of a file: `sqlite+aiosqlite:///path`.

        Raises:
            ConfigurationError: it is another URL, or the file's folder cannot be made.
        """
        self.engine = _engine(url)

    @property
    def path(self) -> Path:
        return Path(str(self.engine.url.database)).absolute()

    @property
    def driver_dialect(self) -> Dialect:
        """How statements are spelled for the driver beneath SQLAlchemy."""
        return sqlite.dialect(paramstyle="named")

    @property
    def processes_folder(self) -> Path:
        """Where the processes that use the database show that they live."""
        return self.path.with_name(self.path.name + ".processes")

    async def upgrade(self) -> None:
        """Brings the tables to what this version needs; what is there stays.

        Raises:
            sqlite3.Error: the file cannot be opened, or is no database.
            SQLAlchemyError: a statement failed; nothing was changed.
        """
        await asyncio.to_thread(self._make_file)
        async with self.engine.connect() as connection:
            if await connection.run_sync(schema.is_current):
                return
        async with self.engine.begin() as connection:
            await connection.run_sync(schema.upgrade)

    def _make_file(self) -> None:
        """By hand: of a file that is no database, the asynchronous driver lets go too late to notice."""
        give_up = time.monotonic() + _LOCK_SECONDS
        connection = sqlite3.connect(self.path, timeout=_LOCK_SECONDS)
        try:
            while not _is_in_wal_mode(connection):
                if time.monotonic() > give_up:
                    raise sqlite3.OperationalError("database is locked")
                time.sleep(0.01)
        finally:
            connection.close()

    async def is_ready(self) -> bool:
        """Whether the file is there and answers; SQLite would make a new one in its place, and say that all is well."""
        if not self.path.exists():
            return False
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def close(self) -> None:
        await self.engine.dispose()


def _engine(url: str) -> AsyncEngine:
    try:
        parsed = make_url(url)
        _check_file(parsed)
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(parsed)
    except (ArgumentError, ModuleNotFoundError, SQLAlchemyError, OSError) as error:
        raise ConfigurationError(
            f"TOLLGATE_DATABASE_URL is not usable: {reason(error)}; "
            "give a URL such as sqlite+aiosqlite:///var/tollgate.db"
        ) from error
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _check_file(url: URL) -> None:
    """Other databases are to come; one in memory cannot be shared by the connections that read and write it."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        raise ArgumentError(f"{url.render_as_string()} is no SQLite file")


def _is_in_wal_mode(connection: sqlite3.Connection) -> bool:
    """Asks for it; where processes start at once SQLite says no to all but one, without waiting."""
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own connection
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def reason(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
