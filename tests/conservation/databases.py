"""A PostgreSQL database of its own, on the server that `TOLLGATE_TEST_POSTGRES_URL` names or on this machine's."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from app.errors import ConfigurationError
from app.storage.database import Database

_SERVER = "postgresql+asyncpg://postgres@127.0.0.1:5432/test"


async def postgres_database() -> AsyncIterator[str]:
    """The URL of a new database, which is dropped afterwards; skips where there is no driver, server or support."""
    pytest.importorskip("asyncpg", reason="the PostgreSQL driver asyncpg is not installed")
    server = make_url(os.environ.get("TOLLGATE_TEST_POSTGRES_URL", _SERVER)).set(drivername="postgresql+asyncpg")
    try:
        Database(server.render_as_string(hide_password=False))
    except ConfigurationError as error:
        pytest.skip(f"Tollgate does not keep its ledger in PostgreSQL: {error}")
    name = f"tollgate_conservation_{uuid.uuid4().hex}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
    except (SQLAlchemyError, OSError) as error:
        await engine.dispose()
        pytest.skip(f"no PostgreSQL at {server}: {error}")
    yield server.set(database=name).render_as_string(hide_password=False)
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()
