"""A kept report, who keeps it, and its form in answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.errors import NotFoundError, TollgateError
from app.quant.words import Language
from app.schemas.gen_ai.common import GenAiResponse
from app.schemas.gen_ai.fact_check import FactCheckInfo
from app.schemas.gen_ai.narrative_report import Detail, NarrativeReportResponse, Report, ReportListItem
from app.services.gen_ai.fact_check import BacktestFigures


class ReportsUnavailableError(TollgateError):
    status = 503
    code = "reports_unavailable"
    title = "Reports cannot be read or written"


class ReportNotFoundError(NotFoundError):
    code = "report_not_found"
    title = "There is no such report"

    def __init__(self, report_id: str) -> None:
        super().__init__(
            f"You have no report {report_id}; GET /api/v1/gen-ai/narrative-report or `tollgate report list` lists yours"
        )


# Reports that were written, and the port to where they are kept.


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """`figures` are those that the prose was held to. `backtest_id`: where curves and trades come from; None: the
    figures came with the request, and there are none. `rules`: the strategy in words, empty where it is not known.
    `receipt`: who wrote it, and what that cost.
    """

    report_id: str
    owner_id: str
    backtest_id: str | None
    language: Language
    detail: Detail
    report: Report
    fact_check: FactCheckInfo
    figures: BacktestFigures
    rules: tuple[str, ...]
    receipt: GenAiResponse
    created_at: datetime


class ReportStore(Protocol):
    """Every method raises ReportsUnavailableError where the store cannot be reached."""

    async def add(self, report: StoredReport) -> None:
        """Keeps a new report."""
        ...

    async def get(self, report_id: str) -> StoredReport | None:
        """The report, whoever owns it; None where there never was one."""
        ...

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[ReportListItem], int]:
        """An owner's reports in short, the newest first, and how many there are in all."""
        ...


# Stored reports as the API and the command line answer with them.


def report_response(stored: StoredReport) -> NarrativeReportResponse:
    """The whole report, with all that an answer says about itself."""
    return NarrativeReportResponse(
        report_id=stored.report_id,
        backtest_id=stored.backtest_id,
        report=stored.report,
        fact_check=stored.fact_check,
        language=stored.language,
        detail=stored.detail,
        created_at=stored.created_at,
        **dict(stored.receipt),
    )


def report_item(stored: StoredReport) -> ReportListItem:
    """The report in a list."""
    summary = stored.report.executive_summary
    return ReportListItem(
        report_id=stored.report_id,
        backtest_id=stored.backtest_id,
        title=summary.title,
        strategy_name=stored.figures.strategy_name,
        language=stored.language,
        detail=stored.detail,
        recommendation=summary.recommendation,
        created_at=stored.created_at,
    )
