"""An SQLite file in WAL mode: the embedded default."""

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Dialect, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.errors import ConfigurationError
from app.storage.database import PATIENCE_SECONDS, Database
from app.storage.ledger.sqlite_writer import SqliteWriter
from app.storage.processes import FileProcesses

_LOCK_MILLISECONDS = int(PATIENCE_SECONDS * 1000)
_DRIVER_DIALECT = sqlite.dialect(paramstyle="named")
_PRAGMAS = (f"busy_timeout={_LOCK_MILLISECONDS}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")


class SqliteDatabase(Database):
    def __init__(self, url: URL) -> None:
        self.path = Path(str(url.database)).absolute()
        engine = create_async_engine(url, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        super().__init__(engine, url.render_as_string(), str(self.path.resolve()))

    @property
    def processes_folder(self) -> Path:
        """Where the processes that use the database show that they live."""
        return self.path.with_name(self.path.name + ".processes")

    @property
    def driver_dialect(self) -> Dialect:
        return _DRIVER_DIALECT

    def processes(self) -> FileProcesses:
        return FileProcesses(self.processes_folder)

    def writer(self) -> SqliteWriter:
        return SqliteWriter(self.path)

    async def require(self) -> None:
        """As everywhere; asking makes no file."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            raise ConfigurationError(
                f"There is no database yet: no file {self.path}, or nothing in it. Name another with "
                "TOLLGATE_DATABASE_URL=sqlite+aiosqlite:////absolute/path.db (three slashes before a relative path), "
                "or make one with `tollgate db upgrade`"
            )

    async def prepare(self) -> None:
        """Upgrades by itself: nobody else uses the file with another version."""
        await self.upgrade()

    async def revision(self) -> str | None:
        """As everywhere; asking makes no file."""
        if not self.path.exists():
            return None
        with self.explained():
            await asyncio.to_thread(self._make_file)
        return await super().revision()

    async def is_ready(self) -> bool:
        """Whether the file is there and answers; SQLite would make a new one in its place, and say that all is well."""
        return self.path.exists() and await super().is_ready()

    async def _to_upgrade(self) -> AsyncEngine:
        await asyncio.to_thread(self._make_file)
        return self.engine

    def _make_file(self) -> None:
        """Also its folder. By hand: of a file that is no database, the asynchronous driver lets go too late to notice.

        Raises:
            OSError: the folder cannot be made.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        give_up = time.monotonic() + PATIENCE_SECONDS
        connection = sqlite3.connect(self.path, timeout=PATIENCE_SECONDS)
        try:
            while not _is_in_wal_mode(connection):
                if time.monotonic() > give_up:
                    raise sqlite3.OperationalError("database is locked")
                time.sleep(0.01)
        finally:
            connection.close()


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
