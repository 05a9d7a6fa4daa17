"""The best numbers of a grid on the first part of a series, held against the rest."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from math import e, prod
from statistics import NormalDist, StatisticsError, correlation, stdev

import numpy as np

from app.errors import InputError
from app.quant.backtest import DEFAULT_CONFIG, BacktestConfig, Metrics, Progress, measure
from app.quant.market import Bars
from app.quant.ranking import RankableMetric, badness
from app.quant.strategy import Strategy
from app.quant.study.parameters import Tunable, changed, tunables
from app.quant.validation import problems

MOST_TRIALS = 125
_AXES = 3
_MOST_VALUES = 7


def natural_grid(strategy: Strategy, only: Collection[str] = ()) -> dict[str, tuple[float, ...]]:
    """Up to three numbers of the rules, each with its present value and some around it; empty without any.

    Position size, limits and cooldown are left out: they are a matter of what a person can bear. `only`: just the
    numbers with these ids, whichever they are.
    """
    near = [each for each in tunables(strategy) if each.neighbours]
    if only:
        varied = [each for each in near if each.id in only]
    else:
        varied = [each for each in near if not each.id.startswith("risk.")][:_AXES]
    return {each.id: _spread(each, _values_each(len(varied))) for each in varied}


def _values_each(axes: int) -> int:
    """As many values for each number as keep the combinations few."""
    return max(count for count in range(1, _MOST_VALUES + 1) if count**axes <= MOST_TRIALS)


def _spread(tunable: Tunable, count: int) -> tuple[float, ...]:
    """So many of the neighbours, evenly spread, and the present value among them."""
    tried = sorted((*tunable.neighbours, tunable.value))
    chosen = {tried[round(place)] for place in np.linspace(0, len(tried) - 1, min(count, len(tried)))}
    if tunable.value not in chosen:
        chosen.remove(_nearest(sorted(chosen), tunable.value))
        chosen.add(tunable.value)
    return tuple(sorted(chosen))


def _nearest(values: Sequence[float], to: float) -> float:
    return min(values, key=lambda value: abs(value - to))


# How much of a best result is luck: measured, so that a warning need not be believed.

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


# Tries a small grid of numbers, and shows beside what was best how little that may mean.
#
# The grid is judged on the earlier part of the series alone. The later part, which chose nothing, is reported beside
# it.

MAX_TRIALS = 500
IN_SAMPLE = 0.7
"""The fraction of the days that chooses, where no day is given to split at."""


@dataclass(frozen=True, slots=True)
class Setting:
    parameter: str
    value: float


@dataclass(frozen=True, slots=True)
class Trial:
    """The strategy with these settings, on both parts of the series."""

    settings: tuple[Setting, ...]
    in_sample: Metrics
    out_of_sample: Metrics


@dataclass(frozen=True, slots=True)
class Optimisation:
    """`trials`: the best first, by `metric` in the sample. `best` is None where the metric is defined for none.

    `unchanged`: the strategy as it was. `refused_count`: combinations that make no sense as a strategy; they are not
    among the `trial_count`. `split_day` is the first day out of the sample.
    """

    metric: RankableMetric
    first_day: date
    split_day: date
    last_day: date
    trial_count: int
    refused_count: int
    unchanged: Trial
    best: Trial | None
    trials: tuple[Trial, ...]
    overfitting: Overfitting


def optimise(
    strategy: Strategy,
    bars: Bars,
    grid: Mapping[str, Sequence[float]],
    *,
    metric: RankableMetric = "sharpe_ratio",
    split: date | None = None,
    config: BacktestConfig = DEFAULT_CONFIG,
    progress: Progress | None = None,
) -> Optimisation:
    """Every combination of the values in `grid`, by the ids of the strategy's numbers.

    Raises:
        InputError: the grid is empty or too large, names a number that there is not, or a part has too few days.
    """
    variants = _variants(strategy, grid)
    earlier, later = _parts(bars, split)
    sensible = {settings: variant for settings, variant in variants.items() if not problems(variant, len(earlier))}
    trials = []
    for done, (settings, variant) in enumerate(sensible.items(), start=1):
        trials.append(_trial(settings, variant, earlier, later, config))
        if progress is not None:
            progress(done / len(sensible))
    worse = badness(metric)
    trials.sort(key=lambda trial: worse({metric: getattr(trial.in_sample, metric)}))
    unchanged = _trial((), strategy, earlier, later, config)
    best = trials[0] if trials and getattr(trials[0].in_sample, metric) is not None else None
    return Optimisation(
        metric=metric,
        first_day=earlier.first_day,
        split_day=later.first_day,
        last_day=later.last_day,
        trial_count=len(trials),
        refused_count=len(variants) - len(trials),
        unchanged=unchanged,
        best=best,
        trials=tuple(trials),
        overfitting=overfitting(
            [(trial.in_sample, trial.out_of_sample) for trial in trials], unchanged.out_of_sample, metric
        ),
    )


def _variants(strategy: Strategy, grid: Mapping[str, Sequence[float]]) -> dict[tuple[Setting, ...], Strategy]:
    if not grid or not all(grid.values()):
        raise InputError("the grid is empty; give at least one number with at least one value")
    axes = [[Setting(name, value) for value in sorted(set(values))] for name, values in grid.items()]
    if (size := prod(map(len, axes))) > MAX_TRIALS:
        raise InputError(f"the grid has {size} combinations; give at most {MAX_TRIALS}")
    return {
        settings: changed(strategy, {setting.parameter: setting.value for setting in settings})
        for settings in product(*axes)
    }


def _parts(bars: Bars, split: date | None) -> tuple[Bars, Bars]:
    """The part that chooses and the part that does not, which has the first one for its warm-up."""
    days = bars.days[bars.warm_up :]
    day = split or days[int(len(days) * IN_SAMPLE)]
    if not days[0] < day <= days[-1]:
        raise InputError(f"split is {day}; give a day after {days[0]} and not after {days[-1]}")
    return bars.between(end=day - timedelta(days=1)), bars.between(start=day)


def _trial(
    settings: tuple[Setting, ...], strategy: Strategy, earlier: Bars, later: Bars, config: BacktestConfig
) -> Trial:
    return Trial(settings, measure(strategy, earlier, config), measure(strategy, later, config))
