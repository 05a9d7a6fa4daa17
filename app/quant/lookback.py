"""Are there enough bars for a strategy to act at all?"""

from collections.abc import Iterator

from app.quant.operands import AnyOperand, IndicatorOperand
from app.quant.strategy import Condition, Strategy


def warm_up(operand: AnyOperand) -> int:
    """How many bars pass before the operand has its first value."""
    return int(operand.indicator.warm_up(operand.chosen)) if isinstance(operand, IndicatorOperand) else 0


def bars_needed(condition: Condition) -> int:
    """The fewest bars with which a condition can lead to an order that is filled.

    A crossing looks at two bars; an order is filled on the bar after.
    """
    first = max(warm_up(condition.left), warm_up(condition.right))
    return first + (3 if condition.comparison.startswith("crosses") else 2)


def lookback_problems(strategy: Strategy, bars: int) -> Iterator[str]:
    """The conditions that can never hold in a series of so many bars, because it ends too early."""
    for where, rules in (("entry", strategy.entry), ("exit", strategy.exit)):
        for number, condition in enumerate(rules.conditions, start=1):
            if (needed := bars_needed(condition)) > bars:
                yield (
                    f"{where}, condition {number}: {condition} needs {needed} bars before anything can come of it, "
                    f"but there are {bars}; shorten its periods or take more data"
                )
