"""When, at which price and for how much it buys and sells: examples that can be checked by hand."""

from typing import Any

import pytest

from app.errors import InputError
from app.quant.backtest import BacktestConfig, BacktestResult, backtest
from app.quant.market import Bars
from app.quant.strategy import Rules
from tests.fakes.bars import bars_of, flat_bars, trading_days
from tests.fakes.strategies import num, plan, price, rules, when
from tests.tables import each_line

FREE = BacktestConfig(initial_cash=1000, max_position=1, commission=0, slippage=0)
ALWAYS, NEVER = rules("all"), rules("any")
DAYS = trading_days(20)


def _run(
    bars: Bars, entry: Rules = ALWAYS, leave: Rules = NEVER, config: BacktestConfig = FREE, **risk: Any
) -> BacktestResult:
    return backtest(plan(entry, leave, **({"position_size": 1.0} | risk)), bars, config)


def _reached(level: float) -> Rules:
    return rules("all", when(price(), "above", level))


def test_a_signal_at_the_close_is_filled_at_the_next_open() -> None:
    bars = bars_of((9, 9, 9, 9), (10, 12, 10, 12), (20, 20, 20, 20), (25, 25, 8, 8), (5, 5, 5, 5))
    result = _run(bars, _reached(11), rules("any", when(price(), "below", 9)))
    (trade,) = result.trades
    assert (trade.entry_day, trade.entry_price) == (DAYS[2], 20)
    assert (trade.exit_day, trade.exit_price, trade.exit_reason) == (DAYS[4], 5, "signal")
    assert (trade.shares, trade.profit, trade.profit_fraction, trade.days_held) == (50, -750, -0.75, 2)
    assert result.equity == (1000, 1000, 1000, 400, 250)
    assert result.drawdown == pytest.approx((0, 0, 0, -0.6, -0.75))


def test_a_signal_on_the_last_day_leads_to_nothing() -> None:
    assert _run(bars_of((9, 9, 9, 9), (12, 12, 12, 12)), _reached(11)).trades == ()


def test_slippage_makes_each_price_worse_and_the_commission_is_within_what_is_paid() -> None:
    config = BacktestConfig(initial_cash=1000, max_position=1, commission=0.1, slippage=0.01)
    result = _run(flat_bars(100, 100, 100), leave=ALWAYS, config=config)
    (trade,) = result.trades
    assert trade.entry_price == pytest.approx(101)
    assert trade.shares == pytest.approx(1000 / (101 * 1.1))
    assert trade.exit_price == pytest.approx(99)
    assert trade.profit == pytest.approx(trade.shares * 99 * 0.9 - 1000)
    assert result.equity[-1] == pytest.approx(1000 + trade.profit)


@pytest.mark.parametrize(("size", "most", "used"), [(0.5, 0.2, 0.2), (0.1, 0.2, 0.1)])
def test_the_position_is_the_smaller_of_what_the_strategy_wants_and_the_configuration_allows(
    size: float, most: float, used: float
) -> None:
    config = FREE.model_copy(update={"max_position": most})
    result = _run(flat_bars(10, 10, 20), config=config, position_size=size)
    assert result.position_fraction == used
    assert result.trades[0].shares == pytest.approx(1000 * used / 10)
    assert result.equity[-1] == pytest.approx(1000 + 1000 * used)


def test_what_is_won_is_invested_again() -> None:
    result = _run(flat_bars(10, 10, 20, 25, 50), leave=ALWAYS)
    assert [trade.shares for trade in result.trades] == [100, 80]
    assert result.equity == (1000, 1000, 2000, 2000, 4000)


HELD = (100, 100, 100, 100)


@each_line(
    ("bar", "sold_at", "reason"),
    [
        ((100, 109, 91, 100), None, None),
        ((100, 105, 90, 100), 90, "stop_loss"),
        ((100, 111, 95, 100), 110, "take_profit"),
        ((100, 120, 80, 100), 90, "stop_loss"),
        ((85, 95, 80, 90), 85, "stop_loss"),
        ((115, 120, 112, 118), 115, "take_profit"),
        ((115, 120, 80, 85), 115, "take_profit"),
        ((85, 130, 80, 120), 85, "stop_loss"),
    ],
)
def test_a_limit_is_filled_within_the_day_at_its_price_or_at_the_open_beyond_it_and_the_worse_comes_first(
    bar: tuple[float, float, float, float], sold_at: float | None, reason: str | None
) -> None:
    bars = bars_of(HELD, HELD, bar, HELD)
    trade = _run(bars, _reached(99), stop_loss=0.1, take_profit=0.1, cooldown=250).trades[0]
    assert (trade.entry_day, trade.entry_price) == (DAYS[1], 100)
    assert trade.exit_price == (None if sold_at is None else pytest.approx(sold_at))
    assert trade.exit_reason == reason
    assert trade.exit_day == (None if sold_at is None else DAYS[2])


