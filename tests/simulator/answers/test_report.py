"""Reports speak of the given figures and of nothing else."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from app.quant.backtest import backtest
from app.quant.market import market_data
from app.quant.words import Language
from app.schemas.gen_ai.backtest_source import BacktestSummary
from app.schemas.gen_ai.narrative_report import Detail
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.reports.basis import ReportBasis
from app.services.gen_ai.reports.prompt import ReportAnswer, report_messages
from app.services.gen_ai.reports.verifier import verify_report
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.simulator.answers.compose import compose
from app.simulator.answers.question import Question, Turn
from tests.fakes.report_documents import crossover
from tests.fakes.stored import queued
from tests.fakes.strategies import plan
from tests.simulator.answers.asking import question, report_for
from tests.tables import each_line

METRICS: dict[str, float] = {
    "total_return": 0.1843,
    "annualised_return": 0.0585,
    "volatility": 0.2134,
    "sharpe_ratio": 0.79,
    "sortino_ratio": 1.12,
    "calmar_ratio": 0.46,
    "max_drawdown": -0.1264,
    "var_95": -0.0213,
    "var_99": -0.0351,
    "total_trades": 42,
    "winning_trades": 24,
    "losing_trades": 18,
    "win_rate": 0.5714,
    "final_value": 118430.5,
    "initial_cash": 100000,
    "benchmark_return": 0.11,
    "alpha": 0.0231,
    "beta": 0.85,
}
_RANGES = {
    **dict.fromkeys(METRICS, (-2.0, 2.0)),
    "max_drawdown": (-1.0, 0.0),
    "volatility": (0.0, 3.0),
    "total_trades": (0, 5000),
    "winning_trades": (0, 5000),
    "losing_trades": (0, 5000),
    "win_rate": (0.0, 1.0),
    "final_value": (0.0, 1e7),
    "initial_cash": (0.0, 1e7),
}
_FACTS = {
    "total_trades": "trades",
    "winning_trades": "wins",
    "losing_trades": "losses",
    "benchmark_return": "benchmark.total_return",
}
_WHOLE = ("total_trades", "winning_trades", "losing_trades")
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?%?")


def _data(metrics: Mapping[str, object], language: str = "en", detail: str = "standard") -> dict[str, Any]:
    """The metrics as a prompt lists them, by the names of the facts."""
    figures = {_FACTS.get(name, name): value for name, value in metrics.items()}
    facts = {"date.start": "2023-01-02", "date.end": "2025-12-30"} | figures
    return {
        "language": language,
        "detail": detail,
        "backtest": {"strategy_name": "Trend", "symbol": "AAPL"},
        "facts": [{"name": name, "value": value} for name, value in facts.items()],
    }


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for child in value.values() for text in _strings(child)]
    if isinstance(value, list):
        return [text for child in value for text in _strings(child)]
    return [value] if isinstance(value, str) else []


def _is_measured(text: str, metrics: dict[str, float]) -> bool:
    """Whether a printed number is one of the figures, to the decimals that are printed."""
    plain = text.rstrip("%").replace(",", "")
    decimals = len(plain.partition(".")[2])
    shown = float(plain) / (100 if text.endswith("%") else 1)
    tolerance = 0.5001 * 10**-decimals / (100 if text.endswith("%") else 1)
    return any(math.isclose(shown, value, rel_tol=1e-12, abs_tol=tolerance) for value in metrics.values())


_metrics = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | (st.integers(*map(int, bounds)) if name in _WHOLE else st.floats(*bounds))
        for name, bounds in _RANGES.items()
    },
)


@given(_metrics, st.sampled_from(["ko", "en"]), st.sampled_from(["brief", "standard", "detailed"]))
def test_every_number_is_a_given_figure(metrics: dict[str, float | None], language: str, detail: str) -> None:
    """Whatever was measured, the prose holds no number beside the figures and the dates."""
    given_metrics = {name: float(value) for name, value in metrics.items() if value is not None}
    text = " ".join(_strings(report_for(_data(metrics, language, detail)).model_dump()))
    prose = text.replace("2023-01-02", "").replace("2025-12-30", "")
    numbers = _NUMBER.findall(prose)
    assert [number for number in numbers if not _is_measured(number, given_metrics)] == []


@each_line("language", ["ko", "en"])
@each_line("detail", ["brief", "standard", "detailed"])
@each_line("names", [[*METRICS], ["total_return"], ["var_95", "max_drawdown"], ["win_rate"]])
def test_the_services_verifier_accepts_the_report(language: Language, detail: Detail, names: list[str]) -> None:
    """Sections, language, numbers and claims pass what a real model's report must pass."""
    metrics = {name: METRICS[name] for name in names if name != "initial_cash"}
    basis = ReportBasis.of_summary(BacktestSummary.model_validate(_NAMED | {"metrics": metrics}))
    assert verify_report(_written(basis, language, detail), basis, language, detail).violations == []


_GIVEN = st.fixed_dictionaries(
    {"total_return": st.floats(-1, 3)},
    optional={
        # Of 1900 to 2099 trades, as in "none of 1900", the fact check still thinks that they are a year.
        **{name: st.integers(0, 1899) | st.integers(2100, 5000) for name in _WHOLE},
        **{
            name: st.floats(-1, 3)
            for name in ("annualised_return", "benchmark_return", "sharpe_ratio", "alpha", "beta")
        },
        **{name: st.floats(-0.2, 0.2) for name in ("var_95", "var_99", "cvar_95", "cvar_99")},
        "volatility": st.floats(0, 2),
        "max_drawdown": st.floats(-1, 0),
        "win_rate": st.floats(0, 1),
        "final_value": st.floats(0, 1e7),
    },
)


