"""A strategy that has the right shape is told everything that makes no sense in it, with what would."""

from typing import Any

import pytest

from app.quant.strategy import AnyOperand, Condition, Strategy
from app.quant.validation import problems
from tests.fakes.strategies import (
    HIGH_RSI,
    LOW_RSI,
    adx,
    atr,
    band,
    dema,
    ema,
    macd,
    num,
    plan,
    price,
    roc,
    rsi,
    rules,
    sma,
    stoch,
    when,
)
from tests.tables import each_line

ALWAYS = rules("all")
NEVER = rules("any")


def test_a_strategy_that_makes_sense_has_no_problem() -> None:
    assert problems(plan()) == []


@each_line(
    ("condition", "said"),
    [
        (when(macd(26, 12), "above", 0), "the fast period (26) must be shorter than the slow one (12)"),
        (when(macd(12, 12), "crosses_above", macd(12, 12, line="signal")), "the fast period (12) must be shorter"),
        (when(num(1), "below", 2), "1 below 2 compares two numbers"),
        (when(sma(20), "crosses_above", sma(20)), "compares a thing with itself"),
        (when(rsi(), "above", rsi()), "compares a thing with itself"),
        (when(sma(20), "above", band("middle", 20, 2.5)), "compares a thing with itself"),
        (when(macd(signal=9), "above", macd(signal=5)), "compares a thing with itself"),
        (when(stoch("k", d=3), "above", stoch("k", d=5)), "compares a thing with itself"),
        (when(stoch("k", d=1), "above", stoch("d", d=1)), "compares a thing with itself"),
        (when(rsi(), "above", 170), "RSI(14) is an index from 0 to 100 and is never 170; give a number between 0"),
        (when(adx(), "crosses_above", -5), "give a number between 0 and 100"),
        (when(stoch(), "below", 100.5), "give a number between 0 and 100"),
        (when(num(130), "below", rsi()), "RSI(14) above 130"),
        (when(rsi(), "below", 0), "never happens: 0 is the limit of RSI(14)"),
        (when(rsi(), "crosses_above", 100), "never happens: 100 is the limit of RSI(14)"),
        (when(price(), "below", -3), "close is a price and is never -3; give a number above 0"),
        (when(atr(), "below", 0), "never happens: 0 is the limit of ATR(14); give a number above 0"),
        (when(roc(), "below", -120), "ROC(20) is a change in percent and is never -120; give a number above -100"),
        (when(rsi(), "above", sma(50)), "compares an index from 0 to 100 with a price"),
        (when(roc(), "above", rsi()), "compares a change in percent with an index from 0 to 100"),
        (when(atr(), "above", price()), "compares a distance between prices with a price"),
        (when(macd(5, 35), "crosses_above", macd(line="signal")), "mixes the lines of two different indicators"),
        (when(stoch("d", k=5), "crosses_below", stoch("k")), "mixes the lines of two different indicators"),
    ],
)
def test_a_condition_that_cannot_decide_anything_is_named_with_its_place(condition: Condition, said: str) -> None:
    found = problems(plan(entry=(LOW_RSI, condition)))
    assert any(problem.startswith("entry, condition 2: ") and said in problem for problem in found), found
    found = problems(plan(leave=(condition,)))
    assert any(problem.startswith("exit, condition 1: ") and said in problem for problem in found), found


@each_line(
    ("left", "right"),
    [
        (sma(20), ema(20)),
        (sma(20), sma(60)),
        (price(), band("lower")),
        (price(), dema(20)),
        (macd(), macd(line="signal")),
        (macd(line="histogram"), num(0)),
        (macd(5, 35), macd()),
        (stoch("k"), stoch("d")),
        (stoch("k"), stoch("k", k=50)),
        (rsi(7), rsi(21)),
        (rsi(), num(50)),
        (roc(), num(-100)),
        (num(80), stoch()),
        (atr(), macd()),
        (band("lower"), num(-1)),
    ],
)
def test_a_comparison_of_like_with_like_is_fine(left: AnyOperand, right: AnyOperand) -> None:
    assert problems(plan(entry=(when(left, "crosses_above", right),))) == []


UP_30 = when(rsi(), "crosses_above", 30)


@each_line(
    ("one", "other"),
    [
        (HIGH_RSI, LOW_RSI),
        (HIGH_RSI, when(rsi(), "below", 70)),
        (when(num(70), "below", rsi()), LOW_RSI),
        (UP_30, LOW_RSI),
        (when(rsi(), "crosses_below", 70), HIGH_RSI),
        (UP_30, when(rsi(), "crosses_below", 70)),
        (UP_30, when(rsi(), "crosses_below", 20)),
        (when(sma(20), "above", sma(60)), when(sma(20), "below", sma(60))),
        (when(sma(20), "above", sma(60)), when(sma(60), "above", sma(20))),
        (when(price(), "crosses_above", sma(20)), when(band("middle"), "above", price())),
    ],
)
def test_two_conditions_that_never_hold_together_contradict_each_other_within_all(
    one: Condition, other: Condition
) -> None:
    between = when(price(), "above", sma(200))
    found = problems(plan(entry=(one, between, other), leave=(when(adx(), "below", 20),)))
    assert [problem for problem in found if problem.startswith("entry, conditions 1 and 3: ")], found
    assert len(found) == 1
    assert problems(plan(entry=rules("any", one, other), leave=(when(adx(), "below", 20),))) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (when(rsi(), "above", 30), when(rsi(), "below", 70)),
        (UP_30, when(rsi(), "below", 70)),
        (UP_30, when(rsi(), "above", 40)),
        (HIGH_RSI, when(rsi(7), "below", 30)),
        (when(price(), "above", sma(20)), when(price(), "below", sma(60))),
    ],
)
def test_two_conditions_that_can_hold_together_do_not_contradict(one: Condition, other: Condition) -> None:
    assert problems(plan(entry=(one, other), leave=(when(adx(), "below", 20),))) == []


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (plan(entry=ALWAYS), "entry: there is no condition"),
        (plan(entry=NEVER), "entry: there is no condition"),
        (plan(leave=ALWAYS), "exit: all of no conditions always holds"),
        (plan(leave=NEVER), "exit: it never sells"),
        (plan(leave=(LOW_RSI,)), "entry and exit are the same rules"),
        (plan(leave=(when(num(30), "above", rsi()),)), "entry and exit are the same rules"),
    ],
)
def test_rules_that_leave_no_way_in_or_out_are_refused(strategy: Strategy, said: str) -> None:
    found = problems(strategy)
    assert [problem for problem in found if problem.startswith(said)], found
    assert len(found) == 1


@pytest.mark.parametrize("limit", [{"stop_loss": 0.05}, {"take_profit": 0.1}])
def test_a_stop_loss_or_a_take_profit_is_a_way_out(limit: dict[str, Any]) -> None:
    assert problems(plan(leave=NEVER, **limit)) == []


def test_the_same_conditions_combined_differently_are_different_rules() -> None:
    both = (LOW_RSI, when(price(), "above", sma(200)))
    assert problems(plan(entry=rules("all", *both), leave=rules("any", *both))) == []
    assert len(problems(plan(entry=rules("all", *both), leave=rules("all", *reversed(both))))) == 1


def test_everything_is_said_at_once() -> None:
    found = problems(plan(entry=(when(macd(26, 12), "above", rsi()), when(num(1), "above", 0)), leave=NEVER))
    assert len(found) == 4
