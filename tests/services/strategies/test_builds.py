"""A person decides on a build: once, and whoever asks again gets the same answer."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import FixedClock
from app.services.strategies.builds import NewBuild, StrategyBuilds
from app.services.strategies.ports import Build, BuildDecidedError, BuildNotFoundError, InvalidStrategyError
from app.vocabulary import BuildStatus
from tests.conftest import TODAY
from tests.fakes.memory_builds import MemoryBuilds
from tests.fakes.strategies import plan


@pytest.fixture
def store() -> MemoryBuilds:
    return MemoryBuilds()


@pytest.fixture
def builds(store: MemoryBuilds, clock: FixedClock) -> StrategyBuilds:
    return StrategyBuilds(store, clock)


async def _record(builds: StrategyBuilds, *, approved: bool = False) -> Build:
    new = NewBuild(
        owner_id="ann", operation_id="op_1", intent="create", query="Buy low", assumptions=["14 days"], built=plan()
    )
    return await builds.record(new, approved=approved)


def _changed(**risk: Any) -> dict[str, Any]:
    return plan(**risk).model_dump(mode="json")


async def test_approval_stores_the_strategy_as_it_was_built(
    builds: StrategyBuilds, store: MemoryBuilds, clock: FixedClock
) -> None:
    build = await _record(builds)
    clock.move_to(TODAY + timedelta(minutes=5))
    approved = await builds.decide(build.build_id, "approve", "ann")
    (stored,) = store.strategies
    assert (stored.strategy_id, stored.build_id, stored.owner_id) == (approved.strategy_id, build.build_id, "ann")
    assert (stored.strategy, stored.version) == (plan(), 1)
    assert (build.created_at, approved.decided_at, stored.created_at) == (TODAY, clock.now(), clock.now())
    assert await builds.get(build.build_id, "ann") == approved


async def test_modify_stores_the_strategy_as_it_was_changed(builds: StrategyBuilds, store: MemoryBuilds) -> None:
    build = await _record(builds)
    approved = await builds.decide(build.build_id, "modify", "ann", changed=_changed(stop_loss=0.05))
    assert [stored.strategy for stored in store.strategies] == [approved.strategy] == [plan(stop_loss=0.05)]
    assert approved.built == plan()


async def test_a_rejected_build_stores_nothing(builds: StrategyBuilds, store: MemoryBuilds) -> None:
    build = await _record(builds)
    rejected = await builds.decide(build.build_id, "reject", "ann")
    assert (rejected.status, rejected.strategy_id, store.strategies) == (BuildStatus.REJECTED, None, [])


@pytest.mark.parametrize("action", ["approve", "reject"])
async def test_the_same_decision_once_more_changes_nothing(
    builds: StrategyBuilds, store: MemoryBuilds, clock: FixedClock, action: Any
) -> None:
    build = await _record(builds)
    first = await builds.decide(build.build_id, action, "ann")
    clock.move_to(TODAY + timedelta(minutes=5))
    assert await builds.decide(build.build_id, action, "ann") == first
    assert len(store.strategies) == (action == "approve")


async def test_the_same_change_once_more_changes_nothing_and_another_is_refused(builds: StrategyBuilds) -> None:
    build = await _record(builds)
    first = await builds.decide(build.build_id, "modify", "ann", changed=_changed(stop_loss=0.05))
    assert await builds.decide(build.build_id, "modify", "ann", changed=_changed(stop_loss=0.05)) == first
    assert await builds.decide(build.build_id, "approve", "ann") == first
    with pytest.raises(BuildDecidedError, match=f"PATCH or DELETE /api/v1/strategies/{first.strategy_id}"):
        await builds.decide(build.build_id, "modify", "ann", changed=_changed(stop_loss=0.06))


@pytest.mark.parametrize(
    ("first", "second", "advice"),
    [
        ("approve", "reject", "was approved before; change or delete the strategy"),
        ("reject", "approve", "was rejected before; build the strategy anew"),
        ("reject", "modify", "was rejected before; build the strategy anew"),
    ],
)
async def test_another_decision_is_refused(builds: StrategyBuilds, first: Any, second: Any, advice: str) -> None:
    build = await _record(builds)
    decided = await builds.decide(build.build_id, first, "ann")
    with pytest.raises(BuildDecidedError, match=advice) as caught:
        await builds.decide(build.build_id, second, "ann", changed=_changed() if second == "modify" else None)
    assert caught.value.fields == {"build_status": decided.status.value, "strategy_id": decided.strategy_id}


async def test_a_change_that_makes_no_sense_says_everything_and_leaves_the_build_undecided(
    builds: StrategyBuilds,
) -> None:
    build = await _record(builds)
    wrong = _changed(stop_loss=0.05)
    wrong["risk"]["position_size"] = 2
    wrong["exit"] = wrong["entry"]
    with pytest.raises(InvalidStrategyError) as caught:
        await builds.decide(build.build_id, "modify", "ann", changed=wrong)
    errors = caught.value.fields["errors"]
    assert {error["where"] for error in errors} == {"body.strategy"}
    assert len(errors) == 2
    assert (await builds.get(build.build_id, "ann")).status is BuildStatus.PENDING


async def test_numbers_beyond_everything_are_refused_like_others(builds: StrategyBuilds) -> None:
    build = await _record(builds)
    wrong = _changed()
    wrong["entry"]["conditions"][0]["left"]["period"] = 10**400
    with pytest.raises(InvalidStrategyError, match="far beyond every limit"):
        await builds.decide(build.build_id, "modify", "ann", changed=wrong)


async def test_a_strangers_build_is_as_if_it_never_was(builds: StrategyBuilds, store: MemoryBuilds) -> None:
    build = await _record(builds)
    for work in (builds.get(build.build_id, "bob"), builds.decide(build.build_id, "approve", "bob")):
        with pytest.raises(BuildNotFoundError) as strange:
            await work
        assert "ann" not in str(strange.value)
    assert store.strategies == []
    with pytest.raises(BuildNotFoundError, match="You have no build build_9"):
        await builds.get("build_9", "ann")


async def test_what_was_approved_at_once_can_be_approved_again(builds: StrategyBuilds, store: MemoryBuilds) -> None:
    build = await _record(builds, approved=True)
    assert await builds.decide(build.build_id, "approve", "ann") == build
    assert [stored.strategy_id for stored in store.strategies] == [build.strategy_id]
