"""The one database: SQLite in WAL mode by default."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.errors import ConfigurationError
from app.storage.tables import metadata

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000")


class Database:
    """Cheap to make: it connects when it is first used."""

    def __init__(self, url: str) -> None:
        """Takes an SQLAlchemy URL of an asynchronous driver.

        Raises:
            ConfigurationError: the URL cannot be understood, or its driver is missing or synchronous.
        """
        self.engine = _engine(url)

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


async def open_database(database: Database) -> AsyncIterator[Database]:
    """A container resource: the tables exist before anything is served, the connections are closed afterwards.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    try:
        await database.create_tables()
    except (SQLAlchemyError, OSError) as error:
        await database.close()
        url = database.engine.url.render_as_string()
        raise ConfigurationError(f"TOLLGATE_DATABASE_URL: {url} cannot be opened: {_reason(error)}") from error
    yield database
    await database.close()


def _engine(url: str) -> AsyncEngine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(parsed)
    except (ArgumentError, ModuleNotFoundError, SQLAlchemyError, OSError) as error:
        raise ConfigurationError(
            f"TOLLGATE_DATABASE_URL is not usable: {_reason(error)}; "
            "give a URL such as sqlite+aiosqlite:///var/tollgate.db"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own connection
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _reason(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
