"""Chats that ended long ago are deleted, with all that was said in them, a batch at a time; others stay."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clock import FixedClock
from app.services.gen_ai.chat.sessions import ChatSession, ChatTurn
from app.storage.chat_sessions import ExpiredChats, SqlChatSessionStore
from app.storage.database import Database
from app.storage.tables import chat_sessions, chat_turns

KEEP = timedelta(days=30)


@pytest.fixture
def store(each_database: Database) -> SqlChatSessionStore:
    return SqlChatSessionStore(each_database)


async def _chat(store: SqlChatSessionStore, clock: FixedClock, name: str, *, ended: timedelta) -> None:
    """One that ended so long ago, with a question and an answer."""
    end = clock.now() - ended
    await store.create(ChatSession(name, "ann", end - timedelta(hours=24), end))
    await store.append(name, [ChatTurn("user", "?", end), ChatTurn("assistant", "!", end)])


async def _left(database: Database) -> tuple[set[str], int]:
    """The sessions, and the number of turns."""
    async with database.engine.connect() as connection:
        sessions = await connection.scalars(select(chat_sessions.c.session_id))
        return set(sessions), await connection.scalar(select(func.count()).select_from(chat_turns)) or 0


async def test_a_chat_is_deleted_when_it_was_kept_long_enough(
    each_database: Database, store: SqlChatSessionStore, clock: FixedClock
) -> None:
    """To the second; one that goes on, or ended a while ago, stays with what was said in it."""
    await _chat(store, clock, "goes_on", ended=timedelta(hours=-1))
    await _chat(store, clock, "a_while_ago", ended=KEEP - timedelta(seconds=1))
    await _chat(store, clock, "long_ago", ended=KEEP)
    await ExpiredChats(each_database, clock, KEEP).forget()
    assert await _left(each_database) == ({"goes_on", "a_while_ago"}, 4)


async def test_many_are_deleted_a_batch_at_a_time_the_oldest_first(
    each_database: Database, store: SqlChatSessionStore, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.chat_sessions._AT_ONCE", 2)
    for number in range(5):
        await _chat(store, clock, f"chat_{number}", ended=KEEP + timedelta(days=number))
    chats = ExpiredChats(each_database, clock, KEEP)
    left = []
    for _ in range(3):
        await chats.forget()
        left.append(await _left(each_database))
    assert left == [({"chat_0", "chat_1", "chat_2"}, 6), ({"chat_0"}, 2), (set(), 0)]


async def test_when_nothing_is_left_it_looks_again_in_an_hour(
    each_database: Database, store: SqlChatSessionStore, clock: FixedClock
) -> None:
    chats = ExpiredChats(each_database, clock, KEEP)
    await chats.forget()
    await _chat(store, clock, "long_ago", ended=KEEP)
    clock.move_to(clock.now() + timedelta(minutes=59))
    await chats.forget()
    assert await _left(each_database) == ({"long_ago"}, 2)
    clock.move_to(clock.now() + timedelta(minutes=1))
    await chats.forget()
    assert await _left(each_database) == (set(), 0)


async def test_several_processes_delete_at_once_without_harm(
    each_database: Database, store: SqlChatSessionStore, clock: FixedClock
) -> None:
    for number in range(20):
        await _chat(store, clock, f"chat_{number}", ended=KEEP)
    await asyncio.gather(*(ExpiredChats(each_database, clock, KEEP).forget() for _ in range(3)))
    await ExpiredChats(each_database, clock, KEEP).forget()
    assert await _left(each_database) == (set(), 0)
