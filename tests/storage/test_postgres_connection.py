"""The kept connections to PostgreSQL: all or nothing, opened again where they were lost, and a flush makes safe."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import cast

import asyncpg
import pytest
from sqlalchemy import make_url, text

from app.storage.ledger import postgres_connection
from app.storage.ledger.postgres_connection import OutcomeUnknownError, PostgresConnection, PostgresConnector, Session
from app.storage.postgres_database import PostgresDatabase

_TABLE = "CREATE TABLE things (name text PRIMARY KEY)"
_DIE_AT_COMMIT = """
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION die();
"""


@pytest.fixture
async def other(postgres_database: PostgresDatabase) -> AsyncIterator[Session]:
    """Somebody else's connection, which sees only what is committed."""
    connection = await postgres_database.connect(command_seconds=10)
    await connection.execute(_TABLE)
    yield connection
    await connection.close()


@pytest.fixture
async def kept(postgres_database: PostgresDatabase, other: Session) -> AsyncIterator[PostgresConnection]:
    connection = PostgresConnection(postgres_database.connect)
    await connection.start()
    yield connection
    await connection.close()


async def _add(kept: PostgresConnection, name: str) -> None:
    async def work(connection: Session) -> None:
        await connection.execute("INSERT INTO things VALUES ($1)", name)

    await kept.transaction(work)


async def _names(other: Session) -> list[str]:
    return [row["name"] for row in await other.fetch("SELECT name FROM things ORDER BY name")]


async def _pid(kept: PostgresConnection) -> int:
    return int(await kept.transaction(lambda connection: connection.fetchval("SELECT pg_backend_pid()")))


async def _kill(other: Session, pid: int) -> None:
    """Ends a session of the server, and returns when it has ended."""
    await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)


async def test_what_the_work_wrote_is_committed_and_what_it_returns_comes_back(
    kept: PostgresConnection, other: Session
) -> None:
    async def work(connection: Session) -> str:
        await connection.execute("INSERT INTO things VALUES ('a'), ('b')")
        assert await _names(other) == []
        return str(await connection.fetchval("SHOW synchronous_commit"))

    assert await kept.transaction(work) == "off"
    assert await _names(other) == ["a", "b"]


async def test_work_that_fails_writes_nothing_and_the_next_one_goes_on(
    kept: PostgresConnection, other: Session
) -> None:
    async def bad(connection: Session) -> None:
        await connection.execute("INSERT INTO things VALUES ('a')")
        await connection.execute("INSERT INTO things VALUES ('a')")

    with pytest.raises(asyncpg.UniqueViolationError):
        await kept.transaction(bad)
    await _add(kept, "b")
    assert await _names(other) == ["b"]


async def test_a_failure_that_the_work_overlooks_is_no_success(kept: PostgresConnection, other: Session) -> None:
    """PostgreSQL answers the commit of a failed transaction with a roll-back, and calls it no error."""

    async def careless(connection: Session) -> None:
        await connection.execute("INSERT INTO things VALUES ('a')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO things VALUES ('a')")

    with pytest.raises(asyncpg.InFailedSQLTransactionError, match="rolled back"):
        await kept.transaction(careless)
    assert await _names(other) == []


async def test_a_connection_that_was_lost_between_transactions_is_opened_again(
    kept: PostgresConnection, other: Session
) -> None:
    await _kill(other, await _pid(kept))
    await _add(kept, "a")
    await kept.flush()
    assert await _names(other) == ["a"]


async def test_a_connection_that_is_lost_within_the_work_has_written_nothing(
    kept: PostgresConnection, other: Session
) -> None:
    async def unlucky(connection: Session) -> None:
        await connection.execute("INSERT INTO things VALUES ('a')")
        await _kill(other, await connection.fetchval("SELECT pg_backend_pid()"))
        await connection.execute("INSERT INTO things VALUES ('b')")

    with pytest.raises(ConnectionError, match="was lost") as caught:
        await kept.transaction(unlucky)
    assert not isinstance(caught.value, OutcomeUnknownError)
    await _add(kept, "c")
    assert await _names(other) == ["c"]


async def test_a_connection_that_is_lost_within_the_commit_leaves_the_outcome_unknown(
    kept: PostgresConnection, other: Session
) -> None:
    await other.execute(_DIE_AT_COMMIT)
    with pytest.raises(OutcomeUnknownError):
        await _add(kept, "a")
    await other.execute("DROP TRIGGER dies ON things")
    await _add(kept, "b")
    assert await _names(other) == ["b"]


async def test_work_that_is_cancelled_writes_nothing(kept: PostgresConnection, other: Session) -> None:
    begun = asyncio.Event()

    async def endless(connection: Session) -> None:
        await connection.execute("INSERT INTO things VALUES ('a')")
        begun.set()
        await connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(kept.transaction(endless))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _add(kept, "b")
    assert await _names(other) == ["b"]


async def test_transactions_run_one_after_the_other(kept: PostgresConnection, other: Session) -> None:
    await asyncio.gather(*(_add(kept, str(number)) for number in range(9)))
    assert await _names(other) == [str(number) for number in range(9)]


