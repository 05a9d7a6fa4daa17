"""Correlation of daily returns, against numpy on the same days."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.quant.backtest import BacktestResult, backtest
from app.quant.backtest.performance import daily_returns
from app.quant.market import market_data
from app.quant.study import correlation
from tests.fakes.bars import random_bars
from tests.fakes.strategies import plan, rules
from tests.fakes.templates import strategy_from_template

HOLD = strategy_from_template("buy_and_hold", {})


def _held(seed: int, count: int = 60) -> BacktestResult:
    return backtest(HOLD, random_bars(seed, count))


def test_the_matrix_is_that_of_the_daily_returns() -> None:
    data = market_data()
    results = {
        "SPX": backtest(HOLD, data.bars("GSPC")),
        "Nasdaq": backtest(HOLD, data.bars("IXIC")),
        "cross": backtest(strategy_from_template("sma_crossover", {}), data.bars("GSPC")),
    }
    found = correlation(results)
    expected = np.corrcoef([daily_returns(np.array(result.equity)) for result in results.values()])
    assert found.names == ("SPX", "Nasdaq", "cross")
    assert np.array(found.matrix, dtype=float) == pytest.approx(expected, abs=1e-12)
    assert (found.days, found.first_day) == (5031, data.bars("GSPC").first_day)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=4))
def test_it_is_symmetric_one_with_itself_and_between_minus_one_and_one(seeds: list[int]) -> None:
    results = {f"{place} {seed}": _held(seed) for place, seed in enumerate(seeds)}
    matrix = correlation(results).matrix
    for row, line in enumerate(matrix):
        assert line[row] == 1.0
        for column, value in enumerate(line):
            assert value is not None
            assert -1 <= value <= 1
            assert value == matrix[column][row]


def test_only_days_that_all_results_have_count() -> None:
    whole = _held(1)
    gap = replace(whole, days=whole.days[:20] + whole.days[30:], equity=whole.equity[:20] + whole.equity[30:])
    found = correlation({"whole": whole, "gap": gap})
    assert found.days == 50
    assert found.matrix[0][1] == pytest.approx(1.0)


def test_what_does_not_move_has_no_correlation_not_even_with_itself() -> None:
    idle = backtest(plan(rules("any"), rules("any"), stop_loss=0.1), random_bars(2, 60))
    matrix = correlation({"held": _held(1), "idle": idle}).matrix
    assert matrix == ((1.0, None), (None, None))


def test_fewer_than_two_results_or_three_shared_days_are_refused() -> None:
    with pytest.raises(InputError, match="at least two results, not 1"):
        correlation({"one": _held(1)})
    one = _held(1)
    later = replace(one, days=one.days[-2:], equity=one.equity[-2:])
    with pytest.raises(InputError, match="share 2 days; a correlation needs at least three"):
        correlation({"one": one, "later": later})
