"""The metrics against empyrical-reloaded, which others wrote, to nine digits."""

from collections.abc import Callable
from typing import Any

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.backtest import CONVENTIONS, Performance, performance
from app.quant.backtest.performance import RISK_FREE_A_DAY, STILL, alpha_beta, daily_returns
from app.quant.market import market_data
from app.quant.market.bars import Array

RETURNS = st.lists(st.floats(-0.3, 0.4).map(lambda value: round(value, 4)), min_size=3, max_size=400)
FIGURES: dict[str, Callable[[Array], Any]] = {
    "total_return": empyrical.cum_returns_final,
    "annualised_return": empyrical.annual_return,
    "volatility": empyrical.annual_volatility,
    "sharpe_ratio": lambda returns: empyrical.sharpe_ratio(returns, risk_free=RISK_FREE_A_DAY),
    "sortino_ratio": lambda returns: empyrical.sortino_ratio(returns, required_return=RISK_FREE_A_DAY),
    "calmar_ratio": empyrical.calmar_ratio,
    "max_drawdown": empyrical.max_drawdown,
    "var_95": lambda returns: empyrical.value_at_risk(returns, cutoff=0.05),
    "var_99": lambda returns: empyrical.value_at_risk(returns, cutoff=0.01),
    "cvar_95": lambda returns: empyrical.conditional_value_at_risk(returns, cutoff=0.05),
    "cvar_99": lambda returns: empyrical.conditional_value_at_risk(returns, cutoff=0.01),
}


def _curve(returns: list[float]) -> Array:
    return 1000 * np.cumprod(np.concatenate([[1.0], 1 + np.array(returns)]))


def _assert_as_empyrical(found: Performance, returns: Array) -> None:
    for name, oracle in FIGURES.items():
        value, expected = getattr(found, name), float(oracle(returns))
        if value is None:
            # A ratio whose divisor does not vary: empyrical says nan, infinity, or what rounding leaves.
            degenerate = name == "calmar_ratio" or returns.std(ddof=1) <= STILL or not np.isfinite(expected)
            assert degenerate, name
        else:
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@given(RETURNS)
def test_the_figures_of_any_curve_are_those_of_empyrical(returns: list[float]) -> None:
    curve = _curve(returns)
    _assert_as_empyrical(performance(curve), daily_returns(curve))


@pytest.mark.parametrize("symbol", ["GSPC", "IXIC"])
def test_the_figures_of_twenty_real_years_are_those_of_empyrical(symbol: str) -> None:
    closes = market_data().bars(symbol).close
    found = performance(closes)
    assert None not in [getattr(found, name) for name in FIGURES]
    _assert_as_empyrical(found, daily_returns(closes))


def _assert_alpha_and_beta(returns: Array, benchmark: Array) -> None:
    alpha, beta = alpha_beta(returns, benchmark)
    expected_alpha, expected_beta = empyrical.alpha_beta(returns, benchmark, risk_free=RISK_FREE_A_DAY)
    assert beta == pytest.approx(expected_beta, rel=1e-9, abs=1e-9)
    assert alpha == pytest.approx(expected_alpha, rel=1e-9, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(3, 400), st.floats(-2, 2))
def test_alpha_and_beta_are_those_of_empyrical(seed: int, count: int, slope: float) -> None:
    random = np.random.default_rng(seed)
    benchmark = random.normal(0.0003, 0.01, count)
    _assert_alpha_and_beta(slope * benchmark + random.normal(0.0001, 0.005, count), benchmark)


def test_alpha_and_beta_of_one_real_index_against_the_other_are_those_of_empyrical() -> None:
    data = market_data()
    _assert_alpha_and_beta(daily_returns(data.bars("IXIC").close), daily_returns(data.bars("GSPC").close))


def test_the_conventions_are_a_year_of_252_days_and_a_risk_free_rate_of_two_percent() -> None:
    assert (CONVENTIONS.days_per_year, CONVENTIONS.risk_free_rate) == (252, 0.02)
    assert pytest.approx(0.02 / 252) == RISK_FREE_A_DAY


def test_a_drawdown_is_a_negative_fraction() -> None:
    assert performance(np.array([100.0, 120.0, 90.0, 110.0])).max_drawdown == -0.25


def test_what_is_not_defined_is_none_and_not_nought() -> None:
    still = performance(np.full(10, 100.0))
    assert (still.sharpe_ratio, still.sortino_ratio, still.calmar_ratio) == (None, None, None)
    assert (still.total_return, still.volatility, still.max_drawdown) == (0, 0, 0)
    growing = performance(np.float64(100) * 1.001 ** np.arange(10, dtype=np.float64))
    assert (growing.sharpe_ratio, growing.sortino_ratio, growing.calmar_ratio) == (None, None, None)
    never_below = performance(np.array([100.0, 101.0, 103.0, 104.0]))
    assert never_below.sharpe_ratio is not None
    assert (never_below.sortino_ratio, never_below.calmar_ratio) == (None, None)


def test_one_return_has_no_deviation_and_one_value_has_no_return() -> None:
    two = performance(np.array([100.0, 110.0]))
    assert (two.volatility, two.sharpe_ratio) == (None, None)
    assert two.var_95 == pytest.approx(0.1)
    one = performance(np.array([100.0]))
    assert (one.total_return, one.annualised_return, one.var_99, one.cvar_95) == (0, None, None, None)


def test_a_growth_that_no_float_can_hold_over_a_year_is_none() -> None:
    assert performance(np.array([1.0, 1e6])).annualised_return is None


def test_an_alpha_that_would_lose_more_than_everything_each_day_is_none() -> None:
    benchmark = np.array([0.5, 0.52, 0.48])
    alpha, beta = alpha_beta(np.array([-0.9, 0.2, -2.0 + 0.01]), benchmark)
    assert beta is not None
    assert beta > 1
    assert alpha is None
