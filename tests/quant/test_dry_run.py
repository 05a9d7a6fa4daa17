"""A dry run counts what holds on which days, and says why a strategy cannot trade."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.quant.backtest import backtest
from app.quant.backtest.positions import IndicatorValues, holds, signals
from app.quant.dry_run import dry_run, dry_run_problems
from app.quant.market import market_data
from app.quant.strategy import StrategyType
from tests.fakes.bars import flat_bars, random_bars
from tests.fakes.random_strategies import random_strategy
from tests.fakes.strategies import HIGH_RSI, LOW_RSI, num, plan, price, roc, rsi, rules, sma, when

GSPC = market_data().bars("GSPC")
RISING = flat_bars(1, 2, 3, 4, 5, 6)


def test_each_condition_is_counted_and_so_are_the_rules() -> None:
    """Closes 1 to 6: the last one is not counted, since nothing could be filled after it."""
    strategy = plan(
        (when(price(), "above", 2), when(price(), "below", 5)), rules("any", when(price(), "above", 4)), cooldown=0
    )
    run = dry_run(strategy, RISING)
    assert run.days == 5
    assert [each.days for each in run.entry.conditions] == [3, 4]
    assert run.entry.days == 2
    assert run.metrics == backtest(strategy, RISING).metrics


def test_the_exit_counts_from_the_first_purchase_on() -> None:
    """Bought at the fourth open, after the close of 3: before that nothing could be sold."""
    strategy = plan((when(price(), "above", 2.5),), (when(price(), "above", 1.5),))
    run = dry_run(strategy, RISING)
    assert backtest(strategy, RISING).trades[0].entry_day == RISING.days[3]
    assert run.exit.days == 2
    never = dry_run(plan((when(price(), "above", 9),), (when(price(), "above", 1.5),)), RISING)
    assert never.exit.days == 4


def test_days_before_the_range_are_not_counted() -> None:
    run = dry_run(plan((when(price(), "above", 0.5),), (when(price(), "above", 4.5),)), RISING.between(RISING.days[3]))
    assert (run.days, run.entry.days) == (2, 2)


def test_what_a_number_is_compared_with_is_told_with_its_range() -> None:
    run = dry_run(plan((when(num(2.5), "above", price()), when(price(), "above", sma(2))), (HIGH_RSI,)), RISING)
    first, second = run.entry.conditions
    assert (first.lowest, first.highest) == (1, 5)
    assert (second.lowest, second.highest) == (None, None)
    unmeasured = run.exit.conditions[0]
    assert (unmeasured.lowest, unmeasured.highest, unmeasured.days) == (None, None, 0)


def test_a_strategy_that_trades_has_no_problem() -> None:
    strategy = plan()
    assert dry_run_problems(strategy, dry_run(strategy, GSPC)) == []


def test_an_entry_that_never_holds_is_told_with_what_would_have_to_change() -> None:
    strategy = plan((LOW_RSI, when(roc(), "above", 400)))
    (problem,) = dry_run_problems(strategy, dry_run(strategy, GSPC))
    assert problem == (
        "entry: on GSPC from 1999-01-04 to 2018-12-31 it holds on none of 5,030 days, so nothing is ever bought; "
        "condition 1, RSI(14) below 30, holds on 99 days (RSI(14) is between 13.64 and 86.69); "
        "condition 2, ROC(20) above 400, holds on 0 days (ROC(20) is between -28.16 and 23.49). "
        "Change condition 2 to something that happens"
    )


def test_conditions_that_hold_on_different_days_are_told_as_that() -> None:
    strategy = plan((LOW_RSI, when(rsi(5), "above", 70)))
    (problem,) = dry_run_problems(strategy, dry_run(strategy, GSPC))
    assert problem.endswith("but never on the same day. Loosen one of them, or combine them with any")


def test_an_exit_that_never_holds_after_a_purchase_is_told_even_beside_a_stop_loss() -> None:
    strategy = plan(leave=(when(rsi(), "above", 99), when(rsi(), "below", 1)), stop_loss=0.05)
    (problem,) = dry_run_problems(strategy, dry_run(strategy, GSPC))
    assert problem.startswith("exit: on GSPC from 1999-01-04 to 2018-12-31 it never holds after something was bought")
    assert problem.endswith("Change conditions 1, 2 to something that happens")


def test_both_sides_are_told_at_once() -> None:
    strategy = plan((when(rsi(), "below", 1),), (when(rsi(), "above", 99),))
    assert len(dry_run_problems(strategy, dry_run(strategy, GSPC))) == 2


def test_an_entry_that_can_hold_for_no_condition_is_told() -> None:
    strategy = plan(rules("any"))
    (problem,) = dry_run_problems(strategy, dry_run(strategy, GSPC))
    assert problem.endswith("so nothing is ever bought; give it a condition")


def test_buying_and_holding_needs_no_exit() -> None:
    strategy = plan((), rules("any"), StrategyType.BUY_AND_HOLD)
    assert dry_run_problems(strategy, dry_run(strategy, GSPC)) == []


def test_one_day_is_too_short() -> None:
    with pytest.raises(InputError, match="at least two days"):
        dry_run(plan(), flat_bars(1))


@given(st.integers(0, 10_000))
def test_nothing_is_ever_bought_exactly_where_the_entry_never_holds(seed: int) -> None:
    """And what a rule needs to hold is never less than what each of its conditions, or any of them, does."""
    strategy, bars = random_strategy(seed), random_bars(seed, 120)
    run = dry_run(strategy, bars)
    result = backtest(strategy, bars)
    assert (run.entry.days == 0) == (result.trades == ())
    assert (run.metrics, run.position_fraction) == (result.metrics, result.position_fraction)
    days = [each.days for each in run.entry.conditions]
    if days and strategy.entry.combine == "all":
        assert run.entry.days <= min(days)
    elif days:
        assert max(days) <= run.entry.days <= sum(days)


@given(st.integers(0, 10_000))
def test_the_days_of_each_condition_are_those_on_which_it_signals(seed: int) -> None:
    strategy, bars = random_strategy(seed), random_bars(seed, 120)
    values = IndicatorValues(bars)
    run = dry_run(strategy, bars)
    assert run.entry.days == int(np.count_nonzero(signals(strategy.entry, values, len(bars))[:-1]))
    for condition, counted in zip(strategy.entry.conditions, run.entry.conditions, strict=True):
        assert counted.days == int(np.count_nonzero(holds(condition, values, len(bars))[:-1]))
