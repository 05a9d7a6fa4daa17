"""The reports that were written: kept, listed, and made into pages."""

import asyncio
from collections.abc import Sequence

from app.clock import Clock
from app.quant.words import Language
from app.schemas.gen_ai.common import GenAiResponse
from app.schemas.gen_ai.fact_check import FactCheckInfo
from app.schemas.gen_ai.narrative_report import Detail, Report, ReportListItem
from app.services.backtests.errors import BacktestNotDoneError, BacktestNotFoundError
from app.services.backtests.service import BacktestService, FinishedBacktest
from app.services.gen_ai.core import Receipt
from app.services.gen_ai.report_page import to_html, to_markdown
from app.services.gen_ai.reports.basis import ReportBasis
from app.services.gen_ai.reports.errors import ReportNotFoundError, ReportsUnavailableError
from app.services.gen_ai.reports.pages import document_of
from app.services.gen_ai.reports.ports import ReportStore, StoredReport
from app.services.gen_ai.responses import paid_for, receipt_fields
from app.services.strategies.ids import unguessable_id


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
            error.fields |= paid_for(receipt) | {"report": report.model_dump(mode="json")}
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
