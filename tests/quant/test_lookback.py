"""A strategy is told when the series is too short for it; one bar more, and it can act."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.quant.backtest import backtest
from app.quant.strategy import Condition, bars_needed, lookback_problems
from app.quant.validation import problems
from tests.fakes.bars import random_bars
from tests.fakes.strategies import adx, dema, macd, num, plan, price, roc, rsi, rules, sma, stoch, tema, when
from tests.tables import each_line


@each_line(
    ("condition", "needed"),
    [
        (when(price(), "above", 5), 2),
        (when(price(), "crosses_above", 5), 3),
        (when(sma(200), "below", price()), 201),
        (when(sma(20), "crosses_above", sma(200)), 202),
        (when(num(50), "below", rsi(14)), 16),
        (when(adx(14), "above", 25), 29),
        (when(dema(20), "above", tema(20)), 59),
        (when(macd(12, 26, 9), "above", 0), 35),
        (when(stoch("k", 14, 3, 3), "below", 20), 19),
    ],
)
def test_so_many_bars_a_condition_needs(condition: Condition, needed: int) -> None:
    assert bars_needed(condition) == needed
    strategy = plan(entry=(condition,), leave=rules("any"), stop_loss=0.1)
    assert problems(strategy, bars=needed) == []
    (found,) = problems(strategy, bars=needed - 1)
    assert found.startswith(f"entry, condition 1: {condition} needs {needed} bars before anything can come of it, but")
    assert f"there are {needed - 1}; shorten its periods or take more data" in found


def test_every_condition_of_both_sides_is_named() -> None:
    strategy = plan(
        entry=(when(sma(200), "above", price()), when(rsi(), "below", 30)), leave=(when(roc(99), "below", 1),)
    )
    assert [found.split(":")[0] for found in lookback_problems(strategy, 50)] == [
        "entry, condition 1",
        "exit, condition 1",
    ]


def test_without_a_series_nothing_is_said_of_its_length() -> None:
    assert problems(plan(entry=(when(sma(400), "above", price()),))) == []


@given(st.integers(2, 60), st.integers(0, 1000))
def test_no_strategy_trades_on_a_series_that_is_said_to_be_too_short(period: int, seed: int) -> None:
    above = when(price(), "above", sma(period))
    needed = bars_needed(above)
    entry = rules("any", above, when(price(), "below", sma(period)))
    assume(needed > 2)
    too_short, long_enough = random_bars(seed, needed - 1), random_bars(seed, needed)
    assert backtest(plan(entry), too_short).trades == ()
    last = needed - 2
    if long_enough.close[last] != pytest.approx(long_enough.close[last - period + 1 : last + 1].mean()):
        assert len(backtest(plan(entry), long_enough).trades) == 1
