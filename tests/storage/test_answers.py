"""Kept answers in SQL, on SQLite and on PostgreSQL: who gets a key, and when it is free again."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.services.gen_ai.idempotency import AnswerStoreUnavailableError, KeptAnswer, KeyClaim, KeyedRequest, KeyState
from app.storage.answers import SqlAnswerStore
from app.storage.database import Database
from app.storage.opening import database_at
from app.storage.tables import kept_answers

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REQUEST = KeyedRequest("ann", "key-1", "a" * 64)
ANSWER = KeptAnswer(200, "application/json", '{"사랑":1}'.encode())


@pytest.fixture
def store(each_database: Database) -> SqlAnswerStore:
    return SqlAnswerStore(each_database)


def _claim(run: str = "1", at: datetime = NOON, request: KeyedRequest = REQUEST) -> KeyClaim:
    return KeyClaim(request, run, at, at + timedelta(minutes=3), at + timedelta(hours=24))


async def _count(database: Database) -> int:
    async with database.engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(kept_answers)) or 0


async def test_one_of_many_gets_the_key(store: SqlAnswerStore) -> None:
    won = await asyncio.gather(*(store.claim(_claim(str(number))) for number in range(20)))
    assert sorted(won) == [False] * 19 + [True]


async def test_one_of_several_processes_gets_the_key(each_database: Database, database_url: str) -> None:
    """Each with connections of its own; whoever has not got the key sees who has, and later gets the answer."""
    others = [database_at(database_url) for _ in range(3)]
    stores = [SqlAnswerStore(database) for database in (each_database, *others)]
    for round_ in range(10):
        request = replace(REQUEST, key=f"key-{round_}")
        claims = [_claim(str(number), request=request) for number in range(len(stores))]
        won = await asyncio.gather(*(store.claim(claim) for store, claim in zip(stores, claims, strict=True)))
        assert sorted(won) == [False, False, False, True]
        winner = won.index(True)
        states = [await store.state(request, NOON) for store in stores]
        assert states == [KeyState(REQUEST.fingerprint, claims[0].leased_until, None)] * 4
        kept = [await store.keep(claim, ANSWER) for store, claim in zip(stores, claims, strict=True)]
        assert kept == [number == winner for number in range(4)]
        answers = [state.answer for store in stores if (state := await store.state(request, NOON))]
        assert answers == [ANSWER] * 4
    for database in others:
        await database.close()


async def test_one_of_several_processes_takes_over_a_lapsed_lease(each_database: Database, database_url: str) -> None:
    """The run that had the key has died; its repeats come at once, in several processes."""
    first, later = _claim("dead"), NOON + timedelta(minutes=3)
    others = [database_at(database_url) for _ in range(3)]
    stores = [SqlAnswerStore(database) for database in (each_database, *others)]
    assert await stores[0].claim(first)
    won = await asyncio.gather(*(store.claim(_claim(str(number), later)) for number, store in enumerate(stores)))
    assert sorted(won) == [False, False, False, True]
    assert not await stores[0].keep(first, ANSWER)
    for database in others:
        await database.close()


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


async def test_an_answer_may_be_kept_for_another_time_than_its_run(store: SqlAnswerStore) -> None:
    """The claim that keeps it says until when."""
    claim = _claim()
    await store.claim(claim)
    assert await store.keep(replace(claim, expires_at=NOON + timedelta(minutes=1)), ANSWER)
    last = NOON + timedelta(minutes=1) - timedelta(microseconds=1)
    assert await store.state(REQUEST, last) is not None
    assert await store.state(REQUEST, NOON + timedelta(minutes=1)) is None


async def test_what_is_forgotten_is_deleted_in_passing(store: SqlAnswerStore, each_database: Database) -> None:
    for number in range(3):
        await store.claim(_claim(str(number), request=replace(REQUEST, key=str(number))))
    tomorrow = NOON + timedelta(hours=24)
    assert await store.state(replace(REQUEST, key="1"), tomorrow) is None
    assert await store.claim(_claim("9", tomorrow))
    assert await _count(each_database) == 1


async def test_a_lost_database_is_named(store: SqlAnswerStore, each_database: Database) -> None:
    async with each_database.engine.begin() as connection:
        await connection.run_sync(kept_answers.drop)
    for work in (store.claim(_claim()), store.keep(_claim(), ANSWER), store.release(_claim())):
        with pytest.raises(AnswerStoreUnavailableError, match="with the same key"):
            await work
    with pytest.raises(AnswerStoreUnavailableError):
        await store.state(REQUEST, NOON)
