"""A stored report as the document that pages are made from."""

from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import get_args

from app.schemas.gen_ai.fact_check import FactCheckInfo, FactInfo
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.fact_check import BacktestFigures, Metrics
from app.services.gen_ai.report_page import (
    CheckedClaim,
    CheckedNumber,
    Fact,
    FactCheckList,
    Measured,
    Provenance,
    ReportDocument,
    sections_of,
)
from app.services.gen_ai.report_page.checked import Unit
from app.services.gen_ai.reports.ports import StoredReport

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
