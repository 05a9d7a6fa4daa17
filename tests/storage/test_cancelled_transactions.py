"""Whoever is cancelled while a store writes: the database is free for others at once, and nothing is half written."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app import storage
from app.services.gen_ai.chat.sessions import ChatSession, ChatSessionsUnavailableError, ChatTurn
from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database import Database, Transactions, to_its_end
from app.storage.opening import database_at

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SESSION = ChatSession("chat_1", "ann", NOON, NOON + timedelta(hours=24))


@pytest.fixture
async def another(database_url: str) -> AsyncIterator[Database]:
    """The database as another process has it."""
    opened = database_at(database_url)
    yield opened
    await opened.close()


async def _cancelled_after(turns: int, work: Coroutine[Any, Any, object]) -> bool:
    """Whether it was not done before; `turns` of the loop."""
    task = asyncio.ensure_future(work)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return task.cancelled()


async def _lock_at_once(database: Database) -> None:
    """As who wants to write now, and waits for nobody.

    Raises:
        DBAPIError: somebody else holds a lock.
    """
    async with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            await connection.execute(text("PRAGMA busy_timeout=0"))
            await connection.execute(text("BEGIN IMMEDIATE"))
        else:
            await connection.execute(text("LOCK TABLE chat_sessions, chat_turns IN ACCESS EXCLUSIVE MODE NOWAIT"))
        await connection.rollback()


async def test_a_write_that_is_cancelled_at_any_moment_locks_nobody_out(
    each_database: Database, another: Database
) -> None:
    """After each number of turns of the loop, up to where the write is done before it can be cancelled."""
    store = SqlChatSessionStore(each_database)
    await store.create(SESSION)
    await _lock_at_once(another)
    for turns in count(0, 3):
        pair = [ChatTurn("user", f"{turns}?", NOON), ChatTurn("assistant", f"{turns}!", NOON)]
        was_cancelled = await _cancelled_after(turns, store.append("chat_1", pair))
        await _lock_at_once(another)
        last = [turn.text for turn in await store.latest("chat_1", 2)]
        assert last == [f"{turns}?", f"{turns}!"] or not {f"{turns}?", f"{turns}!"} & set(last)
        if not was_cancelled:
            break
    assert turns > 0


def test_no_store_goes_past_the_transactions() -> None:
    """To the engine go the transactions; what opens the database, or asks it whether it is there; and who asks a server
    for its locks.
    """
    sources = {path.name: path.read_text() for path in Path(storage.__file__).parent.rglob("*.py")}
    going = {name for name, source in sources.items() if re.search(r"engine\.(begin|connect)\(", source)}
    assert going == {"database.py", "postgres_database.py"}


async def test_who_is_cancelled_again_and_again_waits_for_the_end_all_the_same() -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), False

    async def work() -> None:
        nonlocal ended
        begun.set()
        await may_end.wait()
        ended = True

    task = asyncio.create_task(to_its_end(work()))
    await begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


async def test_a_transaction_that_fails_for_who_is_cancelled_leaves_no_complaint_behind() -> None:
    """Python complains of errors that nobody has seen."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    may_fail = asyncio.Event()

    async def work() -> None:
        await may_fail.wait()
        raise ConnectionError("the disk is full")

    task = asyncio.create_task(to_its_end(work()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    may_fail.set()
    await asyncio.wait([task])
    assert task.cancelled()
    del task
    gc.collect()
    assert complaints == []


async def test_what_fails_in_a_transaction_undoes_all_of_it(each_database: Database) -> None:
    store = SqlChatSessionStore(each_database)

    async def half(connection: Any) -> None:
        await connection.execute(
            text("INSERT INTO chat_sessions VALUES ('chat_1', 'ann', :at, :at)"), {"at": NOON.replace(tzinfo=None)}
        )
        raise ConnectionError("the cable")

    transactions = Transactions(each_database, ChatSessionsUnavailableError, "No chat", "wait")
    with pytest.raises(ChatSessionsUnavailableError, match=r"^No chat \(the cable\); wait$"):
        await transactions.run(half)
    assert await store.get("chat_1") is None
