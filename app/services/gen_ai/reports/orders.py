"""Orders of reports: kept with a backtest, and read with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from app.clock import Clock
from app.ids import unguessable_id
from app.quant.backtest.result import assumptions_in_words
from app.quant.words import Language, in_words
from app.schemas.backtests import BacktestResponse, OrderedReport, ReportWish, ResultInfo
from app.schemas.gen_ai.narrative_report import Detail, NarrativeReportRequest
from app.schemas.strategies import language_of
from app.services.backtests.checks import Terms
from app.services.backtests.ports import Backtest, BacktestNotFoundError
from app.services.backtests.service import BacktestService
from app.services.gen_ai.core import ModelResolver
from app.services.gen_ai.reports.ports import StoredReport


class ReportOrderStatus(StrEnum):
    WAITING = "waiting"
    """For its backtest to end, or for somebody to write it."""
    WRITING = "writing"
    WRITTEN = "written"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """A report on a backtest that may not have run yet; a backtest has one order at most.

    `report_id` is what the report will be called: whoever finds one of this name knows that it need not be written
    again. `tries` counts how often its writing was begun. `failure` says why there is no report.
    """

    backtest_id: str
    owner_id: str
    report_id: str
    language: Language
    detail: Detail
    model_id: str | None
    ordered_at: datetime
    status: ReportOrderStatus = ReportOrderStatus.WAITING
    tries: int = 0
    ended_at: datetime | None = None
    failure: str | None = None

    @property
    def request(self) -> NarrativeReportRequest:
        """The order as one would ask for the report once the backtest is done."""
        return NarrativeReportRequest(
            backtest_id=self.backtest_id, language=self.language, detail=self.detail, model_id=self.model_id
        )


class ReportOrderStore(Protocol):
    """Every method raises ReportsUnavailableError where the store cannot be reached."""

    async def add(self, order: ReportOrder) -> bool:
        """Keeps a new order; False: its backtest was deleted meanwhile."""
        ...

    async def of(self, backtest_ids: Sequence[str]) -> Mapping[str, ReportOrder]:
        """The orders on these backtests, each under the id of its backtest."""
        ...


class ReportOrderQueue(Protocol):
    """What writes reports sees of the orders. An order is lost where its backtest was deleted, or its process taken
    for dead.

    Every method raises ReportsUnavailableError where the store cannot be reached.
    """

    async def claim(self) -> ReportOrder | None:
        """Takes the order that has waited longest and whose backtest has ended, so that nobody else does."""
        ...

    async def finish(self, order: ReportOrder, failure: str | None, now: datetime) -> bool:
        """Notes that the report was written, or why it was not; False: the order was lost."""
        ...

    async def give_back(self, order: ReportOrder) -> None:
        """Lets it wait again; the try does not count."""
        ...

    async def recover(self, now: datetime, most_tries: int, failure: str) -> int:
        """Lets wait again what dead processes were writing, and fails what was tried so often; says how many."""
        ...


class ReportWriting(Protocol):
    """What the writer needs of the report service."""

    async def generate_report(
        self, request: NarrativeReportRequest, caller_id: str, report_id: str | None = None
    ) -> StoredReport:
        """Writes a report and keeps it; raises as `NarrativeReportService.generate_report`."""
        ...


# Backtests that are ordered, with a report on them or without.


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


# Backtests with their ordered reports, as the API and the command line answer with them.


async def backtest_responses(
    backtests: Sequence[Backtest], orders: ReportOrders, language: Language | None
) -> list[BacktestResponse]:
    """Each backtest without trades and curves, with what has become of the report that was ordered with it.

    Raises:
        ReportsUnavailableError: the orders cannot be read.
    """
    ordered = await orders.of(backtests)
    return [backtest_response(each, ordered.get(each.backtest_id), language) for each in backtests]


def backtest_response(backtest: Backtest, order: ReportOrder | None, language: Language | None) -> BacktestResponse:
    """With its words in `language`, or without one in that of the strategy; without trades and curves."""
    run = backtest.order
    spoken = language or language_of(run.strategy)
    return BacktestResponse(
        backtest_id=backtest.backtest_id,
        status=backtest.status,
        progress=backtest.progress,
        strategy_id=backtest.strategy_id,
        strategy_version=backtest.strategy_version,
        strategy=run.strategy,
        rules_in_words=in_words(run.strategy, spoken),
        assumptions_in_words=assumptions_in_words(run.config, spoken),
        symbol=run.symbol,
        start_date=run.start_date,
        end_date=run.end_date,
        config=run.config,
        queued_at=backtest.queued_at,
        started_at=backtest.started_at,
        ended_at=backtest.ended_at,
        failure=backtest.failure,
        result=None if backtest.summary is None else ResultInfo.model_validate_json(backtest.summary),
        report=ordered_report(order),
    )


def ordered_report(order: ReportOrder | None) -> OrderedReport | None:
    """What has become of an order; None: there was none."""
    if order is None:
        return None
    return OrderedReport(
        status=order.status.value,
        language=order.language,
        detail=order.detail,
        model_id=order.model_id,
        report_id=order.report_id if order.status is ReportOrderStatus.WRITTEN else None,
        failure=order.failure,
    )
