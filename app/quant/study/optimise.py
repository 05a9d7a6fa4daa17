"""Tries a small grid of numbers, and shows beside what was best how little that may mean.

The grid is judged on the earlier part of the series alone. The later part, which chose nothing, is reported beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from math import prod

from app.errors import InputError
from app.quant.backtest import DEFAULT_CONFIG, BacktestConfig, Metrics, Progress, measure
from app.quant.market import Bars
from app.quant.ranking import RankableMetric, badness
from app.quant.strategy import Strategy
from app.quant.study.overfitting import Overfitting, overfitting
from app.quant.study.parameters import changed
from app.quant.validation import problems

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
