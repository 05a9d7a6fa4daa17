"""A strategy that has the right shape is told everything that makes no sense in it, with what would."""

from typing import Any

import pytest

from app.quant.operands import AnyOperand
from app.quant.strategy import Condition, Rules, Strategy, StrategyType
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

ALWAYS = rules("all")
NEVER = rules("any")


def test_a_strategy_that_makes_sense_has_no_problem() -> None:
    assert problems(plan()) == []


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


CROSS = when(sma(20), "crosses_above", sma(60))
CROSS_BACK = when(sma(20), "crosses_below", sma(60))


def _crossover(*entry: Condition) -> Strategy:
    return plan(entry, (CROSS_BACK,)).model_copy(update={"type": StrategyType("sma_crossover")})


@pytest.mark.parametrize(
    "entry",
    [
        (CROSS,),
        (when(sma(60), "crosses_below", sma(20)),),
        (when(sma(2), "crosses_above", sma(10)),),
        (when(sma(50), "crosses_above", sma(200)), when(rsi(), "below", 70)),
        (when(sma(60), "crosses_above", sma(240)), CROSS),
    ],
)
def test_a_short_sma_that_crosses_above_a_longer_one_is_a_crossover(entry: tuple[Condition, ...]) -> None:
    assert problems(_crossover(*entry)) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (LOW_RSI, "the entry needs a short SMA that crosses above a longer SMA, or give the type custom"),
        (when(sma(20), "above", sma(60)), "the entry needs a short SMA"),
        (when(ema(20), "crosses_above", ema(60)), "the entry needs a short SMA"),
        (when(sma(90), "crosses_above", sma(20)), "SMA(90) crosses above SMA(20), but the first must be the shorter"),
        (when(sma(51), "crosses_above", sma(60)), "the short SMA of the entry has 51 bars; give it 2 to 50"),
        (when(sma(3), "crosses_above", sma(9)), "the long SMA of the entry has 9 bars; give it 10 to 200"),
        (when(sma(20), "crosses_above", sma(201)), "the long SMA of the entry has 201 bars"),
    ],
)
def test_what_is_no_sma_crossover_is_told_why(entry: Condition, said: str) -> None:
    found = problems(_crossover(entry))
    assert len(found) == 1
    assert found[0].startswith("type sma_crossover: ")
    assert said in found[0]


def _reversion(entry: Condition, leave: Condition | Rules) -> Strategy:
    strategy = plan((entry,), leave if isinstance(leave, Rules) else (leave,), stop_loss=0.1)
    return strategy.model_copy(update={"type": StrategyType("rsi_mean_reversion")})


@pytest.mark.parametrize(
    ("entry", "leave"),
    [
        (LOW_RSI, HIGH_RSI),
        (UP_30, when(rsi(), "crosses_below", 70)),
        (when(num(30), "above", rsi(2)), when(rsi(2), "crosses_above", 50)),
        (when(rsi(50), "below", 50), when(rsi(50), "above", 70)),
        (LOW_RSI, rules("any", when(rsi(), "above", 40), HIGH_RSI)),
    ],
)
def test_an_rsi_that_is_bought_low_and_sold_high_is_mean_reversion(entry: Condition, leave: Condition) -> None:
    assert problems(_reversion(entry, leave)) == []


@pytest.mark.parametrize(
    ("entry", "leave", "said"),
    [
        (when(adx(), "below", 30), HIGH_RSI, ["the entry needs an RSI below, or crossing, an oversold number of 0"]),
        (when(rsi(), "above", 30), HIGH_RSI, ["the entry needs an RSI"]),
        (LOW_RSI, NEVER, ["the exit needs an RSI above, or crossing, an overbought number of 50 to 100"]),
        (when(rsi(51), "below", 30), HIGH_RSI, ["the RSI of the entry has 51 bars; give it 2 to 50"]),
        (when(rsi(), "below", 55), HIGH_RSI, ["the RSI of the entry is compared with 55; give one from 0 to 50"]),
        (LOW_RSI, when(rsi(), "above", 45), ["the RSI of the exit is compared with 45; give one from 50 to 100"]),
        (when(rsi(), "below", 50), when(rsi(), "above", 50), ["the oversold number of the entry (50) must be below"]),
        (
            when(rsi(), "below", 70),
            when(rsi(), "above", 30),
            [
                "the RSI of the entry is compared with 70",
                "the RSI of the exit is compared with 30",
                "the oversold number of the entry (70) must be below the overbought number of the exit (30)",
            ],
        ),
    ],
)
def test_what_is_no_mean_reversion_is_told_why(entry: Condition, leave: Condition, said: list[str]) -> None:
    found = problems(_reversion(entry, leave))
    assert len(found) == len(said)
    for problem, expected in zip(found, said, strict=True):
        assert problem.startswith("type rsi_mean_reversion: ")
        assert expected in problem


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (when(roc(5), "above", 0), None),
        (when(num(3), "below", roc(100)), None),
        (LOW_RSI, "the entry needs a rate of change (ROC) of 5 to 100 bars, or give the type custom"),
        (when(roc(4), "above", 0), "the ROC of the entry has 4 bars; give it 5 to 100"),
        (when(roc(101), "above", 0), "the ROC of the entry has 101 bars"),
    ],
)
def test_momentum_needs_a_rate_of_change_in_range(entry: Condition, said: str | None) -> None:
    found = problems(plan((entry,)).model_copy(update={"type": StrategyType("momentum")}))
    assert found == [] if said is None else (len(found) == 1 and found[0].startswith(f"type momentum: {said}"))


@pytest.mark.parametrize(
    ("entry", "leave", "said"),
    [
        (ALWAYS, NEVER, []),
        (NEVER, NEVER, ["the entry must always hold"]),
        (rules("all", LOW_RSI), NEVER, ["the entry must always hold"]),
        (ALWAYS, ALWAYS, ["the exit must never hold"]),
        (ALWAYS, rules("any", HIGH_RSI), ["the exit must never hold"]),
    ],
)
def test_buy_and_hold_always_enters_and_never_leaves(entry: Rules, leave: Rules, said: list[str]) -> None:
    found = problems(plan(entry, leave).model_copy(update={"type": StrategyType("buy_and_hold")}))
    assert len(found) == len(said)
    for problem, expected in zip(found, said, strict=True):
        assert problem.startswith("type buy_and_hold: ")
        assert expected in problem
