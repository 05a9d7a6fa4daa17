"""Rolling years against the whole-curve figures of each year, computed one by one."""

from datetime import date

import numpy as np
import pytest

from app.quant.backtest import backtest, performance
from app.quant.market import market_data
from app.quant.study import regimes
from tests.fakes.bars import random_bars, trading_days
from tests.fakes.templates import strategy_from_template


@pytest.mark.parametrize("window", [2, 20, 252])
def test_each_window_has_the_figures_of_its_part_of_the_curve(window: int) -> None:
    bars = random_bars(5, 400)
    found = regimes(bars.days, bars.close.tolist(), window)
    assert found.last_days == bars.days[window:]
    assert len(found.total_return) == len(found.volatility) == len(found.sharpe_ratio) == 400 - window
    for place in range(0, 400 - window, 7):
        part = performance(bars.close[place : place + window + 1])
        assert found.total_return[place] == pytest.approx(part.total_return, rel=1e-9)
        assert found.volatility[place] == pytest.approx(part.volatility, rel=1e-9)
        assert found.sharpe_ratio[place] == pytest.approx(part.sharpe_ratio, rel=1e-9)


def test_the_best_and_the_worst_year_of_the_sample_are_known_ones() -> None:
    result = backtest(strategy_from_template("buy_and_hold", {}), market_data().bars("GSPC"))
    found = regimes(result.days, result.benchmark_equity)
    assert found.window == 252
    assert found.worst is not None
    assert found.best is not None
    assert (found.worst.last_day, found.best.first_day) == (date(2009, 3, 5), date(2009, 3, 9))
    assert found.worst.total_return == min(found.total_return) == pytest.approx(-0.4852, abs=1e-2)
    assert found.best.total_return == max(found.total_return) == pytest.approx(0.6854, abs=1e-2)
    assert found.best.last_day == result.days[result.days.index(found.best.first_day) + 252]


def test_a_curve_that_is_shorter_than_a_window_has_none() -> None:
    found = regimes(trading_days(252), [100.0] * 252)
    assert (found.last_days, found.total_return, found.best, found.worst) == ((), (), None, None)
    assert len(regimes(trading_days(253), [100.0] * 253).total_return) == 1


def test_a_year_in_which_nothing_moves_has_no_sharpe_ratio() -> None:
    values = np.concatenate([np.full(10, 100.0), [101.0, 99.0]]).tolist()
    found = regimes(trading_days(12), values, 3)
    assert found.sharpe_ratio[0] is None
    assert found.volatility[0] == 0
    assert found.sharpe_ratio[-1] is not None


def test_a_window_of_one_return_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two returns, not 1"):
        regimes(trading_days(3), [1.0, 2.0, 3.0], 1)
