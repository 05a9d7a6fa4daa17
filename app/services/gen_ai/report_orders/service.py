"""Backtests that are ordered, with a report on them or without."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.clock import Clock
from app.quant.words import Language
from app.schemas.backtests import ReportWish
from app.schemas.strategies import language_of
from app.services.backtests.checks import Terms
from app.services.backtests.errors import BacktestNotFoundError
from app.services.backtests.ports import Backtest
from app.services.backtests.service import BacktestService
from app.services.gen_ai.core import ModelResolver
from app.services.gen_ai.report_orders.ports import ReportOrder, ReportOrderStore
from app.services.strategies.ids import unguessable_id


class ReportOrders:
    def __init__(
        self,
        store: ReportOrderStore,
        backtests: BacktestService,
        resolver: ModelResolver,
        clock: Clock,
        *,
        service: str,
    ) -> None:
        """`service` is the one whose policy says which models may write reports."""
        self._store = store
        self._backtests = backtests
        self._resolver = resolver
        self._clock = clock
        self._service = service

    async def submit(
        self,
        strategy: str | Mapping[str, Any],
        terms: Terms,
        wish: ReportWish | None,
        caller_id: str,
        language: Language | None,
    ) -> tuple[Backtest, ReportOrder | None]:
        """Queues a backtest as `BacktestService.submit` does, and the report, if any, that is to be written when it is
        done.

        Where the wish names no language, it is `language`, or else that of the strategy.

        Raises:
            InvalidModelError: the model may not write reports; nothing is queued.
            ReportsUnavailableError: the order cannot be kept; the backtest is not queued either.
        """
        if wish is None:
            return await self._backtests.submit(strategy, terms, caller_id), None
        self._resolver.resolve(self._service, wish.model_id)
        backtest = await self._backtests.submit(strategy, terms, caller_id)
        now = self._clock.now()
        order = ReportOrder(
            backtest_id=backtest.backtest_id,
            owner_id=caller_id,
            report_id=unguessable_id("report", now),
            language=wish.language or language or language_of(backtest.order.strategy),
            detail=wish.detail,
            model_id=wish.model_id,
            ordered_at=now,
        )
        try:
            is_kept = await self._store.add(order)
        except BaseException:
            # Nobody was told of the backtest: it would be run for nobody.
            await self._backtests.delete(backtest.backtest_id, caller_id)
            raise
        if not is_kept:
            raise BacktestNotFoundError(backtest.backtest_id)
        return backtest, order

    async def of(self, backtests: Sequence[Backtest]) -> Mapping[str, ReportOrder]:
        """The orders on these backtests, each under the id of its backtest; most have none.

        Raises:
            ReportsUnavailableError: the store cannot be reached.
        """
        return await self._store.of([backtest.backtest_id for backtest in backtests])
