"""A small grid: the earlier part chooses, the later part is shown beside it, and so is how little it may mean."""

from datetime import date, timedelta

import pytest

from app.errors import InputError
from app.quant.backtest import backtest
from app.quant.market import market_data
from app.quant.study import MAX_TRIALS, changed, natural_grid, optimise, tunables
from tests.fakes.bars import random_bars
from tests.fakes.strategies import HIGH_RSI, plan, price, rsi, rules, sma, stoch, when
from tests.fakes.templates import strategy_from_template

GSPC = market_data().bars("GSPC")
CROSSOVER = strategy_from_template("sma_crossover", {})
GRID = {"SMA(20).period": [10, 20, 30], "SMA(60).period": [50, 100]}
SPLIT = date(2012, 1, 3)


def test_every_combination_is_tried_and_each_trial_is_the_backtest_of_both_parts() -> None:
    found = optimise(CROSSOVER, GSPC, GRID, split=SPLIT)
    earlier, later = GSPC.between(end=SPLIT - timedelta(days=1)), GSPC.between(start=SPLIT)
    settings = {tuple(setting.value for setting in trial.settings) for trial in found.trials}
    assert settings == {(short, long) for short in (10, 20, 30) for long in (50, 100)}
    assert (found.trial_count, found.refused_count) == (6, 0)
    for trial in found.trials:
        variant = changed(CROSSOVER, {setting.parameter: setting.value for setting in trial.settings})
        assert trial.in_sample == backtest(variant, earlier).metrics
        assert trial.out_of_sample == backtest(variant, later).metrics
    assert found.unchanged.in_sample == backtest(CROSSOVER, earlier).metrics
    assert found.unchanged.settings == ()
    assert (found.first_day, found.split_day, found.last_day) == (GSPC.first_day, SPLIT, GSPC.last_day)


@pytest.mark.parametrize("metric", ["sharpe_ratio", "volatility", "max_drawdown"])
def test_the_best_in_the_sample_comes_first_whichever_direction_is_better(metric: str) -> None:
    found = optimise(CROSSOVER, GSPC, GRID, metric=metric, split=SPLIT)  # type: ignore[arg-type]
    values = [getattr(trial.in_sample, metric) for trial in found.trials]
    assert values == sorted(values, reverse=metric != "volatility")
    assert found.best == found.trials[0]


def test_what_comes_after_the_split_chooses_nothing() -> None:
    found = optimise(CROSSOVER, GSPC, GRID, split=SPLIT)
    without = optimise(CROSSOVER, GSPC.between(end=date(2013, 12, 31)), GRID, split=SPLIT)
    assert [trial.settings for trial in without.trials] == [trial.settings for trial in found.trials]
    assert [trial.in_sample for trial in without.trials] == [trial.in_sample for trial in found.trials]
    assert [trial.out_of_sample for trial in without.trials] != [trial.out_of_sample for trial in found.trials]


def test_the_later_part_is_warmed_up_by_the_earlier_one() -> None:
    bars = random_bars(3, 300)
    strategy = plan((when(price(), "above", sma(200)),), (when(price(), "below", sma(200)),))
    found = optimise(strategy, bars, {"SMA(200).period": [200, 190]}, split=bars.days[220])
    assert any(trial.out_of_sample.exposure > 0 for trial in found.trials)


def test_combinations_that_make_no_sense_are_counted_and_not_tried() -> None:
    found = optimise(CROSSOVER, GSPC, {"SMA(20).period": [20, 45], "SMA(60).period": [40, 60]})
    assert (found.trial_count, found.refused_count) == (3, 1)


def test_without_a_day_the_first_seventy_percent_choose() -> None:
    found = optimise(CROSSOVER, random_bars(1, 100), {"SMA(20).period": [5]})
    assert found.split_day == random_bars(1, 100).days[70]


def test_where_the_metric_is_defined_for_none_nothing_is_best() -> None:
    never = plan((when(rsi(), "below", 0.001),), (HIGH_RSI,))
    found = optimise(never, random_bars(1, 200), {"RSI(14).period": [10, 20]})
    assert (found.trial_count, found.best) == (2, None)
    assert found.overfitting.best_in_sample is None
    assert (found.overfitting.rank_out_of_sample, found.overfitting.rank_correlation) == (None, None)
    nothing = optimise(CROSSOVER, random_bars(1, 200), {"SMA(20).period": [60]})
    assert (nothing.trial_count, nothing.refused_count, nothing.best) == (0, 1, None)


def test_progress_is_told_after_each_trial() -> None:
    told: list[float] = []
    optimise(CROSSOVER, random_bars(1, 300), GRID, progress=told.append)
    assert told == pytest.approx([number / 6 for number in range(1, 7)])


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({}, "the grid is empty"),
        ({"SMA(20).period": []}, "the grid is empty"),
        ({"RSI(14).period": [10]}, "no number 'RSI\\(14\\).period' to vary"),
        ({"SMA(20).period": range(2, 30), "SMA(60).period": range(31, 60)}, "the grid has 812 combinations; give at"),
    ],
)
def test_a_grid_that_cannot_be_tried_is_refused(grid: dict[str, list[float]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        optimise(CROSSOVER, GSPC, grid)
    assert MAX_TRIALS == 500


@pytest.mark.parametrize("split", [date(1999, 1, 4), date(1990, 1, 1), date(2019, 1, 1)])
def test_a_split_that_leaves_one_part_empty_is_refused(split: date) -> None:
    with pytest.raises(InputError, match="give a day after 1999-01-04 and not after 2018-12-31"):
        optimise(CROSSOVER, GSPC, GRID, split=split)


def test_the_natural_grid_has_the_present_values_a_few_others_and_few_combinations() -> None:
    assert natural_grid(CROSSOVER) == {
        "SMA(20).period": (10, 15, 19, 20, 21, 25, 30),
        "SMA(60).period": (30, 54, 59, 60, 62, 75, 90),
    }
    reversion = natural_grid(strategy_from_template("rsi_mean_reversion", {}))
    assert list(reversion) == ["RSI(14).period", "entry.1.number", "exit.1.number"]
    assert reversion["entry.1.number"] == (20, 25, 30, 35, 40)
    busy = plan((when(sma(20), "above", sma(60)), when(stoch(), "below", 20), when(rsi(), "below", 30)))
    assert [len(values) for values in natural_grid(busy).values()] == [5, 5, 5]
    for name, values in natural_grid(busy).items():
        assert next(each for each in tunables(busy) if each.id == name).value in values
    assert natural_grid(plan(rules("all"), rules("any"), stop_loss=0.1)) == {}
