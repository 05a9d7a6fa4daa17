"""Three and more conditions that can never hold together, though each two of them can."""

from itertools import permutations

import pytest

from app.quant.conditions import contradictions
from app.quant.strategy import Condition
from app.quant.validation import problems
from tests.fakes.strategies import adx, ema, plan, price, rsi, rules, sma, stoch, when

FAST_UP = when(sma(10), "above", sma(20))
SLOW_UP = when(sma(20), "above", sma(60))
BACK = when(sma(60), "above", sma(10))


@pytest.mark.parametrize(
    "conditions",
    [
        (FAST_UP, SLOW_UP, BACK),
        (FAST_UP, SLOW_UP, when(sma(10), "crosses_below", sma(60))),
        (when(rsi(7), "above", 70), when(rsi(14), "above", rsi(7)), when(rsi(14), "below", 60)),
        (when(rsi(7), "above", 60), when(rsi(14), "above", rsi(7)), when(rsi(14), "below", 60)),
        (when(price(), "above", ema(5)), when(ema(5), "above", ema(9)), when(ema(9), "above", sma(3)),
         when(sma(3), "above", price())),
    ],
)  # fmt: skip
def test_a_circle_is_found_in_whatever_order_it_is_said(conditions: tuple[Condition, ...]) -> None:
    for shuffled in permutations(conditions):
        (found,) = contradictions(shuffled)
        assert found.numbers == tuple(range(1, len(conditions) + 1))


@pytest.mark.parametrize(
    "conditions",
    [
        (FAST_UP, SLOW_UP, when(sma(10), "above", sma(60))),
        (when(rsi(7), "above", 30), when(rsi(14), "above", rsi(7)), when(rsi(14), "below", 60)),
        (when(rsi(7), "above", 70), when(rsi(14), "below", rsi(7)), when(rsi(14), "below", 60)),
        (when(adx(), "above", 25), when(stoch(), "below", 20)),
        (),
    ],
)
def test_what_can_hold_together_is_no_contradiction(conditions: tuple[Condition, ...]) -> None:
    assert list(contradictions(conditions)) == []


def test_a_circle_is_named_without_the_conditions_that_have_no_part_in_it() -> None:
    entry = (FAST_UP, when(adx(), "above", 25), SLOW_UP, BACK)
    (found,) = problems(plan(entry=entry))
    assert found == (
        "entry, conditions 1, 3 and 4: SMA(10) above SMA(20), SMA(20) above SMA(60) and SMA(60) above SMA(10) can "
        "never hold at the same time; combine them with any, or change one of them"
    )
    assert problems(plan(entry=rules("any", *entry))) == []


def test_a_thing_that_is_compared_with_itself_is_said_once() -> None:
    (found,) = problems(plan(entry=(when(sma(20), "above", sma(20)), FAST_UP)))
    assert "compares a thing with itself" in found
