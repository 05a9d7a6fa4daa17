"""At which closes rules hold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.quant.backtest.indicator_values import IndicatorValues
from app.quant.strategy import Condition, Rules

Signals = NDArray[np.bool_]


def signals(rules: Rules, values: IndicatorValues, bars: int) -> Signals:
    """True at each bar at whose close the rules hold.

    A condition with an operand that has no value yet does not hold; without conditions `all` holds and `any` does not.
    """
    return together(rules, [holds(condition, values, bars) for condition in rules.conditions], bars)


def together(rules: Rules, held: Sequence[Signals], bars: int) -> Signals:
    """Where the rules hold, from where each of their conditions does."""
    if rules.combine == "all":
        return np.logical_and.reduce(held) if held else np.ones(bars, dtype=np.bool_)
    return np.logical_or.reduce(held) if held else np.zeros(bars, dtype=np.bool_)


def holds(condition: Condition, values: IndicatorValues, bars: int) -> Signals:
    """True at each bar at whose close the condition holds."""
    left, right = values.of(condition.left), values.of(condition.right)
    match condition.comparison:
        case "above":
            return _each(np.greater(left, right), bars)
        case "below":
            return _each(np.less(left, right), bars)
        case "crosses_above":
            return _turned(_each(np.greater(left, right), bars), _each(np.less_equal(left, right), bars))
        case "crosses_below":
            return _turned(_each(np.less(left, right), bars), _each(np.greater_equal(left, right), bars))


def _turned(now: Signals, before: Signals) -> Signals:
    """Where `now` holds and `before` held one bar earlier; never on the first bar."""
    turned = np.zeros(len(now), dtype=np.bool_)
    np.logical_and(now[1:], before[:-1], out=turned[1:])
    return turned


def _each(held: Signals | np.bool_, bars: int) -> Signals:
    """One value a bar, also of a comparison of two numbers."""
    return np.broadcast_to(held, (bars,))
