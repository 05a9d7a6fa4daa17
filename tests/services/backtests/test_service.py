"""Who ordered a backtest can ask for it; what is made from its result gets all of it."""

from typing import Any

import pytest

from app.clock import FixedClock
from app.quant.backtest import DEFAULT_CONFIG, backtest
from app.quant.market import market_data
from app.services.backtests.checks import Terms
from app.services.backtests.ports import (
    BacktestFilter,
    BacktestNotDoneError,
    BacktestNotFoundError,
    BacktestQueueFullError,
)
from app.services.backtests.runner import BacktestRunner
from app.services.backtests.service import BacktestService
from app.services.strategies.ports import StrategyNotFoundError
from app.services.strategies.service import StrategyService
from app.storage.backtests import SqlBacktestQueue, SqlBacktestStore
from app.storage.database import Database
from app.storage.strategies import SqlBuildStore, SqlStrategyStore
from tests.conftest import TODAY
from tests.fakes.stored import build, stored_strategy
from tests.fakes.strategies import plan
from tests.fakes.workers import InlineWorker

TERMS = Terms(symbol="IXIC", start_date=None, end_date=None, config=DEFAULT_CONFIG)
SAMPLES = market_data()


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
async def service(each_database: Database, clock: FixedClock, woken: list[bool]) -> BacktestService:
    await SqlBuildStore(each_database).add(build(), stored_strategy())
    return BacktestService(
        SqlBacktestStore(each_database),
        StrategyService(SqlStrategyStore(each_database), clock),
        SAMPLES,
        clock,
        most_waiting=2,
        submitted=lambda: woken.append(True),
    )


async def test_a_stored_strategy_is_ordered_as_it_is_now(service: BacktestService, woken: list[bool]) -> None:
    ordered = await service.submit("strat_1", TERMS, "ann")
    assert (ordered.strategy_id, ordered.strategy_version, ordered.queued_at) == ("strat_1", 1, TODAY)
    assert ordered.order.strategy == stored_strategy().strategy
    assert await service.get(ordered.backtest_id, "ann") == ordered
    assert woken == [True]


async def test_rules_that_are_not_stored_are_ordered_too(service: BacktestService) -> None:
    ordered = await service.submit(plan().model_dump(mode="json"), TERMS, "ann")
    assert (ordered.strategy_id, ordered.strategy_version, ordered.order.strategy) == (None, None, plan())


async def test_a_strangers_strategy_cannot_be_ordered(service: BacktestService, woken: list[bool]) -> None:
    for strategy_id, caller in (("strat_1", "bob"), ("strat_9", "ann")):
        with pytest.raises(StrategyNotFoundError):
            await service.submit(strategy_id, TERMS, caller)
    assert woken == []


async def test_a_full_queue_says_when_to_come_back(service: BacktestService, woken: list[bool]) -> None:
    for _ in range(2):
        await service.submit("strat_1", TERMS, "ann")
    with pytest.raises(BacktestQueueFullError, match="2 backtests wait already") as caught:
        await service.submit("strat_1", TERMS, "ann")
    assert caught.value.fields["retry_after_seconds"] > 0
    assert len(woken) == 2


async def test_a_finished_backtest_gives_the_strategy_and_the_whole_result(
    service: BacktestService, each_database: Database, clock: FixedClock
) -> None:
    """As it was ordered, although the stored strategy is another by then."""
    ordered = await service.submit("strat_1", TERMS, "ann")
    await StrategyService(SqlStrategyStore(each_database), clock).change("strat_1", {"name": "Another"}, "ann")
    queue = SqlBacktestQueue(each_database, each_database.processes())
    await BacktestRunner(queue, InlineWorker, clock, lanes=1, ended=lambda: None).run_one(ordered.backtest_id)
    finished = await service.finished(ordered.backtest_id, "ann")
    assert finished.strategy == stored_strategy().strategy
    assert finished.result == backtest(stored_strategy().strategy, SAMPLES.bars("IXIC"))
    assert finished.backtest.backtest_id == ordered.backtest_id


async def test_one_that_is_not_done_has_no_result_yet(
    service: BacktestService, each_database: Database, clock: FixedClock
) -> None:
    ordered = await service.submit("strat_1", TERMS, "ann")
    with pytest.raises(BacktestNotDoneError, match="is queued; ask later") as caught:
        await service.finished(ordered.backtest_id, "ann")
    assert caught.value.fields == {"backtest_status": "queued"}
    queue = SqlBacktestQueue(each_database, each_database.processes())
    claim = await queue.claim(TODAY)
    assert claim is not None
    await queue.finish(claim, "the file is broken", TODAY)
    with pytest.raises(BacktestNotDoneError, match="has failed: the file is broken"):
        await service.finished(ordered.backtest_id, "ann")


async def test_a_strangers_backtest_is_as_if_it_never_was(service: BacktestService) -> None:
    ordered = await service.submit("strat_1", TERMS, "ann")
    questions: list[Any] = [service.get, service.finished, service.delete]
    for ask in questions:
        with pytest.raises(BacktestNotFoundError):
            await ask(ordered.backtest_id, "bob")
    assert await service.page(BacktestFilter("bob"), limit=9, offset=0) == ([], 0)
    assert await service.page(BacktestFilter("ann"), limit=9, offset=0) == ([ordered], 1)
    await service.delete(ordered.backtest_id, "ann")
    with pytest.raises(BacktestNotFoundError):
        await service.get(ordered.backtest_id, "ann")
