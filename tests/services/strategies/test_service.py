"""A stored strategy is changed as a whole or not at all, and nobody's change is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.clock import FixedClock
from app.services.strategies.ports import (
    InvalidStrategyError,
    StoredStrategy,
    StrategyNotFoundError,
    VersionConflictError,
)
from app.services.strategies.service import StrategyService
from tests.conftest import TODAY
from tests.fakes.stored import stored_strategy
from tests.fakes.strategies import plan, rsi, rules, when

LATER = TODAY + timedelta(hours=1)


class MemoryStrategies:
    """Strategies in memory; `meanwhile` is what others write just before a change is written."""

    def __init__(self, *stored: StoredStrategy) -> None:
        self.stored = {each.strategy_id: each for each in stored}
        self.meanwhile: list[StoredStrategy] = []

    async def get(self, strategy_id: str) -> StoredStrategy | None:
        return self.stored.get(strategy_id)

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[StoredStrategy], int]:
        found = [each for each in self.stored.values() if each.owner_id == owner_id]
        return found[offset : offset + limit], len(found)

    async def replace(self, changed: StoredStrategy, *, from_version: int) -> bool:
        if self.meanwhile:
            self.stored[changed.strategy_id] = self.meanwhile.pop(0)
        if self.stored[changed.strategy_id].version != from_version:
            return False
        self.stored[changed.strategy_id] = changed
        return True

    async def delete(self, strategy_id: str) -> None:
        self.stored.pop(strategy_id, None)


@pytest.fixture
def store() -> MemoryStrategies:
    return MemoryStrategies(stored_strategy())


@pytest.fixture
def service(store: MemoryStrategies, clock: FixedClock) -> StrategyService:
    clock.move_to(LATER)
    return StrategyService(store, clock)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Another"}, plan(stop_loss=0.1).model_copy(update={"name": "Another"})),
        ({"risk": {"take_profit": 0.3}}, plan(stop_loss=0.1, take_profit=0.3)),
        ({"risk": {"stop_loss": None}}, plan()),
        (
            {"exit": rules("any", when(rsi(), "above", 80)).model_dump(mode="json")},
            plan(leave=[when(rsi(), "above", 80)], stop_loss=0.1),
        ),
    ],
)
async def test_what_is_given_changes_and_the_rest_stays(
    service: StrategyService, store: MemoryStrategies, changes: dict[str, Any], expected: Any
) -> None:
    changed = await service.change("strat_1", changes, "ann")
    assert changed == replace(stored_strategy(), strategy=expected, version=2, updated_at=LATER)
    assert store.stored == {"strat_1": changed}


@pytest.mark.parametrize("changes", [{}, {"name": "A plan"}, {"risk": {"stop_loss": 0.1}}])
async def test_what_changes_nothing_makes_no_version(service: StrategyService, changes: dict[str, Any]) -> None:
    assert await service.change("strat_1", changes, "ann", version=1) == stored_strategy()


async def test_everything_that_is_wrong_is_said_and_nothing_is_changed(
    service: StrategyService, store: MemoryStrategies
) -> None:
    changes = {"name": "", "risk": {"stop_loss": 2, "position_size": 0}, "entry": rules("all").model_dump(mode="json")}
    with pytest.raises(InvalidStrategyError) as caught:
        await service.change("strat_1", changes, "ann")
    said = [error["message"] for error in caught.value.fields["errors"]]
    for place in ("name:", "risk.stop_loss:", "risk.position_size:", "entry:"):
        assert any(message.startswith(place) for message in said), place
    assert store.stored == {"strat_1": stored_strategy()}


async def test_a_risk_that_is_no_object_is_refused(service: StrategyService) -> None:
    with pytest.raises(InvalidStrategyError, match="risk: Input should be an object"):
        await service.change("strat_1", {"risk": 5}, "ann")


async def test_a_change_that_is_meant_for_another_version_is_refused(service: StrategyService) -> None:
    with pytest.raises(VersionConflictError, match="strat_1 has version 1 now") as caught:
        await service.change("strat_1", {"name": "Another"}, "ann", version=2)
    assert caught.value.fields == {"current_version": 1}


async def test_a_change_is_put_on_top_of_one_that_came_between(
    service: StrategyService, store: MemoryStrategies
) -> None:
    """Both are there afterwards."""
    store.meanwhile = [stored_strategy(strategy=plan(stop_loss=0.1, cooldown=3), version=2)]
    changed = await service.change("strat_1", {"risk": {"take_profit": 0.3}}, "ann")
    assert (changed.version, changed.strategy) == (3, plan(stop_loss=0.1, cooldown=3, take_profit=0.3))


async def test_a_change_for_a_version_is_not_put_on_top_of_another(
    service: StrategyService, store: MemoryStrategies
) -> None:
    store.meanwhile = [stored_strategy(strategy=plan(cooldown=3), version=2)]
    with pytest.raises(VersionConflictError, match="has version 2 now"):
        await service.change("strat_1", {"name": "Another"}, "ann", version=1)


async def test_who_comes_between_for_ever_is_not_waited_for(service: StrategyService, store: MemoryStrategies) -> None:
    store.meanwhile = [stored_strategy(version=version) for version in range(2, 99)]
    with pytest.raises(VersionConflictError):
        await service.change("strat_1", {"name": "Another"}, "ann")


async def test_a_strangers_strategy_is_as_if_it_never_was(service: StrategyService, store: MemoryStrategies) -> None:
    for work in (
        service.get("strat_1", "bob"),
        service.change("strat_1", {"name": "Mine"}, "bob"),
        service.delete("strat_1", "bob"),
        service.get("strat_9", "ann"),
    ):
        with pytest.raises(StrategyNotFoundError):
            await work
    assert store.stored == {"strat_1": stored_strategy()}


async def test_what_was_deleted_is_gone(service: StrategyService) -> None:
    await service.delete("strat_1", "ann")
    assert await service.page("ann", limit=9, offset=0) == ([], 0)
    with pytest.raises(StrategyNotFoundError):
        await service.delete("strat_1", "ann")
