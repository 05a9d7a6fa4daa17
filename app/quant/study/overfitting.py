"""How much of a best result is luck: measured, so that a warning need not be believed."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import e
from statistics import NormalDist, StatisticsError, correlation, stdev

from app.quant.backtest import Metrics
from app.quant.ranking import RankableMetric, badness

_EULER_MASCHERONI = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class Overfitting:
    """`best_in_sample`, `best_out_of_sample`: the metric of what was best in the sample. `rank_out_of_sample`: its
    place among all trials out of the sample, 1 for the best. `unchanged_out_of_sample`: what the strategy reached as
    it was. `rank_correlation`: between the places in and out of the sample, -1 to 1; near 0, the sample says nothing.
    `sharpe_by_chance`: the Sharpe ratio that the best of so many trials is expected to show in the sample if none is
    any good.
    """

    best_in_sample: float | None
    best_out_of_sample: float | None
    rank_out_of_sample: int | None
    unchanged_out_of_sample: float | None
    rank_correlation: float | None
    sharpe_by_chance: float | None


def overfitting(
    trials: Sequence[tuple[Metrics, Metrics]], unchanged_out_of_sample: Metrics, metric: RankableMetric
) -> Overfitting:
    """What the trials say about themselves: in and out of the sample, the best in the sample first."""
    inside = [getattr(trial, metric) for trial, _ in trials]
    outside = [getattr(trial, metric) for _, trial in trials]
    has_best = bool(trials) and inside[0] is not None
    orders = [badness(metric)({metric: value}) for value in outside]
    return Overfitting(
        best_in_sample=inside[0] if has_best else None,
        best_out_of_sample=outside[0] if has_best else None,
        rank_out_of_sample=1 + sum(order < orders[0] for order in orders) if has_best else None,
        unchanged_out_of_sample=getattr(unchanged_out_of_sample, metric),
        rank_correlation=_rank_correlation(inside, outside),
        sharpe_by_chance=_sharpe_by_chance([trial.sharpe_ratio for trial, _ in trials]),
    )


def _rank_correlation(inside: Sequence[float | None], outside: Sequence[float | None]) -> float | None:
    """Spearman's, over the trials that have both values; None where one side does not vary."""
    pairs = [(one, other) for one, other in zip(inside, outside, strict=True) if one is not None and other is not None]
    try:
        return correlation(_places([one for one, _ in pairs]), _places([other for _, other in pairs]))
    except StatisticsError:
        return None


def _places(values: Sequence[float]) -> list[float]:
    """The place of each value in rising order; equal ones share the mean of theirs."""
    ordered = sorted(values)
    return [bisect_left(ordered, value) + (bisect_right(ordered, value) - 1) for value in values]


def _sharpe_by_chance(ratios: Sequence[float | None]) -> float | None:
    """The expected greatest of N ratios that scatter around 0 as much as these scatter.

    Bailey and Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40 (2014).
    """
    known = [ratio for ratio in ratios if ratio is not None]
    count = len(known)
    if count < 2:  # noqa: PLR2004  one ratio does not scatter
        return None
    quantile = NormalDist().inv_cdf
    greatest = (1 - _EULER_MASCHERONI) * quantile(1 - 1 / count) + _EULER_MASCHERONI * quantile(1 - 1 / (count * e))
    return stdev(known) * greatest
