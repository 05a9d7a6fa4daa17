"""The figures that warn of luck, by hand and by simulation."""

from dataclasses import replace
from statistics import mean, stdev

import numpy as np
import pytest

from app.quant.backtest import Metrics, backtest
from app.quant.study.optimise import overfitting
from tests.fakes.bars import random_bars
from tests.fakes.random_strategies import random_strategy

METRICS = backtest(random_strategy(1), random_bars(1, 100)).metrics


def _with(ratio: float | None) -> Metrics:
    return replace(METRICS, sharpe_ratio=ratio)


def _trials(*pairs: tuple[float | None, float | None]) -> list[tuple[Metrics, Metrics]]:
    return [(_with(inside), _with(outside)) for inside, outside in pairs]


def test_the_best_in_the_sample_is_placed_among_all_out_of_the_sample() -> None:
    found = overfitting(_trials((2.0, 0.1), (1.0, 0.9), (0.5, 0.5), (0.1, None)), _with(0.7), "sharpe_ratio")
    assert (found.best_in_sample, found.best_out_of_sample, found.rank_out_of_sample) == (2.0, 0.1, 3)
    assert found.unchanged_out_of_sample == 0.7


def test_less_is_better_where_it_is() -> None:
    trials = [
        (replace(METRICS, volatility=0.1), replace(METRICS, volatility=0.2)),
        (replace(METRICS, volatility=0.3), replace(METRICS, volatility=0.4)),
    ]
    assert overfitting(trials, METRICS, "volatility").rank_out_of_sample == 1


@pytest.mark.parametrize(
    ("outside", "correlation"),
    [((3, 2, 1), 1), ((1, 2, 3), -1), ((2, 3, 1), 0.5), ((1, 1, 1), None), ((2, 2, 1), pytest.approx(0.8660254))],
)
def test_the_rank_correlation_is_spearmans(outside: tuple[float, ...], correlation: float | None) -> None:
    trials = _trials(*zip((9, 5, 4), outside, strict=True))
    assert overfitting(trials, METRICS, "sharpe_ratio").rank_correlation == correlation


def test_one_trial_says_nothing_about_chance() -> None:
    found = overfitting(_trials((1.0, 1.0)), METRICS, "sharpe_ratio")
    assert (found.rank_correlation, found.sharpe_by_chance, found.rank_out_of_sample) == (None, None, 1)
    assert overfitting([], METRICS, "sharpe_ratio").best_in_sample is None


@pytest.mark.parametrize("count", [5, 20, 100])
def test_the_ratio_by_chance_is_the_mean_of_the_greatest_of_so_many_random_ones(count: int) -> None:
    random = np.random.default_rng(count)
    greatest = mean(float(random.normal(0, 1, count).max()) for _ in range(20_000))
    ratios = random.normal(0, 0.4, count).tolist()
    found = overfitting(_trials(*((ratio, 0.0) for ratio in ratios)), METRICS, "sharpe_ratio")
    # The formula is an approximation: 5 % off at 5 trials, 1 % at 100.
    assert found.sharpe_by_chance == pytest.approx(greatest * stdev(ratios), rel=0.06)
