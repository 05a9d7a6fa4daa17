"""Reports in memory, and what tests of the report writer need around it."""

from collections.abc import Sequence

from app.clock import FixedClock
from app.quant.market import market_data
from app.schemas.gen_ai.narrative_report import ReportListItem
from app.services.backtests.ports import BacktestNotFoundError
from app.services.backtests.service import BacktestService, FinishedBacktest
from app.services.gen_ai.core import OpenAIClientManager
from app.services.gen_ai.narrative_report import NarrativeReportService
from app.services.gen_ai.reports.library import ReportBases, ReportLibrary
from app.services.gen_ai.reports.ports import ReportsUnavailableError, StoredReport, report_item
from tests.fakes.stored import NOON


class MemoryReports:
    """Keeps the promises of the port. `lost`: it can be neither read nor written."""

    def __init__(self, *, lost: bool = False) -> None:
        self.reports: dict[str, StoredReport] = {}
        self._lost = lost

    async def add(self, report: StoredReport) -> None:
        if self._lost:
            raise ReportsUnavailableError("Reports cannot be read or written")
        self.reports[report.report_id] = report

    async def get(self, report_id: str) -> StoredReport | None:
        return self.reports.get(report_id)

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[ReportListItem], int]:
        found = [report_item(report) for report in reversed(self.reports.values()) if report.owner_id == owner_id]
        return found[offset : offset + limit], len(found)


class NoBacktests(BacktestService):
    """Nobody has any."""

    def __init__(self) -> None:
        """It needs nothing: there is nothing."""

    async def finished(self, backtest_id: str, caller_id: str) -> FinishedBacktest:
        raise BacktestNotFoundError(backtest_id)


def report_service(gate: OpenAIClientManager, store: MemoryReports | None = None) -> NarrativeReportService:
    """The report writer without backtests, at noon."""
    backtests = NoBacktests()
    library = ReportLibrary(store or MemoryReports(), backtests, FixedClock(NOON))
    return NarrativeReportService(gate, ReportBases(backtests, market_data()), library)
