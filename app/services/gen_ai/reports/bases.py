"""Finds what a report, or a check of a text, rests on."""

import asyncio

from app.errors import ConfigurationError, InputError
from app.quant.market import Bars, MarketData
from app.schemas.gen_ai.backtest_source import BacktestSource
from app.schemas.gen_ai.fact_check import FactCheckInfo, FactCheckRequest
from app.services.backtests.ports import BacktestOrder
from app.services.backtests.service import BacktestService, FinishedBacktest
from app.services.gen_ai.reports.basis import ReportBasis
from app.services.gen_ai.reports.checking import checked

_AT_ONCE = 2
"""Studies and checks compute: more of them would only slow each other down."""


class ReportBases:
    """One for the whole process: it bounds how much is computed at a time."""

    def __init__(self, backtests: BacktestService, market: MarketData) -> None:
        self._backtests = backtests
        self._market = market
        self.computing = asyncio.Semaphore(_AT_ONCE)

    async def of(self, source: BacktestSource, caller_id: str) -> ReportBasis:
        """The basis that a request names or brings.

        Raises:
            BacktestNotFoundError: the caller has no backtest with this id.
            BacktestNotDoneError: it has no result, or none yet.
            BacktestsUnavailableError: the store cannot be reached.
        """
        if source.backtest is not None:
            return ReportBasis.of_summary(source.backtest)
        finished = await self._backtests.finished(source.backtest_id or "", caller_id)
        async with self.computing:
            return await asyncio.to_thread(self._studied, finished)

    async def check(self, request: FactCheckRequest, caller_id: str) -> FactCheckInfo:
        """What the facts of a backtest say of a text. It asks no model.

        Raises: as `of`.
        """
        basis = await self.of(request, caller_id)
        async with self.computing:
            return await asyncio.to_thread(checked, {"text": request.text}, basis.subject, request.language)

    def _studied(self, finished: FinishedBacktest) -> ReportBasis:
        return ReportBasis.of_finished(finished, self._bars(finished.backtest.order))

    def _bars(self, order: BacktestOrder) -> Bars | None:
        """None where they are gone: the backtest can be reported on without further ones."""
        try:
            return self._market.bars(order.symbol, order.start_date, order.end_date)
        except (InputError, ConfigurationError):
            return None
