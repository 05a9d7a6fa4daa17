"""The figures of the table, in its order, with what stands where there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.services.gen_ai.report_page.figures import Kind

Group = Literal["return", "risk", "ratio", "trades", "benchmark"]
Absence = Literal[
    "not_measured", "no_trades", "is_benchmark", "years", "one_return", "still", "no_loss", "no_fall", "none_closed"
]
"""Why there is no figure; the words are in `words_*`."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`undefined`: why there is no figure where it was measured and is None."""

    name: str
    kind: Kind
    group: Group
    undefined: Absence = "not_measured"


METRICS = (
    Metric("total_return", "fraction", "return"),
    Metric("annualised_return", "fraction", "return", "years"),
    Metric("final_value", "money", "return"),
    Metric("volatility", "fraction", "risk", "one_return"),
    Metric("max_drawdown", "fraction", "risk"),
    Metric("var_95", "fraction", "risk", "one_return"),
    Metric("var_99", "fraction", "risk", "one_return"),
    Metric("cvar_95", "fraction", "risk", "one_return"),
    Metric("cvar_99", "fraction", "risk", "one_return"),
    Metric("sharpe_ratio", "ratio", "ratio", "still"),
    Metric("sortino_ratio", "ratio", "ratio", "no_loss"),
    Metric("calmar_ratio", "ratio", "ratio", "no_fall"),
    Metric("alpha", "fraction", "benchmark", "still"),
    Metric("beta", "ratio", "benchmark", "still"),
    Metric("total_trades", "count", "trades"),
    Metric("winning_trades", "count", "trades"),
    Metric("losing_trades", "count", "trades"),
    Metric("win_rate", "fraction", "trades", "none_closed"),
    Metric("open_trades", "count", "trades"),
    Metric("exposure", "fraction", "trades"),
)

HEADLINES = ("total_return", "annualised_return", "sharpe_ratio", "max_drawdown")
"""The figures that stand at the top of the page."""

_BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def metric_named(name: str) -> Metric:
    return _BY_NAME[name]


def absence(metric: Metric, figures: Mapping[str, float | None], *, of_benchmark: bool) -> Absence:
    """Why `figures` have no value of a metric."""
    if metric.name in figures:
        return metric.undefined
    if of_benchmark and metric.group == "trades":
        return "no_trades"
    if of_benchmark and metric.group == "benchmark":
        return "is_benchmark"
    return "not_measured"
