"""Kept reports: found again, checked against their backtest, and made into pages."""

import asyncio
from collections.abc import Iterator, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import get_args

from app.clock import Clock
from app.errors import ConfigurationError, InputError
from app.ids import unguessable_id
from app.quant.market import Bars, MarketData
from app.quant.words import Language
from app.schemas.gen_ai.backtest_source import BacktestSource
from app.schemas.gen_ai.common import GenAiResponse
from app.schemas.gen_ai.fact_check import FactCheckInfo, FactCheckRequest, FactInfo
from app.schemas.gen_ai.narrative_report import Detail, Report, ReportListItem
from app.services.backtests.ports import BacktestNotDoneError, BacktestNotFoundError, BacktestOrder
from app.services.backtests.service import BacktestService, FinishedBacktest
from app.services.gen_ai.core import Receipt
from app.services.gen_ai.fact_check import BacktestFigures, Metrics
from app.services.gen_ai.reports.basis import ReportBasis
from app.services.gen_ai.reports.page import (
    CheckedClaim,
    CheckedNumber,
    Fact,
    FactCheckList,
    Measured,
    Provenance,
    ReportDocument,
    sections_of,
    to_html,
    to_markdown,
)
from app.services.gen_ai.reports.page.measured import Unit
from app.services.gen_ai.reports.ports import ReportNotFoundError, ReportStore, ReportsUnavailableError, StoredReport
from app.services.gen_ai.reports.verifier import checked
from app.services.gen_ai.responses import cost_fields, receipt_fields

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


# A stored report as the document that pages are made from.

_UNITS: MappingProxyType[str, Unit] = MappingProxyType({each: each for each in get_args(Unit)} | {"usd": "money"})
"""Of the checker's units, those of the page; money is in the currency of the prices, whatever it is."""
_NAMES = MappingProxyType({"trades": "total_trades", "wins": "winning_trades", "losses": "losing_trades"})


def document_of(stored: StoredReport, finished: FinishedBacktest | None) -> ReportDocument:
    """Without `finished` the page has no charts and no trades: their backtest is gone, or there never was one."""
    report, receipt = stored.report, stored.receipt
    summary = report.executive_summary
    measured = None if finished is None else Measured.of_result(finished.result)
    return ReportDocument(
        language=stored.language,
        title=summary.title,
        strategy_name=stored.figures.strategy_name,
        rules=stored.rules,
        measured=measured or _measured(stored.figures),
        sections=sections_of(report, stored.language),
        fact_check=_listed(stored.fact_check),
        provenance=Provenance(
            model_id=receipt.model_id,
            upstream=receipt.upstream,
            operation_id=receipt.operation_id,
            generated_at=stored.created_at,
            cost_usd=None if receipt.cost_usd is None else Decimal(receipt.cost_usd),
            attempts=len(receipt.attempts),
        ),
        verdict=summary.recommendation,
        risk_level=report.risk_assessment.level if report.risk_assessment else None,
    )


def _measured(figures: BacktestFigures) -> Measured:
    return Measured(
        symbol=figures.symbol,
        first_day=figures.start_date,
        last_day=figures.end_date,
        strategy=dict(_named(figures.metrics)),
        benchmark=dict(_named(figures.benchmark)),
    )


def _named(metrics: Metrics) -> Iterator[tuple[str, float]]:
    """The figures by the names that the engine gives them."""
    for name, value in metrics.given().items():
        yield _NAMES.get(name, name), value


def _listed(found: FactCheckInfo) -> FactCheckList:
    return FactCheckList(
        tuple(CheckedNumber(one.text, one.status, _fact(one.fact), one.reason) for one in found.numbers),
        tuple(CheckedClaim(one.text, one.agrees, one.reason) for one in found.claims),
    )


def _fact(info: FactInfo | None) -> Fact | None:
    return None if info is None else Fact(info.name, info.value, _UNITS[info.unit], info.decimals)


# The reports that were written: kept, listed, and made into pages.


class ReportLibrary:
    def __init__(self, store: ReportStore, backtests: BacktestService, clock: Clock) -> None:
        self._store = store
        self._backtests = backtests
        self._clock = clock

    async def keep(
        self,
        report: Report,
        basis: ReportBasis,
        fact_check: FactCheckInfo,
        receipt: Receipt,
        *,
        caller_id: str,
        language: Language,
        detail: Detail,
        report_id: str | None = None,
    ) -> StoredReport:
        """The report as it was kept; under a new id where none is given.

        Raises:
            ReportsUnavailableError: it could not be kept; the error has what was paid for.
        """
        now = self._clock.now()
        stored = StoredReport(
            report_id=report_id or unguessable_id("report", now),
            owner_id=caller_id,
            backtest_id=basis.backtest_id,
            language=language,
            detail=detail,
            report=report,
            fact_check=fact_check,
            figures=basis.figures,
            rules=basis.rules(language),
            receipt=GenAiResponse(**receipt_fields(receipt)),
            created_at=now,
        )
        try:
            await self._store.add(stored)
        except ReportsUnavailableError as error:
            error.fields |= cost_fields(receipt) | {"report": report.model_dump(mode="json")}
            raise
        return stored

    async def get(self, report_id: str, caller_id: str) -> StoredReport:
        """A report of the caller.

        Raises:
            ReportNotFoundError: the caller has none with this id.
            ReportsUnavailableError: the store cannot be reached.
        """
        found = await self._store.get(report_id)
        if found is None or found.owner_id != caller_id:
            raise ReportNotFoundError(report_id)
        return found

    async def page(self, caller_id: str, *, limit: int, offset: int) -> tuple[Sequence[ReportListItem], int]:
        """The caller's reports in short, the newest first, and how many there are in all."""
        return await self._store.page(caller_id, limit=limit, offset=offset)

    async def markdown(self, stored: StoredReport) -> str:
        """The report as Markdown."""
        finished = await self._finished(stored)
        return await asyncio.to_thread(lambda: to_markdown(document_of(stored, finished)))

    async def html(self, stored: StoredReport) -> str:
        """The report as one HTML file."""
        finished = await self._finished(stored)
        return await asyncio.to_thread(lambda: to_html(document_of(stored, finished)))

    async def _finished(self, stored: StoredReport) -> FinishedBacktest | None:
        """The backtest that the report is on; None where there is none, or none any more."""
        if stored.backtest_id is None:
            return None
        try:
            return await self._backtests.finished(stored.backtest_id, stored.owner_id)
        except (BacktestNotFoundError, BacktestNotDoneError):
            return None