@settings(max_examples=30)
@given(_GIVEN, st.sampled_from(["ko", "en"]))
def test_the_services_verifier_accepts_the_report_on_any_figures(metrics: dict[str, float], language: Language) -> None:
    """Gains and losses, ahead of the benchmark and behind it, tiny and large."""
    basis = ReportBasis.of_summary(BacktestSummary.model_validate(_NAMED | {"metrics": metrics}))
    assert verify_report(_written(basis, language, "standard"), basis, language, "standard").violations == []


@each_line("language", ["ko", "en"])
@each_line("symbol", ["GSPC", "IXIC"])
@each_line("rules", ["levels", "averages"])
def test_the_services_verifier_accepts_what_is_said_of_a_stored_backtest(
    language: Language, symbol: str, rules: str
) -> None:
    """With other parameters and with rising and falling markets, which the report then speaks of."""
    strategy = plan(stop_loss=0.1) if rules == "levels" else crossover()
    bars = market_data().bars(symbol)
    basis = ReportBasis.of_finished(FinishedBacktest(queued(), strategy, backtest(strategy, bars)), bars)
    report = _written(basis, language, "detailed")
    assert verify_report(report, basis, language, "detailed").violations == []
    assert report.sensitivity is not None
    assert report.regimes is not None
    assert "%" in report.sensitivity
    assert "%" in report.regimes


_NAMED = {"strategy_name": "Trend", "symbol": "AAPL", "start_date": "2023-01-02", "end_date": "2025-12-30"}


def _written(basis: ReportBasis, language: Language, detail: Detail) -> ReportAnswer:
    """What the simulator answers to the prompt of the service."""
    _, message = report_messages(basis, language, detail)
    asked = Question("", (Turn("user", message.text),), strict_schema(ReportAnswer))
    return ReportAnswer.model_validate_json(compose(asked))


def test_a_missing_figure_is_not_spoken_of() -> None:
    """No value at risk, no tail risk; no benchmark, no market context; what a paragraph lacks is said to be missing."""
    report = report_for(_data({"total_return": 0.05, "volatility": None, "sharpe_ratio": "high"}))
    assert report.market_context is None
    assert report.risk_assessment is not None
    assert report.risk_assessment.tail_risk is None
    assert report.risk_assessment.volatility == "It was not measured."
    assert len(report.executive_summary.key_findings) == 3


def test_both_values_at_risk_are_spoken_of() -> None:
    report = report_for(_data(METRICS))
    assert report.risk_assessment is not None
    assert report.risk_assessment.tail_risk is not None
    assert "-2.1%" in report.risk_assessment.tail_risk
    assert "-3.5%" in report.risk_assessment.tail_risk


def test_a_brief_report_leaves_sections_out() -> None:
    """Brief reports keep the summary, and the risk where it was measured."""
    report = report_for(_data(METRICS, detail="brief"))
    assert (report.performance_analysis, report.strategy_insights, report.market_context) == (None, None, None)
    assert report.risk_assessment is not None
    assert len(report.recommendations) == 1
    assert report_for(_data({"win_rate": 0.5}, detail="brief")).risk_assessment is None


class _Closed(BaseModel):
    """A report schema that allows no null."""

    executive_summary: dict[str, Any]
    market_context: str


def test_a_brief_report_keeps_what_must_not_be_null() -> None:
    schema = {"type": "object", "properties": {"executive_summary": {}, "market_context": {"type": "string"}}}
    asked = question("Report.", _data(METRICS, detail="brief"))
    text = compose(type(asked)(asked.instructions, asked.turns, schema | {"required": ["market_context"]}))
    assert "The benchmark returned 11.0%." in _Closed.model_validate_json(text).market_context


@pytest.mark.parametrize("facts", [None, "none", {}, [1, 2], [{"value": 3}], [{"name": "beta", "value": "high"}]])
def test_a_report_without_data_says_so(facts: object) -> None:
    """Nothing measured gives a valid report without a number."""
    report = report_for({"backtest": None, "facts": facts, "language": "en"})
    assert report.executive_summary.title == "Backtest report"
    assert report.executive_summary.recommendation == "research"
    assert not _NUMBER.findall(" ".join(_strings(report.model_dump())))


def test_strengths_and_weaknesses_follow_from_the_figures() -> None:
    bad = {"total_return": -0.2, "sharpe_ratio": -0.4, "benchmark_return": 0.1, "max_drawdown": -0.5, "total_trades": 3}
    insights = report_for(_data(bad)).strategy_insights
    assert insights is not None
    assert insights.strengths == []
    assert len(insights.weaknesses) == 5
    good = report_for(_data({"sharpe_ratio": 1.4, "max_drawdown": -0.05, "total_trades": 90})).strategy_insights
    assert good is not None
    assert len(good.strengths) == 2
    assert good.weaknesses == []


def test_reports_are_the_same_every_time() -> None:
    asked = question("Report.", _data(METRICS), ReportAnswer)
    assert compose(asked) == compose(asked)
