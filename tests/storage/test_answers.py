"""Kept answers in SQL, on SQLite and on PostgreSQL: who gets a key, and when it is free again."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.services.gen_ai.answer_store import AnswerStoreUnavailableError, KeptAnswer, KeyClaim, KeyedRequest, KeyState
from app.storage.answer_table import kept_answers
from app.storage.answers import SqlAnswerStore
from app.storage.database import Database

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REQUEST = KeyedRequest("ann", "key-1", "a" * 64)
ANSWER = KeptAnswer(200, "application/json", '{"사랑":1}'.encode())


_POSTGRES = os.environ.get("TOLLGATE_TEST_POSTGRES_URL", "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres")


async def _postgres() -> AsyncIterator[AsyncEngine]:
    """A schema of its own on the server of this machine; skips where there is none."""
    pytest.importorskip("asyncpg", reason="the PostgreSQL driver asyncpg is not installed")
    schema = f"test_answers_{uuid.uuid4().hex}"
    engine = create_async_engine(
        _POSTGRES.replace("postgresql://", "postgresql+asyncpg://"),
        connect_args={"server_settings": {"search_path": schema}},
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA {schema}"))
            await connection.run_sync(kept_answers.create)
    except (SQLAlchemyError, OSError) as error:
        await engine.dispose()
        pytest.skip(f"no PostgreSQL at {_POSTGRES}: {error}")
    yield engine
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[AsyncEngine]:
    if request.param == "sqlite":
        yield database.engine
        return
    async for made in _postgres():
        yield made


@pytest.fixture
def store(engine: AsyncEngine) -> SqlAnswerStore:
    return SqlAnswerStore(cast("Database", SimpleNamespace(engine=engine)))


def _claim(run: str = "1", at: datetime = NOON, request: KeyedRequest = REQUEST) -> KeyClaim:
    return KeyClaim(request, run, at, at + timedelta(minutes=3), at + timedelta(hours=24))


async def _count(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(kept_answers)) or 0


async def test_one_of_many_gets_the_key(store: SqlAnswerStore) -> None:
    won = await asyncio.gather(*(store.claim(_claim(str(number))) for number in range(20)))
    assert sorted(won) == [False] * 19 + [True]


async def test_an_answer_comes_back_as_it_was_kept(store: SqlAnswerStore) -> None:
    claim = _claim()
    assert await store.state(REQUEST, NOON) is None
    assert await store.claim(claim)
    assert await store.state(REQUEST, NOON) == KeyState(REQUEST.fingerprint, claim.leased_until, None)
    assert await store.keep(claim, ANSWER)
    state = await store.state(REQUEST, NOON)
    assert state is not None
    assert state.answer == ANSWER
    assert not await store.claim(_claim("2", NOON + timedelta(hours=23)))


async def test_a_released_key_is_free_for_any_request(store: SqlAnswerStore) -> None:
    await store.claim(_claim())
    await store.release(_claim())
    assert await store.state(REQUEST, NOON) is None
    assert await store.claim(_claim("2", request=replace(REQUEST, fingerprint="b" * 64)))


async def test_callers_and_keys_do_not_meet(store: SqlAnswerStore) -> None:
    for number, request in enumerate((REQUEST, replace(REQUEST, caller_id="bob"), replace(REQUEST, key="key-2"))):
        assert await store.claim(_claim(str(number), request=request))


async def test_a_lapsed_lease_goes_to_the_same_request_only(store: SqlAnswerStore) -> None:
    first, later = _claim(), NOON + timedelta(minutes=3)
    await store.claim(first)
    assert not await store.claim(_claim("2", later - timedelta(seconds=1)))
    assert not await store.claim(_claim("3", later, replace(REQUEST, fingerprint="b" * 64)))
    assert await store.claim(_claim("4", later))
    assert not await store.keep(first, ANSWER)
    await store.release(first)
    assert await store.keep(_claim("4", later), ANSWER)


async def test_the_answer_outlives_the_lease(store: SqlAnswerStore) -> None:
    await store.claim(_claim())
    await store.keep(_claim(), ANSWER)
    assert not await store.claim(_claim("2", NOON + timedelta(hours=2)))


async def test_what_is_forgotten_is_deleted_in_passing(store: SqlAnswerStore, engine: AsyncEngine) -> None:
    for number in range(3):
        await store.claim(_claim(str(number), request=replace(REQUEST, key=str(number))))
    tomorrow = NOON + timedelta(hours=24)
    assert await store.state(replace(REQUEST, key="1"), tomorrow) is None
    assert await store.claim(_claim("9", tomorrow))
    assert await _count(engine) == 1


async def test_a_lost_database_is_named(store: SqlAnswerStore, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(kept_answers.drop)
    for work in (store.claim(_claim()), store.keep(_claim(), ANSWER), store.release(_claim())):
        with pytest.raises(AnswerStoreUnavailableError, match="with the same key"):
            await work
    with pytest.raises(AnswerStoreUnavailableError):
        await store.state(REQUEST, NOON)
