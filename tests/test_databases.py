"""The databases that tests get: as if each were new, though one is used by many."""

import asyncpg
import pytest
from sqlalchemy import make_url

from app.storage import schema
from tests.postgres_server import PostgresServer

_LOCK = 7


def _address(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def _connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(_address(url))


async def _oid(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    return int(await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()"))


async def _leave_everything(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Rows, some of them not committed; counted numbers, some of them without a row; locks; an open transaction."""
    await connection.execute("INSERT INTO chat_sessions VALUES ('chat_1', 'ann', now(), now())")
    await connection.execute("INSERT INTO chat_turns (session_id, role, text, at) VALUES ('chat_1', 'user', '', now())")
    await connection.execute(f"SELECT nextval('chat_turns_turn_id_seq'), pg_advisory_lock({_LOCK})")
    await connection.execute("ANALYZE")
    await connection.execute("BEGIN")
    await connection.execute("LOCK TABLE attempts IN ACCESS EXCLUSIVE MODE")
    await connection.execute("INSERT INTO chat_sessions VALUES ('chat_2', 'bob', now(), now())")


async def test_nothing_that_a_test_left_in_a_database_shows_to_the_next(postgres_server: PostgresServer) -> None:
    """It is the same database again, without the rows, the numbers, the locks and the connections of before."""
    with postgres_server.lent() as first_url:
        first = await _connect(first_url)
        used = await _oid(first)
        await _leave_everything(first)
    with postgres_server.lent() as second_url:
        second = await _connect(second_url)
        assert await _oid(second) == used
        tables = [row[0] for row in await second.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        assert {name: await second.fetchval(f"SELECT count(*) FROM {name}") for name in tables} == {  # noqa: S608
            name: 1 if name == "alembic_version" else 0 for name in tables
        }
        assert await second.fetchval("SELECT nextval('chat_turns_turn_id_seq')") == 1
        assert await second.fetchval("SELECT pg_try_advisory_lock($1::int)", _LOCK)
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert await second.fetchval(f"{others} AND backend_type = 'client backend'") == 0
        assert await second.fetchval("SELECT version_num FROM alembic_version") == schema.HEAD
        assert await second.fetchval("SELECT current_setting('timezone')") == "Asia/Seoul"
        await second.close()
    assert first.is_closed()


async def test_what_a_test_left_running_does_not_find_the_database_again(postgres_server: PostgresServer) -> None:
    with postgres_server.lent() as first, postgres_server.lent() as other:
        assert first != other
    with postgres_server.lent() as second:
        assert second not in {first, other}
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await _connect(first)


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE report_orders",
        "CREATE TABLE further (a int)",
        "ALTER TABLE attempts ADD COLUMN further int",
        "ALTER TABLE chat_turns ALTER COLUMN text DROP NOT NULL",
        "ALTER TABLE chat_turns ALTER COLUMN text SET DEFAULT 'x'",
        "CREATE INDEX further ON attempts (attempt_id)",
        "ALTER TABLE chat_turns DISABLE TRIGGER ALL",
        "CREATE FUNCTION further() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "UPDATE alembic_version SET version_num = '9999'",
        "DROP TABLE alembic_version",
    ],
)
async def test_a_database_with_other_tables_is_used_once(postgres_server: PostgresServer, change: str) -> None:
    with postgres_server.lent() as url:
        connection = await _connect(url)
        changed = await _oid(connection)
        await connection.execute(change)
        await connection.close()
    with postgres_server.lent() as url:
        connection = await _connect(url)
        assert await _oid(connection) != changed
        await connection.close()
