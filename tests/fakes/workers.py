"""Workers that need no process of their own, for tests of what stands around them."""

import asyncio
from collections.abc import Callable

from app.quant.market import MarketData, market_data
from app.services.backtests.child import run_order
from app.services.backtests.ports import BacktestOrder, ResultParts
from app.services.backtests.worker import BacktestWorker

_SAMPLES = market_data()
"""Read once for all tests."""


class InlineWorker(BacktestWorker):
    """Runs a backtest in this process, and lets nobody ask how far it is meanwhile."""

    def __init__(self, market: MarketData = _SAMPLES) -> None:
        super().__init__(None)
        self._market = market

    async def run(self, order: BacktestOrder, progress: Callable[[float], None]) -> ResultParts:
        return run_order(order, self._market, progress)

    async def close(self) -> None:
        """There is nothing to let go of."""


class HeldWorker(InlineWorker):
    """Is 40 % through each backtest until it is let go on; `begun` is set when it is there, `stopped` when cancelled.

    `ends` are raised one after the other in the place of the first results.
    """

    def __init__(self, *ends: Exception, market: MarketData = _SAMPLES) -> None:
        super().__init__(market)
        self.ends = list(ends)
        self.orders: list[BacktestOrder] = []
        self.begun, self.go_on, self.stopped = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.closed = 0

    async def run(self, order: BacktestOrder, progress: Callable[[float], None]) -> ResultParts:
        self.orders.append(order)
        progress(0.4)
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        if self.ends:
            raise self.ends.pop(0)
        return await super().run(order, progress)

    async def close(self) -> None:
        self.closed += 1
