"""Reports for tests: on a real backtest of 20 years, in both languages, with everything that a page can show.

The prose stands in `report_texts/`; its figures are filled in from the backtest.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Template

import yaml

from app.quant.backtest import BacktestConfig, BacktestResult, backtest
from app.quant.market import market_data
from app.quant.strategy import Strategy
from app.quant.words import Language, in_words
from app.schemas.gen_ai.narrative_report import Report
from app.services.gen_ai.reports.page import (
    CheckedClaim,
    CheckedNumber,
    Curves,
    Fact,
    FactCheckList,
    Items,
    Measured,
    Paragraph,
    Provenance,
    ReportDocument,
    Section,
    sections_of,
)
from app.services.gen_ai.reports.page.number_style import percent, ratio
from tests.fakes.bars import trading_days
from tests.fakes.strategies import plan, sma, when

PROVENANCE = Provenance(
    model_id="gpt-6-luna",
    upstream="simulator",
    operation_id="op_01J9ZK3V6Q8M2T4W7X0Y5B1C3D",
    generated_at=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
    cost_usd=Decimal("0.0004215"),
    attempts=2,
)
_TEXTS = Path(__file__).parent / "report_texts"


@cache
def long_backtest() -> BacktestResult:
    """5,031 bars of the S&P 500 with a crossover of two averages."""
    return backtest(crossover(), market_data().bars("GSPC"), BacktestConfig(max_position=1))


def crossover() -> Strategy:
    rise, fall = when(sma(20), "crosses_above", sma(60)), when(sma(20), "crosses_below", sma(60))
    return plan([rise], [fall], position_size=1, stop_loss=0.05)


@cache
def document(language: Language) -> ReportDocument:
    """A whole report on the long backtest."""
    found = long_backtest()
    report = report_on(found, language)
    return ReportDocument(
        language=language,
        title=report.executive_summary.title,
        strategy_name="SMA 20/60",
        rules=tuple(in_words(crossover(), language)),
        measured=Measured.of_result(found),
        sections=sections_of(report, language),
        fact_check=_fact_check(found, language),
        provenance=PROVENANCE,
        verdict=report.executive_summary.recommendation,
        risk_level=report.risk_assessment.level if report.risk_assessment else None,
    )


def report_on(found: BacktestResult, language: Language) -> Report:
    metrics, market = found.metrics, found.benchmark
    text = (_TEXTS / f"{language}.yaml").read_text(encoding="utf-8")
    filled = Template(text).substitute(
        first_day=found.first_day,
        last_day=found.last_day,
        total_return=percent(metrics.total_return),
        market_return=percent(market.total_return),
        max_drawdown=percent(metrics.max_drawdown),
        market_drawdown=percent(market.max_drawdown),
        fall=percent(-metrics.max_drawdown),
        exposure=percent(metrics.exposure),
        volatility=percent(metrics.volatility or 0),
        market_volatility=percent(market.volatility or 0),
        sharpe=ratio(metrics.sharpe_ratio or 0),
        var_95=percent(-(metrics.var_95 or 0)),
        trades=metrics.total_trades,
        wins=metrics.winning_trades,
    )
    return Report.model_validate(yaml.safe_load(filled))


def _fact_check(found: BacktestResult, language: Language) -> FactCheckList:
    """As a check might have found it; the same return stands in the text twice."""
    metrics, market = found.metrics, found.benchmark
    sharpe = metrics.sharpe_ratio or 0
    returned = Fact("total_return", metrics.total_return, "fraction", 1)
    numbers = (
        CheckedNumber(percent(metrics.total_return), "matched", returned),
        CheckedNumber(
            percent(market.total_return), "matched", Fact("benchmark.total_return", market.total_return, "fraction", 1)
        ),
        CheckedNumber(ratio(sharpe), "matched", Fact("sharpe_ratio", sharpe, "ratio", 2)),
        CheckedNumber(str(found.first_day), "matched", Fact("date.start", found.first_day, "date", 0)),
        CheckedNumber("10", "no_claim", reason="a step to take" if language == "en" else "다음에 할 일"),
        CheckedNumber(percent(metrics.total_return), "matched", returned),
    )
    claim = "earned less than the benchmark" if language == "en" else "벤치마크보다 적게 벌었고"
    return FactCheckList(numbers, (CheckedClaim(claim, agrees=True),))


def small(text: str, language: Language = "en") -> ReportDocument:
    """A short report in which every text of others is `text`, on ten days."""
    name = text or "x"
    measured = Measured(
        symbol=text,
        first_day=date(2020, 1, 6),
        last_day=date(2020, 1, 17),
        strategy={"total_return": 0.1, "sharpe_ratio": None},
        curves=Curves(trading_days(10), tuple(100.0 + day for day in range(10))),
    )
    return ReportDocument(
        language=language,
        title=text,
        strategy_name=text,
        rules=(text,),
        measured=measured,
        sections=(
            Section(text, (Paragraph(name, label=name), Items((text, text), label=name))),
            Section(text, (Items((text,), numbered=True),)),
        ),
        fact_check=FactCheckList(
            (
                CheckedNumber(text, "matched", Fact(name, 1.0, "count", 0)),
                CheckedNumber(text, "unmatched", reason=name),
            ),
            (CheckedClaim(text, agrees=False, reason=name),),
        ),
        provenance=Provenance(
            model_id=text, upstream="openai", operation_id=text, generated_at=PROVENANCE.generated_at, cost_usd=None
        ),
    )
