"""Strategies at random, from a seed: every indicator, comparison and limit, and rules that trade often enough."""

from random import Random
from typing import Literal

from app.quant.indicators import PriceField
from app.quant.strategy import AnyOperand, Condition, Number, Relation, Rules, Strategy
from tests.fakes.strategies import (
    adx,
    atr,
    average,
    band,
    macd,
    num,
    plan,
    price,
    roc,
    rsi,
    rules,
    stoch,
    when,
)

_COMPARISONS: tuple[Relation, ...] = ("above", "below", "crosses_above", "crosses_below")
_FIELDS: tuple[PriceField, ...] = ("open", "high", "low", "close")
_LINES: tuple[Literal["line", "histogram"], ...] = ("line", "histogram")


def random_strategy(seed: int) -> Strategy:
    random = Random(seed)  # noqa: S311  nothing secret
    return plan(
        random_rules(random, most=2),
        random_rules(random, most=2),
        position_size=random.choice([0.1, 0.5, 1.0]),
        stop_loss=random.choice([None, None, 0.0001, 0.02, 0.05, 1.0]),
        take_profit=random.choice([None, None, 0.0001, 0.02, 0.08, 10]),
        cooldown=random.choice([0, 0, 1, 3, 10]),
    )


def random_rules(random: Random, *, most: int) -> Rules:
    combine = random.choice(["all", "any"])
    conditions = [_condition(random) for _ in range(random.randint(0, most))]
    return rules("all" if combine == "all" else "any", *conditions)


def _condition(random: Random) -> Condition:
    left, right = random.choice([_prices, _indices, _changes, _distances])(random)
    if random.random() < 0.2:
        left, right = right, left
    return when(left, random.choice(_COMPARISONS), right)


def _period(random: Random) -> int:
    return random.choice([2, 3, 5, 10, 20])


def _prices(random: Random) -> tuple[AnyOperand, AnyOperand]:
    def one() -> AnyOperand:
        makers = (
            lambda: average(random.choice(("SMA", "EMA", "WMA", "DEMA", "TEMA")), _period(random)),
            lambda: band(random.choice(("upper", "middle", "lower")), _period(random), random.choice([0.5, 1, 2])),
            lambda: price(random.choice(_FIELDS)),
        )
        return random.choice(makers)()

    return one(), one() if random.random() < 0.9 else num(random.uniform(80, 120))


def _indices(random: Random) -> tuple[AnyOperand, AnyOperand]:
    indices: list[AnyOperand] = [
        rsi(_period(random)),
        adx(_period(random)),
        stoch(random.choice(("k", "d")), _period(random), random.choice([1, 3]), random.choice([1, 3])),
    ]
    return random.choice(indices), _number(random, 20, 80)


def _changes(random: Random) -> tuple[AnyOperand, AnyOperand]:
    return roc(_period(random)), _number(random, -4, 4)


def _distances(random: Random) -> tuple[AnyOperand, AnyOperand]:
    fast = random.choice([2, 3, 6])
    line = macd(fast, fast + random.choice([1, 5, 12]), random.choice([2, 5]), random.choice(_LINES))
    others: list[AnyOperand] = [line.model_copy(update={"line": "signal"}), num(0), atr(_period(random))]
    return line, random.choice(others)


def _number(random: Random, lowest: float, highest: float) -> Number:
    return num(round(random.uniform(lowest, highest), 1))
