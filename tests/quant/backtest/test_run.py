"""A result as a whole: it adds up, it is the same each time, and it is plain JSON."""

import json
from dataclasses import FrozenInstanceError, asdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.quant.backtest import CONVENTIONS, BacktestConfig, BacktestResult, backtest
from app.quant.market import market_data
from app.quant.ranking import RANKABLE
from app.schemas.gen_ai.common import BacktestMetrics
from tests.fakes.bars import flat_bars, random_bars
from tests.fakes.random_strategies import random_strategy
from tests.fakes.strategies import plan, rules
from tests.fakes.templates import strategy_from_template

SEEDS = st.integers(0, 100_000)
RESULTS = TypeAdapter(BacktestResult)
GSPC = market_data().bars("GSPC")


@given(SEEDS, SEEDS)
def test_the_profits_of_the_trades_add_up_to_what_the_account_has_gained(prices: int, strategy: int) -> None:
    result = backtest(random_strategy(strategy), random_bars(prices, 150))
    gained = result.metrics.final_value - result.config.initial_cash
    assert sum(trade.profit for trade in result.trades) == pytest.approx(gained, abs=1e-6)
    assert result.equity[0] == result.config.initial_cash
    assert result.metrics.final_value == result.equity[-1]


@given(SEEDS, SEEDS)
def test_trades_follow_one_another_and_are_counted(prices: int, strategy: int) -> None:
    rules_ = random_strategy(strategy)
    result = backtest(rules_, random_bars(prices, 150))
    closed = [trade for trade in result.trades if trade.exit_day is not None]
    for earlier, later in zip(result.trades, result.trades[1:], strict=False):
        assert earlier.exit_day is not None
        between = result.days.index(later.entry_day) - result.days.index(earlier.exit_day)
        assert between > rules_.risk.cooldown
    metrics = result.metrics
    assert (metrics.total_trades, metrics.open_trades) == (len(closed), len(result.trades) - len(closed))
    assert metrics.winning_trades == sum(trade.profit > 0 for trade in closed)
    assert metrics.losing_trades == sum(trade.profit < 0 for trade in closed)
    assert metrics.win_rate == (metrics.winning_trades / len(closed) if closed else None)
    assert 0 <= metrics.exposure < 1


@given(SEEDS)
def test_a_result_comes_back_from_its_json_and_comes_out_the_same_each_time(seed: int) -> None:
    result = backtest(random_strategy(seed), random_bars(seed, 80))
    text = RESULTS.dump_json(result)
    assert RESULTS.validate_json(text) == result
    assert RESULTS.dump_json(backtest(random_strategy(seed), random_bars(seed, 80))) == text
    assert b"NaN" not in text
    assert b"Infinity" not in text


def test_without_a_trade_nothing_is_made_up() -> None:
    metrics = backtest(plan(rules("any"), rules("any"), stop_loss=0.1), random_bars(1, 100)).metrics
    assert (metrics.win_rate, metrics.sharpe_ratio, metrics.sortino_ratio, metrics.calmar_ratio) == (None,) * 4
    assert (metrics.total_return, metrics.volatility, metrics.max_drawdown, metrics.exposure) == (0, 0, 0, 0)


def test_a_market_that_stands_still_has_no_beta() -> None:
    metrics = backtest(plan(rules("all"), rules("any"), stop_loss=0.1), flat_bars(*[10] * 50)).metrics
    assert (metrics.alpha, metrics.beta) == (None, None)


def test_two_days_are_enough_for_a_result_but_not_for_a_deviation() -> None:
    result = backtest(plan(rules("all"), rules("any"), stop_loss=0.1), flat_bars(10, 11))
    assert (result.metrics.volatility, result.metrics.sharpe_ratio, result.metrics.beta) == (None, None, None)
    assert result.benchmark.total_return == pytest.approx(0.1)


def test_buying_and_holding_the_whole_is_the_benchmark_but_for_the_first_night_and_the_costs() -> None:
    strategy = strategy_from_template("buy_and_hold", {})
    result = backtest(strategy, GSPC, BacktestConfig(max_position=1, commission=0, slippage=0))
    bought_at = float(GSPC.open[1])
    assert result.metrics.total_return == pytest.approx(float(GSPC.close[-1]) / bought_at - 1)
    assert result.metrics.beta == pytest.approx(1, abs=0.01)
    assert result.metrics.benchmark_return == pytest.approx(2506.85 / 1228.10 - 1)


def test_the_conventions_are_in_the_result_and_nothing_in_it_can_be_changed() -> None:
    result = backtest(strategy_from_template("sma_crossover", {}), GSPC)
    assert (result.conventions.days_per_year, result.conventions.risk_free_rate) == (252, 0.02)
    assert result.conventions is CONVENTIONS
    with pytest.raises(FrozenInstanceError):
        result.symbol = "IXIC"  # type: ignore[misc]


def test_the_dates_of_a_result_are_those_of_the_range() -> None:
    result = backtest(strategy_from_template("sma_crossover", {}), GSPC.between(date(2005, 1, 1), date(2010, 12, 31)))
    assert (result.first_day, result.last_day) == (date(2005, 1, 3), date(2010, 12, 31))
    assert len(result.days) == len(result.equity) == len(result.drawdown) == len(result.benchmark_equity)


def test_the_metrics_fit_into_the_schema_of_the_reports_and_have_all_that_is_ranked_by() -> None:
    metrics = asdict(backtest(strategy_from_template("momentum", {}), GSPC).metrics)
    known = {name: value for name, value in metrics.items() if name in BacktestMetrics.model_fields}
    assert set(known) == set(BacktestMetrics.model_fields)
    assert BacktestMetrics.model_validate(known).given() == known
    assert set(RANKABLE) <= set(metrics)


def test_progress_is_told_in_rising_fractions_up_to_the_whole() -> None:
    told: list[float] = []
    backtest(strategy_from_template("momentum", {}), GSPC, progress=told.append)
    assert len(told) > 100
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] == 1.0


class Cancelled(Exception):  # noqa: N818  it is no fault
    pass


def test_what_the_progress_raises_ends_the_backtest() -> None:
    def cancel(done: float) -> None:
        raise Cancelled(done)

    with pytest.raises(Cancelled):
        backtest(strategy_from_template("momentum", {}), GSPC, progress=cancel)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"initial_cash": 0}, "greater than 0"),
        ({"max_position": 1.5}, "less than or equal to 1"),
        ({"commission": -0.1}, "greater than or equal to 0"),
        ({"slippage": float("nan")}, "finite number"),
        ({"leverage": 2}, "Extra inputs"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BacktestConfig.model_validate(wrong)


def test_the_defaults_are_those_of_the_platform() -> None:
    assert json.loads(BacktestConfig().model_dump_json()) == {
        "initial_cash": 100_000,
        "max_position": 0.2,
        "commission": 0.001,
        "slippage": 0.0005,
    }
