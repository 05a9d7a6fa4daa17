"""Builds and strategies, as stored, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.services.strategies.ports import StrategiesUnavailableError
from app.storage.database import Database
from app.storage.opening import database_at
from app.storage.strategies import SqlBuildStore, SqlStrategyStore
from app.vocabulary import BuildStatus
from tests.fakes.stored import NOON, build, stored_strategy
from tests.fakes.strategies import plan

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def builds(each_database: Database) -> SqlBuildStore:
    return SqlBuildStore(each_database)


@pytest.fixture
def strategies(each_database: Database) -> SqlStrategyStore:
    return SqlStrategyStore(each_database)


async def test_a_build_comes_back_as_it_was_kept(builds: SqlBuildStore) -> None:
    """Also with a character in it that no text column takes."""
    await builds.add(build(), None)
    assert await builds.get("build_1") == build()
    assert await builds.get("build_2") is None


async def test_a_strategy_comes_back_to_the_last_digit(builds: SqlBuildStore, strategies: SqlStrategyStore) -> None:
    exact = stored_strategy(strategy=plan(stop_loss=0.1 + 0.2, take_profit=1 / 3, position_size=1e-9))
    await builds.add(build(), exact)
    assert await strategies.get("strat_1") == exact
    assert await strategies.get("strat_2") is None


async def test_a_build_that_was_approved_with_changes_knows_both(builds: SqlBuildStore) -> None:
    await builds.add(build(), None)
    approved = replace(
        build(), status=BuildStatus.APPROVED, decided_at=LATER, approved=plan(stop_loss=0.2), strategy_id="strat_1"
    )
    assert await builds.decide(approved, stored_strategy(strategy=approved.strategy))
    assert await builds.get("build_1") == approved
    assert approved.strategy.risk.stop_loss == 0.2


async def test_of_many_decisions_at_once_one_counts(
    builds: SqlBuildStore, strategies: SqlStrategyStore, database_url: str
) -> None:
    """From two processes: one strategy is stored, and it is the one that the build names."""
    await builds.add(build(), None)
    other = database_at(database_url)
    stores = [builds, SqlBuildStore(other)]
    approvals = [
        (
            replace(build(), status=BuildStatus.APPROVED, decided_at=LATER, strategy_id=f"strat_{number}"),
            stored_strategy(f"strat_{number}", build_id="build_1"),
        )
        for number in range(10)
    ]
    done = await asyncio.gather(
        *(stores[number % 2].decide(*approval) for number, approval in enumerate(approvals)),
        stores[0].decide(replace(build(), status=BuildStatus.REJECTED, decided_at=LATER), None),
    )
    await other.close()
    assert sorted(done) == [False] * 10 + [True]
    kept = await builds.get("build_1")
    assert kept is not None
    found, total = await strategies.page("ann", limit=10, offset=0)
    expected = [] if kept.status is BuildStatus.REJECTED else [kept.strategy_id]
    assert ([stored.strategy_id for stored in found], total) == (expected, len(expected))


async def test_a_strategy_that_cannot_be_stored_leaves_its_build_undecided(
    builds: SqlBuildStore, each_database: Database
) -> None:
    await builds.add(build(), None)
    async with each_database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE strategies"))
    with pytest.raises(StrategiesUnavailableError, match="repeat the request later"):
        await builds.decide(replace(build(), status=BuildStatus.APPROVED, strategy_id="strat_1"), stored_strategy())
    assert await builds.get("build_1") == build()


async def test_pages_have_the_newest_first_and_one_owner(builds: SqlBuildStore, strategies: SqlStrategyStore) -> None:
    for number in range(5):
        status = BuildStatus.REJECTED if number == 3 else BuildStatus.PENDING
        await builds.add(build(f"build_{number}", status=status), stored_strategy(f"strat_{number}"))
    await builds.add(build("build_9", owner_id="bob"), stored_strategy("strat_9", owner_id="bob"))
    found, total = await strategies.page("ann", limit=2, offset=1)
    assert ([stored.strategy_id for stored in found], total) == (["strat_3", "strat_2"], 5)
    assert await strategies.page("eve", limit=2, offset=0) == ([], 0)
    kept, total = await builds.page("ann", None, limit=2, offset=1)
    assert ([each.build_id for each in kept], total) == (["build_3", "build_2"], 5)
    kept, total = await builds.page("ann", BuildStatus.PENDING, limit=2, offset=1)
    assert ([each.build_id for each in kept], total) == (["build_2", "build_1"], 4)


async def test_of_many_changes_of_a_version_one_counts(builds: SqlBuildStore, strategies: SqlStrategyStore) -> None:
    await builds.add(build(), stored_strategy())
    changes = [stored_strategy(strategy=plan(cooldown=number), version=2, updated_at=LATER) for number in range(10)]
    done = await asyncio.gather(*(strategies.replace(changed, from_version=1) for changed in changes))
    assert sorted(done) == [False] * 9 + [True]
    assert await strategies.get("strat_1") == changes[done.index(True)]
    assert not await strategies.replace(stored_strategy("strat_2"), from_version=1)


async def test_what_was_deleted_is_gone(builds: SqlBuildStore, strategies: SqlStrategyStore) -> None:
    await builds.add(build(), stored_strategy())
    await strategies.delete("strat_1")
    await strategies.delete("strat_1")
    assert await strategies.get("strat_1") is None
    assert await builds.get("build_1") == build()


async def test_a_lost_database_is_named(
    builds: SqlBuildStore, strategies: SqlStrategyStore, each_database: Database
) -> None:
    async with each_database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE strategies"))
        await connection.execute(text("DROP TABLE strategy_builds"))
    for work in (
        builds.add(build(), None),
        builds.get("build_1"),
        builds.page("ann", None, limit=1, offset=0),
        strategies.get("strat_1"),
        strategies.page("ann", limit=1, offset=0),
        strategies.replace(stored_strategy(), from_version=1),
        strategies.delete("strat_1"),
    ):
        with pytest.raises(StrategiesUnavailableError, match=r"cannot be read or written .*repeat the request later"):
            await work
