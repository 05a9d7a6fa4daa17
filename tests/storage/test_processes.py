"""Which processes live: the same answers from a folder of files and from a PostgreSQL server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.storage.database import Database
from app.storage.ledger.postgres_connection import Session
from app.storage.postgres_database import PostgresDatabase, PostgresProcesses, _key
from app.storage.processes import Processes
from tests.fakes.forked import Forked

# The server shows the locks of all its databases, those of other runs of these tests among them.
_SOMEBODY_WAITS = """
    SELECT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""
_VICTIM = """
import asyncio, sys
from app.storage.opening import database_at

async def main():
    processes = database_at(sys.argv[1]).processes()
    await processes.hold()
    print(processes.process_id, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def mine(each_database: Database) -> AsyncIterator[Processes]:
    processes = each_database.processes()
    await processes.hold()
    yield processes
    await processes.let_go()


async def test_no_two_processes_have_one_name(each_database: Database) -> None:
    assert len({each_database.processes().process_id for _ in range(9)}) == 9


async def test_a_process_lives_until_it_lets_go(each_database: Database, mine: Processes) -> None:
    other = each_database.processes()
    await other.hold()
    assert not await mine.is_dead(other.process_id)
    assert not await other.is_dead(mine.process_id)
    await other.let_go()
    assert await mine.is_dead(other.process_id)
    assert not await other.is_dead(mine.process_id)


async def test_one_that_nobody_knows_is_dead_and_oneself_never_is(each_database: Database, mine: Processes) -> None:
    assert await mine.is_dead("proc_of_long_ago")
    assert await mine.is_dead("")
    assert not await mine.is_dead(mine.process_id)
    not_holding = each_database.processes()
    assert not await not_holding.is_dead(not_holding.process_id)


def _victim(database_url: str) -> Forked:
    return Forked(_VICTIM, database_url, piped=("stdout",))


async def test_a_killed_process_is_dead_at_once(database_url: str, mine: Processes) -> None:
    """It could not let go any more: the system, or the server, did. Forgetting it changes nothing."""
    with _victim(database_url) as victim:
        process_id = victim.stdout.readline().decode().strip()
        lived = not await mine.is_dead(process_id)
        victim.kill()
    assert lived
    while not await mine.is_dead(process_id):  # the server hears of it within a millisecond
        pass
    await mine.forget(process_id)
    assert await mine.is_dead(process_id)


async def test_letting_go_twice_or_without_holding_does_nothing(each_database: Database) -> None:
    processes = each_database.processes()
    await processes.let_go()
    await processes.hold()
    await processes.let_go()
    await processes.let_go()


async def test_a_lock_whose_connection_was_lost_is_taken_again(postgres_database: PostgresDatabase) -> None:
    """As when the server is restarted; the log says so."""
    mine, other = postgres_database.processes(), postgres_database.processes()
    with capture_logs() as lines:
        await mine.hold()
        first = mine._connection
        assert first is not None
        async with postgres_database.engine.connect() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first.get_server_pid()})
        while mine._connection is first:
            await other.is_dead(mine.process_id)
        assert not await other.is_dead(mine.process_id)
        await mine.let_go()
    assert await other.is_dead(mine.process_id)
    assert [(line["event"], line["process_id"]) for line in lines] == [
        ("process_lock_lost", mine.process_id),
        ("process_lock_taken_again", mine.process_id),
    ]


async def test_a_lock_that_a_lost_connection_still_has_is_waited_for(postgres_database: PostgresDatabase) -> None:
    """The server has not missed the old one yet: there is no moment in which nobody holds the lock."""
    mine, other = postgres_database.processes(), postgres_database.processes()
    old = await postgres_database.connect(command_seconds=10)
    await old.execute("SELECT pg_advisory_lock($1)", _key(mine.process_id))
    holding = asyncio.create_task(mine.hold())
    while not await old.fetchval(_SOMEBODY_WAITS):
        pass
    assert not holding.done()
    assert not await other.is_dead(mine.process_id)
    await old.close()
    await holding
    assert not await other.is_dead(mine.process_id)
    await mine.let_go()


async def test_who_stops_waiting_for_the_lock_leaves_no_connection(postgres_database: PostgresDatabase) -> None:
    mine = postgres_database.processes()
    old = await postgres_database.connect(command_seconds=10)
    await old.execute("SELECT pg_advisory_lock($1)", _key(mine.process_id))
    holding = asyncio.create_task(mine.hold())
    while not await old.fetchval(_SOMEBODY_WAITS):
        pass
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    while await old.fetchval(_SOMEBODY_WAITS):
        pass
    await old.close()


class _Line:
    """Stands in for a connection that a network swallowed: it says nothing, and nothing comes through."""

    def __init__(self) -> None:
        self.terminated = False

    def add_termination_listener(self, listener: object) -> None:
        """It will never be called."""

    async def execute(self, query: str, *arguments: Any, timeout: float | None = None) -> None:  # noqa: ASYNC109  asyncpg's
        if query == "SELECT 1":
            raise TimeoutError

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109  asyncpg's
        self.terminated = True

    def terminate(self) -> None:
        self.terminated = True


async def test_a_swallowed_connection_is_noticed_and_its_server_tried_until_it_is_back(
    postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pauses that grow, so that a server that comes back is not overrun."""
    monkeypatch.setattr("app.storage.postgres_database._LOOK_SECONDS", 0.001)
    swallowed, pauses, again = _Line(), list[float](), asyncio.Event()

    async def connect(*, command_seconds: float | None, **settings: str) -> Session:
        if not swallowed.terminated:
            return cast("Session", swallowed)
        if len(pauses) < 8:
            raise ConnectionRefusedError("nobody there")
        again.set()
        monkeypatch.setattr("app.storage.postgres_database._LOOK_SECONDS", 10)  # a real server may take its time
        return await postgres_database.connect(command_seconds=command_seconds, **settings)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    processes = PostgresProcesses(postgres_database.engine, connect, pause)
    with capture_logs() as lines:
        await processes.hold()
        await again.wait()
        while len(lines) < 10:
            await postgres_database.is_ready()
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert [line["event"] for line in lines[-2:]] == ["process_lock_not_taken", "process_lock_taken_again"]
    assert not await postgres_database.processes().is_dead(processes.process_id)
    await processes.let_go()


async def test_letting_go_ends_the_attempts_to_take_the_lock_again(postgres_database: PostgresDatabase) -> None:
    pausing = asyncio.Event()
    first: list[Session] = []

    async def connect(*, command_seconds: float | None, **settings: str) -> Session:
        if first:
            raise ConnectionRefusedError("nobody there")
        first.append(await postgres_database.connect(command_seconds=command_seconds, **settings))
        return first[0]

    async def pause(seconds: float) -> None:
        pausing.set()
        await asyncio.Event().wait()

    processes = PostgresProcesses(postgres_database.engine, connect, pause)
    await processes.hold()
    first[0].terminate()
    await pausing.wait()
    await processes.let_go()
    assert len([task for task in asyncio.all_tasks() if task.get_name() == "process-lock"]) == 0