async def test_what_was_committed_is_on_the_disk_after_a_flush(kept: PostgresConnection, other: Session) -> None:
    """Before it, mostly not: the server's own writer comes by only now and then. So a flush is seen to do something."""
    safe_before = 0
    for number in range(20):
        await _add(kept, str(number))
        written = await other.fetchval("SELECT pg_current_wal_insert_lsn()")
        safe_before += await other.fetchval("SELECT pg_current_wal_flush_lsn()") >= written
        await kept.flush()
        assert await other.fetchval("SELECT pg_current_wal_flush_lsn()") >= written
    assert safe_before < 20


async def test_flushes_at_once_are_one(kept: PostgresConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are asked for while one runs may not be covered by it: they are the next."""
    flushes, begun, end = list[str](), asyncio.Event(), asyncio.Event()
    execute = postgres_connection._execute

    async def slowly(connection: Session, statement: str) -> None:
        flushes.append(statement)
        begun.set()
        await end.wait()
        await execute(connection, statement)

    monkeypatch.setattr(postgres_connection, "_execute", slowly)
    first = [asyncio.create_task(kept.flush()) for _ in range(5)]
    await begun.wait()
    second = [asyncio.create_task(kept.flush()) for _ in range(5)]
    await asyncio.sleep(0)
    assert len(flushes) == 1
    end.set()
    await asyncio.gather(*first, *second)
    assert len(flushes) == 2


async def test_a_flush_that_failed_is_told_and_the_next_one_tries_again(
    kept: PostgresConnection, other: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.ledger.postgres_connection._FLUSH", "SELECT nonsense()")
    with pytest.raises(ConnectionError, match="nonsense"):
        await kept.flush()
    monkeypatch.undo()
    await kept.flush()


async def test_a_lock_that_is_never_let_go_is_not_waited_for_for_ever(
    postgres_database: PostgresDatabase, other: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres_connection._WRITES, "lock_timeout", "5")
    impatient = PostgresConnection(postgres_database.connect)
    async with other.transaction():
        await other.execute("LOCK TABLE things")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await _add(impatient, "a")
    await _add(impatient, "b")
    await impatient.close()
    assert await _names(other) == ["b"]


async def test_where_the_connection_is_busy_the_others_do_not_wait_for_ever(
    kept: PostgresConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.ledger.postgres_connection.PATIENCE_SECONDS", 0.01)
    async with kept._writes.turn():
        with pytest.raises(ConnectionError, match="busy"):
            await _add(kept, "a")


async def test_the_server_ends_a_transaction_in_which_nothing_happens(kept: PostgresConnection) -> None:
    """A process of ours that was stopped within one gives its locks back."""
    limit = await kept.transaction(lambda c: c.fetchval("SHOW idle_in_transaction_session_timeout"))
    assert limit == "5s"


async def test_a_server_that_is_not_there_is_an_os_error_without_the_password() -> None:
    nowhere = PostgresConnector(make_url("postgresql+asyncpg://ann:secret@127.0.0.1:1/x"))
    with pytest.raises(OSError, match=r"127\.0\.0\.1") as caught:
        await PostgresConnection(nowhere).start()
    assert "secret" not in f"{caught.value} {caught.value!r}"


async def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes a connection and says nothing."""
    monkeypatch.setattr("app.storage.ledger.postgres_connection.PATIENCE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+asyncpg://ann:secret@127.0.0.1:{silent.getsockname()[1]}/x?sslmode=disable"
        with pytest.raises(ConnectionError, match="no answer within"):
            await PostgresConnector(make_url(url))(command_seconds=None)


class _Gone:
    """Stands in for a connection whose server has gone, which nobody has noticed yet."""

    def __init__(self) -> None:
        self.closed = False

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True

    async def execute(self, statement: str) -> None:
        raise ConnectionResetError(f"no one to {statement}")


async def test_a_connection_that_turns_out_to_be_lost_at_the_beginning_is_opened_again(
    postgres_database: PostgresDatabase, other: Session
) -> None:
    """Nothing has been done in it yet."""
    opened: list[object] = [_Gone()]

    async def connect(*, command_seconds: float | None, **settings: str) -> Session:
        if len(opened) > 1:
            opened.append(await postgres_database.connect(command_seconds=command_seconds, **settings))
        else:
            opened.append(None)
            return cast("Session", opened[0])
        return cast("Session", opened[-1])

    kept = PostgresConnection(connect)
    await _add(kept, "a")
    await kept.close()
    assert await _names(other) == ["a"]


async def test_a_flush_that_nobody_waits_for_any_more_goes_on(
    kept: PostgresConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it fails; the next one is another."""
    monkeypatch.setattr("app.storage.ledger.postgres_connection._FLUSH", "SELECT nonsense()")
    waiting = asyncio.create_task(kept.flush())
    await asyncio.sleep(0)
    flush = kept._next_flush
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert flush is not None
    await asyncio.wait([flush])
    monkeypatch.undo()
    await kept.flush()


async def test_the_server_can_tell_whose_sessions_they_are(postgres_database: PostgresDatabase) -> None:
    async with postgres_database.engine.connect() as connection:
        assert await connection.scalar(text("SHOW application_name")) == "tollgate"