def test_a_limit_is_found_however_long_it_takes() -> None:
    for days in range(1, 400):
        rows = [HELD] * 401
        rows[days] = (100, 100, 80, 100)
        trade = _run(bars_of(*rows), stop_loss=0.1, cooldown=250).trades[0]
        assert (trade.days_held, trade.exit_reason) == (days - 1, "stop_loss")


def test_a_limit_can_be_reached_on_the_day_of_the_purchase() -> None:
    trade = _run(bars_of(HELD, (100, 100, 80, 95), HELD), stop_loss=0.1).trades[0]
    assert (trade.entry_day, trade.exit_day, trade.days_held) == (DAYS[1], DAYS[1], 0)
    assert trade.exit_price == pytest.approx(90)


def test_a_signal_that_was_given_before_a_limit_is_reached_is_filled_first() -> None:
    bars = bars_of(HELD, HELD, (95, 95, 50, 60), HELD)
    trade = _run(bars, leave=ALWAYS, stop_loss=0.1).trades[0]
    assert (trade.exit_day, trade.exit_price, trade.exit_reason) == (DAYS[2], 95, "signal")


def test_a_limit_that_only_the_slippage_reaches_is_filled_at_the_open() -> None:
    config = FREE.model_copy(update={"slippage": 0.05})
    trade = _run(flat_bars(100, 100, 100), config=config, stop_loss=0.01).trades[0]
    assert trade.exit_day == DAYS[1]
    assert trade.exit_price == pytest.approx(95)


@pytest.mark.parametrize(("cooldown", "bought_on"), [(0, [1, 3, 5, 7]), (1, [1, 4, 7]), (3, [1, 6])])
def test_after_a_sale_as_many_days_pass_without_a_purchase_as_the_cooldown_says(
    cooldown: int, bought_on: list[int]
) -> None:
    result = _run(flat_bars(*[10] * 9), leave=ALWAYS, cooldown=cooldown)
    assert [trade.entry_day for trade in result.trades] == [DAYS[place] for place in bought_on]
    assert next(trade.exit_day for trade in result.trades) == DAYS[2]


def test_while_something_is_held_nothing_is_bought_and_what_is_held_at_the_end_is_an_open_trade() -> None:
    result = _run(flat_bars(10, 10, 11, 12))
    (trade,) = result.trades
    assert (trade.exit_day, trade.exit_price, trade.exit_reason, trade.days_held) == (None, None, None, None)
    assert trade.profit == pytest.approx(200)
    assert trade.profit_fraction == pytest.approx(0.2)
    assert (result.metrics.total_trades, result.metrics.open_trades, result.metrics.win_rate) == (0, 1, None)


def test_a_crossing_is_one_day_and_a_touch_is_none() -> None:
    bars = flat_bars(9, 10, 11, 12, 9, 10, 10, 11)
    crossing = rules("all", when(price(), "crosses_above", 10))
    assert [trade.entry_day for trade in _run(bars, crossing, ALWAYS).trades] == [DAYS[3]]
    downwards = rules("all", when(num(10), "crosses_above", price()))
    assert [trade.entry_day for trade in _run(bars, downwards, ALWAYS).trades] == [DAYS[5]]


def test_the_days_before_the_range_warm_indicators_up_and_nothing_else() -> None:
    crossing = rules("all", when(price(), "crosses_above", 10))
    bars = flat_bars(9, 11, 9, 11, 12, 13).between(start=DAYS[3])
    result = _run(bars, crossing)
    assert (result.first_day, result.days, len(result.equity)) == (DAYS[3], DAYS[3:6], 3)
    assert [trade.entry_day for trade in result.trades] == [DAYS[4]]
    assert result.benchmark_equity == pytest.approx((1000, 1000 * 12 / 11, 1000 * 13 / 11))


def test_a_signal_of_the_day_before_the_range_is_not_acted_upon() -> None:
    crossing = rules("all", when(price(), "crosses_above", 10))
    assert _run(flat_bars(9, 11, 12, 13).between(start=DAYS[2]), crossing).trades == ()


def test_one_day_is_too_short_for_a_backtest() -> None:
    with pytest.raises(InputError, match="at least two days, but the range is 2020-01-06 alone"):
        _run(flat_bars(10))
