"""Which of several strategies is best: decided by arithmetic over their metrics, not by a model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

RankableMetric = Literal[
    "total_return",
    "annualised_return",
    "sharpe_ratio",
    "sortino_ratio",
    "calmar_ratio",
    "max_drawdown",
    "win_rate",
    "alpha",
    "final_value",
    "volatility",
    "var_95",
    "var_99",
    "cvar_95",
    "cvar_99",
]
"""The metrics of which everybody wants more, or everybody wants less; beta or a number of trades is neither."""

RANKABLE: tuple[RankableMetric, ...] = get_args(RankableMetric)
DEFAULT_METRICS: tuple[RankableMetric, ...] = ("total_return", "sharpe_ratio", "max_drawdown")

# A drawdown is a negative fraction, so more of it is better; a value at risk is written with either sign.
_LESS_IS_BETTER = frozenset({"volatility", "var_95", "var_99", "cvar_95", "cvar_99"})

Values = Mapping[str, float | None]
"""By the name of the metric; those that nobody ranks by do not count."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """`rank` 1 is the best; `average_rank` is the mean of `ranks`, one for each metric; `missing` had no value."""

    name: str
    rank: int
    average_rank: float
    ranks: Mapping[RankableMetric, int]
    missing: tuple[RankableMetric, ...]


def rank_strategies(
    strategies: Mapping[str, Values], metrics: Sequence[RankableMetric] = DEFAULT_METRICS
) -> list[Ranked]:
    """The strategies by their average rank over the metrics, the best first.

    Equal values share a rank and the next rank is left out (1, 1, 3). A missing value ranks behind every value.

    Raises:
        ValueError: there is no metric.
    """
    if not metrics:
        raise ValueError("at least one metric is needed to rank by")
    by_metric = {metric: _ranks(strategies, badness(metric)) for metric in metrics}
    averages = {name: Fraction(sum(by_metric[metric][name] for metric in metrics), len(metrics)) for name in strategies}
    places = _places(averages)
    return [
        Ranked(
            name=name,
            rank=places[name],
            average_rank=float(averages[name]),
            ranks={metric: by_metric[metric][name] for metric in metrics},
            missing=tuple(metric for metric in metrics if strategies[name].get(metric) is None),
        )
        for name in sorted(strategies, key=lambda name: (places[name], name))
    ]


Order = tuple[bool, float]


def badness(metric: RankableMetric) -> Callable[[Values], Order]:
    """What is smaller for a better value; the order of a missing one comes last."""

    def of(values: Values) -> Order:
        value = values.get(metric)
        if value is None:
            return True, 0.0
        return False, abs(value) if metric in _LESS_IS_BETTER else -value

    return of


def _ranks(strategies: Mapping[str, Values], order: Callable[[Values], Order]) -> dict[str, int]:
    return _places({name: order(values) for name, values in strategies.items()})


def _places(orders: Mapping[str, Fraction] | Mapping[str, Order]) -> dict[str, int]:
    """1 for the smallest; equal ones share a place and the next place is left out."""
    ordered = sorted(orders.values())
    return {name: ordered.index(order) + 1 for name, order in orders.items()}
