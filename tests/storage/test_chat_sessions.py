"""Chat sessions and their turns, as stored."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.services.gen_ai.chat_sessions import ChatSession, ChatTurn
from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database import Database

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SESSION = ChatSession("chat_1", "ann", NOON, NOON + timedelta(hours=24))


@pytest.fixture
def store(database: Database) -> SqlChatSessionStore:
    return SqlChatSessionStore(database)


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


async def test_turns_of_a_session_that_is_not_there_are_refused(store: SqlChatSessionStore) -> None:
    with pytest.raises(IntegrityError):
        await store.append("chat_9", _turns(2))
    assert list(await store.latest("chat_9", 10)) == []
