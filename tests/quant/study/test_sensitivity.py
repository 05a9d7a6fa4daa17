"""One number varied: each point is the backtest that one would run by hand."""

import pytest

from app.errors import InputError
from app.quant.backtest import BacktestConfig, backtest
from app.quant.market import market_data
from app.quant.study import changed, sensitivity
from tests.fakes.bars import random_bars
from tests.fakes.strategies import macd, plan, rsi, when
from tests.fakes.templates import strategy_from_template

GSPC = market_data().bars("GSPC")
CROSSOVER = strategy_from_template("sma_crossover", {})


def test_each_point_is_the_backtest_with_that_value_and_the_present_one_is_among_them() -> None:
    config = BacktestConfig(max_position=1)
    found = sensitivity(CROSSOVER, GSPC, "SMA(20).period", config=config)
    assert [point.value for point in found.points] == [10, 15, 18, 19, 20, 21, 22, 25, 30]
    for point in found.points:
        assert point.problems == ()
        assert point.metrics == backtest(changed(CROSSOVER, {"SMA(20).period": point.value}), GSPC, config).metrics
    assert len({point.metrics for point in found.points}) == 9


def test_a_value_with_which_the_strategy_makes_no_sense_has_no_metrics_and_says_why() -> None:
    found = sensitivity(CROSSOVER, GSPC, "SMA(20).period", values=[60, 70, 30])
    by_value = {point.value: point for point in found.points}
    assert [point.value for point in found.points] == [20, 30, 60, 70]
    assert by_value[30].metrics is not None
    assert (by_value[60].metrics, by_value[70].metrics) == (None, None)
    assert any("compares a thing with itself" in problem for problem in by_value[60].problems)
    assert any("the first must be the shorter one" in problem for problem in by_value[70].problems)


def test_a_period_that_is_longer_than_the_series_has_no_metrics() -> None:
    strategy = plan((when(rsi(10), "below", 30),), (when(rsi(10), "above", 70),))
    found = sensitivity(strategy, random_bars(1, 40), "RSI(10).period", values=[38, 39])
    assert [point.metrics is None for point in found.points] == [False, False, True]
    assert "needs 41 bars" in found.points[-1].problems[0]


def test_the_spread_is_the_lowest_and_the_highest_that_was_measured() -> None:
    found = sensitivity(CROSSOVER, GSPC, "SMA(20).period", values=[10, 60])
    ratios = [point.metrics.sharpe_ratio for point in found.points if point.metrics]
    assert len(ratios) == 2
    assert found.spread("sharpe_ratio") == (min(filter(None, ratios)), max(filter(None, ratios)))
    never = sensitivity(plan((when(rsi(), "below", 1),)), random_bars(1, 30), "risk.cooldown")
    assert never.spread("win_rate") is None


def test_progress_is_told_after_each_point() -> None:
    told: list[float] = []
    sensitivity(CROSSOVER, random_bars(1, 200), "SMA(20).period", values=[10, 30, 40], progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_a_number_without_natural_neighbours_wants_values() -> None:
    strategy = plan((when(macd(), "above", 0),), (when(macd(), "below", 0),))
    with pytest.raises(InputError, match=r"entry\.1\.number has no natural neighbours to try beside 0; give values"):
        sensitivity(strategy, GSPC, "entry.1.number")
    assert len(sensitivity(strategy, GSPC, "entry.1.number", values=[5]).points) == 2
