"""Backtests: ordered, looked at and deleted by whoever owns them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.clock import Clock
from app.ids import unguessable_id
from app.quant.backtest import BacktestResult
from app.quant.market import MarketData
from app.quant.strategy import Strategy
from app.services.backtests.checks import Terms, order_of
from app.services.backtests.ports import (
    Backtest,
    BacktestFilter,
    BacktestNotDoneError,
    BacktestNotFoundError,
    BacktestQueueFullError,
    BacktestStore,
    ResultParts,
    put_together,
)
from app.services.strategies.ports import StoredStrategy
from app.services.strategies.service import StrategyService
from app.vocabulary import BacktestStatus

_RETRY_AFTER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class FinishedBacktest:
    """`strategy` is as it was when the backtest was ordered, whatever has become of it since."""

    backtest: Backtest
    strategy: Strategy
    result: BacktestResult


class BacktestService:
    def __init__(
        self,
        store: BacktestStore,
        strategies: StrategyService,
        market: MarketData,
        clock: Clock,
        *,
        most_waiting: int,
        submitted: Callable[[], None],
    ) -> None:
        """No more than `most_waiting` wait at a time; `submitted` wakes up who runs them."""
        self._store = store
        self._strategies = strategies
        self._market = market
        self._clock = clock
        self._most_waiting = most_waiting
        self._submitted = submitted

    async def submit(self, strategy: str | Mapping[str, Any], terms: Terms, caller_id: str) -> Backtest:
        """Queues a backtest of one of the caller's strategies, which has this id, or of these rules.

        Raises:
            StrategyNotFoundError: the caller has no strategy with this id.
            WrongOrderError: it cannot be run like that; the error says everything that is wrong.
            BacktestQueueFullError: too many wait already.
            BacktestsUnavailableError, StrategiesUnavailableError: the store cannot be reached.
        """
        source = await self._strategies.get(strategy, caller_id) if isinstance(strategy, str) else strategy
        # In a thread: a file of bars may have to be read.
        order = await asyncio.to_thread(order_of, source, terms, self._market)
        now = self._clock.now()
        backtest = Backtest(
            backtest_id=unguessable_id("bt", now),
            owner_id=caller_id,
            order=order,
            strategy_id=source.strategy_id if isinstance(source, StoredStrategy) else None,
            strategy_version=source.version if isinstance(source, StoredStrategy) else None,
            queued_at=now,
        )
        if not await self._store.add(backtest, most_waiting=self._most_waiting):
            raise BacktestQueueFullError(
                f"{self._most_waiting} backtests wait already; repeat the request a little later",
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            )
        self._submitted()
        return backtest

    async def get(self, backtest_id: str, caller_id: str) -> Backtest:
        """A backtest of the caller, whatever its status.

        Raises:
            BacktestNotFoundError: the caller has none with this id.
            BacktestsUnavailableError: the store cannot be reached.
        """
        found = await self._store.get(backtest_id)
        if found is None or found.owner_id != caller_id:
            raise BacktestNotFoundError(backtest_id)
        return found

    async def page(self, which: BacktestFilter, *, limit: int, offset: int) -> tuple[Sequence[Backtest], int]:
        """The newest first, and how many there are in all."""
        return await self._store.page(which, limit=limit, offset=offset)

    async def parts(self, backtest: Backtest) -> ResultParts | None:
        """The whole result as it is kept; None where there is none."""
        return await self._store.parts(backtest.backtest_id) if backtest.status is BacktestStatus.DONE else None

    async def finished(self, backtest_id: str, caller_id: str) -> FinishedBacktest:
        """A backtest of the caller with its whole result: what reports and comparisons are made from.

        Raises:
            BacktestNotFoundError: the caller has none with this id.
            BacktestNotDoneError: it has no result, or none yet.
            BacktestsUnavailableError: the store cannot be reached.
        """
        backtest = await self.get(backtest_id, caller_id)
        parts = await self.parts(backtest)
        if parts is None:
            why = f"has failed: {backtest.failure}" if backtest.failure else f"is {backtest.status.value}; ask later"
            raise BacktestNotDoneError(f"{backtest_id} {why}", backtest_status=backtest.status.value)
        result = await asyncio.to_thread(put_together, parts)
        return FinishedBacktest(backtest, backtest.order.strategy, result)

    async def delete(self, backtest_id: str, caller_id: str) -> None:
        """Forgets a backtest; one that is running is stopped.

        Raises:
            BacktestNotFoundError: the caller has none with this id.
            BacktestsUnavailableError: the store cannot be reached.
        """
        await self._store.delete((await self.get(backtest_id, caller_id)).backtest_id)
