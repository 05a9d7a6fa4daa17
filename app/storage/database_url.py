"""Reads TOLLGATE_DATABASE_URL, and says what to write in the place of one that cannot be used.

No message shows a password, nor what might be a part of one.
"""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.errors import ConfigurationError
from app.storage.database import Database

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
