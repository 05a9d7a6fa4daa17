"""Chat sessions and their turns, as stored, on SQLite and on PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.services.gen_ai.chat.sessions import ChatSession, ChatSessionsUnavailableError, ChatTurn
from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database import Database
from app.storage.opening import database_at
from app.storage.tables import chat_sessions, chat_turns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SESSION = ChatSession("chat_1", "ann", NOON, NOON + timedelta(hours=24))


@pytest.fixture
def store(each_database: Database) -> SqlChatSessionStore:
    return SqlChatSessionStore(each_database)


def _turns(count: int) -> list[ChatTurn]:
    return [ChatTurn("user" if n % 2 == 0 else "assistant", f"turn {n} 안녕", NOON) for n in range(count)]


async def test_a_session_comes_back_as_it_was_stored(store: SqlChatSessionStore) -> None:
    await store.create(SESSION)
    assert await store.get("chat_1") == SESSION
    assert await store.get("chat_2") is None


async def test_the_latest_turns_come_oldest_first(store: SqlChatSessionStore) -> None:
    await store.create(SESSION)
    for pair in (_turns(12)[n : n + 2] for n in range(0, 12, 2)):
        await store.append("chat_1", pair)
    assert list(await store.latest("chat_1", 4)) == _turns(12)[-4:]
    assert list(await store.latest("chat_1", 100)) == _turns(12)
    assert list(await store.latest("chat_2", 4)) == []


async def test_question_and_answer_stay_together(each_database: Database, database_url: str) -> None:
    """Also where two processes add to one session at once."""
    other = database_at(database_url)
    stores = [SqlChatSessionStore(each_database), SqlChatSessionStore(other)]
    await stores[0].create(SESSION)
    pairs = [[ChatTurn("user", f"{n}?", NOON), ChatTurn("assistant", f"{n}!", NOON)] for n in range(20)]
    await asyncio.gather(*(stores[n % 2].append("chat_1", pair) for n, pair in enumerate(pairs)))
    texts = [turn.text for turn in await stores[0].latest("chat_1", 100)]
    await other.close()
    assert len(texts) == 40
    for question, answer in zip(texts[::2], texts[1::2], strict=True):
        assert question.removesuffix("?") == answer.removesuffix("!")


async def test_an_answer_with_a_character_that_no_text_column_takes_is_kept(store: SqlChatSessionStore) -> None:
    """A model may say U+0000; PostgreSQL cannot keep it, and the conversation must not end for that."""
    await store.create(SESSION)
    await store.append("chat_1", [ChatTurn("assistant", "zero: \0.", NOON)])
    (turn,) = await store.latest("chat_1", 1)
    assert turn.text == "zero: \N{REPLACEMENT CHARACTER}."


async def test_a_lost_database_is_named(store: SqlChatSessionStore, each_database: Database) -> None:
    async with each_database.engine.begin() as connection:
        await connection.run_sync(chat_turns.drop)
        await connection.run_sync(chat_sessions.drop)
    for work in (store.create(SESSION), store.append("chat_1", _turns(2))):
        with pytest.raises(ChatSessionsUnavailableError, match=r"cannot be read or written .*repeat the request later"):
            await work
    for question in (store.get("chat_1"), store.latest("chat_1", 1)):
        with pytest.raises(ChatSessionsUnavailableError):
            await question


async def test_turns_of_a_session_that_is_not_there_are_refused(store: SqlChatSessionStore) -> None:
    with pytest.raises(ChatSessionsUnavailableError, match="chat_9 has been deleted meanwhile; create a new one"):
        await store.append("chat_9", _turns(2))
    assert list(await store.latest("chat_9", 10)) == []
