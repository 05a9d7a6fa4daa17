"""Stored reports as the API and the command line answer with them."""

from app.schemas.gen_ai.narrative_report import NarrativeReportResponse, ReportListItem
from app.services.gen_ai.reports.ports import StoredReport


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
