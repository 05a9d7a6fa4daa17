"""Opens connections of asyncpg: those of the pool, and those that are kept for one purpose."""

from typing import Protocol, TypeAlias

import asyncpg
from sqlalchemy import URL

from app.storage.database import PATIENCE_SECONDS

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection raises: no network or no answer in time; a refusal of the server; one that was closed before; one
that is being closed by the server at this moment.
"""


class Connect(Protocol):
    async def __call__(self, *, command_seconds: float | None, **settings: str) -> Session:
        """A new connection. One statement may take `command_seconds`; `settings` are the server's, for this session.

        Raises:
            OSError: the server cannot be reached, or does not let us in; it says why, without the password.
        """
        ...


class PostgresConnector:
    def __init__(self, url: URL) -> None:
        """Takes `postgresql+asyncpg://...`; in its query stands what asyncpg takes, `sslmode` for instance."""
        self._password = url.password
        self._dsn = url.set(drivername="postgresql", password=None).render_as_string()
        self._settings = {} if "application_name" in url.query else {"application_name": "tollgate"}

    async def __call__(self, *, command_seconds: float | None, **settings: str) -> Session:
        try:
            return await asyncpg.connect(
                self._dsn,
                password=self._password,
                timeout=PATIENCE_SECONDS,
                command_timeout=command_seconds,
                server_settings=self._settings | settings,
            )
        except TimeoutError as error:
            raise ConnectionError(f"no answer within {PATIENCE_SECONDS:.0f} seconds") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise ConnectionError(str(error)) from error
