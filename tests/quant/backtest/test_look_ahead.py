"""No look-ahead: whatever happens after a day, everything up to that day stays what it was."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.quant.backtest import BacktestResult, backtest
from app.quant.market import Bars
from app.quant.market.bars import Array
from tests.fakes.bars import random_bars
from tests.fakes.random_strategies import random_strategy

SEEDS = st.integers(0, 100_000)
LENGTH = 160


def _with_another_future(bars: Bars, after: int, seed: int) -> Bars:
    """The same bars up to `after`, and then other ones, at another level of prices."""
    other, factor = random_bars(seed, len(bars), deviation=0.04), 3.0 if seed % 2 else 0.3

    def joined(one: Array, another: Array) -> Array:
        return np.concatenate([one[:after], another[after:] * factor])

    return replace(
        bars,
        open=joined(bars.open, other.open),
        high=joined(bars.high, other.high),
        low=joined(bars.low, other.low),
        close=joined(bars.close, other.close),
    )


def _past(result: BacktestResult, days: int) -> tuple[object, ...]:
    """All that the result says about its first days."""
    known = result.days[:days]
    purchases = [(trade.entry_day, trade.entry_price, trade.shares) for trade in result.trades]
    sales = [(trade.exit_day, trade.exit_price, trade.exit_reason, trade.profit) for trade in result.trades]
    return (
        result.equity[:days],
        result.drawdown[:days],
        result.benchmark_equity[:days],
        [purchase for purchase in purchases if purchase[0] in known],
        [sale for sale in sales if sale[0] in known],
    )


@given(SEEDS, SEEDS, st.integers(2, LENGTH - 1), SEEDS)
def test_another_future_leaves_the_past_as_it_was(prices: int, strategy: int, after: int, future: int) -> None:
    bars, rules = random_bars(prices, LENGTH), random_strategy(strategy)
    as_it_was = backtest(rules, bars)
    otherwise = backtest(rules, _with_another_future(bars, after, future))
    assert _past(otherwise, after) == _past(as_it_was, after)
    assert otherwise.benchmark_equity != as_it_was.benchmark_equity


@given(SEEDS, SEEDS, st.integers(2, LENGTH))
def test_a_shorter_series_gives_the_beginning_of_the_longer_one(prices: int, strategy: int, length: int) -> None:
    bars, rules = random_bars(prices, LENGTH), random_strategy(strategy)
    shorter = backtest(rules, bars.between(end=bars.days[length - 1]))
    assert len(shorter.equity) == length
    assert _past(shorter, length) == _past(backtest(rules, bars), length)


def test_these_laws_are_about_strategies_that_trade() -> None:
    trades = [len(backtest(random_strategy(seed), random_bars(seed, LENGTH)).trades) for seed in range(100)]
    assert sum(count > 2 for count in trades) > 40
