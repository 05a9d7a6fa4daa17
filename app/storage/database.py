"""The one database: an SQLite file in WAL mode."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.errors import ConfigurationError
from app.storage.tables import metadata

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000")


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
    def processes_folder(self) -> Path:
        """Where the processes that use the database show that they live."""
        return self.path.with_name(self.path.name + ".processes")

    async def create_tables(self) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)

    async def is_ready(self) -> bool:
        """Whether the database answers."""
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


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own connection
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def reason(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
