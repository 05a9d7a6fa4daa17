"""What is wrong with one condition, or with two that must hold together."""

from collections.abc import Iterator

from app.quant.comparisons import compared, number_last, scale, series
from app.quant.indicators import Scale
from app.quant.operands import AnyOperand, Macd, Number, Stochastic
from app.quant.strategy import Condition

_PARTS = (("line", "signal"), ("k", "d"))
"""Lines that are read together: each with the one that is made from it."""


def condition_problems(condition: Condition) -> Iterator[str]:
    """What makes a condition impossible to compute, or always or never true; without saying where it stands."""
    for operand in _distinct(condition.left, condition.right):
        yield from _parameter_problems(operand)
    left, right = condition.left, condition.right
    if isinstance(left, Number) and isinstance(right, Number):
        yield f"{condition} compares two numbers, which never change; compare an indicator or a price with a number"
    elif series(left) == series(right):
        yield f"{condition} compares a thing with itself; compare it with another indicator, period or number"
    elif isinstance(right, Number):
        yield from _limit_problems(condition, right.value)
    elif isinstance(left, Number):
        yield from _limit_problems(number_last(condition), left.value)
    else:
        yield from _kinship_problems(condition)


def _distinct(left: AnyOperand, right: AnyOperand) -> tuple[AnyOperand, ...]:
    return (left,) if left == right else (left, right)


def _parameter_problems(operand: AnyOperand) -> Iterator[str]:
    if isinstance(operand, Macd) and operand.fast >= operand.slow:
        yield (
            f"{operand}: the fast period ({operand.fast}) must be shorter than the slow one ({operand.slow}), "
            "for instance 12 and 26"
        )


def _limit_problems(condition: Condition, number: float) -> Iterator[str]:
    """A number that the indicator cannot reach decides nothing; it stands on the right."""
    left, limits = condition.left, scale(condition.left)
    if not _within(number, limits):
        yield f"{condition}: {left} is {limits.name} and is never {number:g}; {_reachable(limits)}"
    elif number == (limits.highest if compared(condition).upwards else limits.lowest):
        yield f"{condition} never happens: {number:g} is the limit of {left}; {_reachable(limits)}"


def _within(number: float, limits: Scale) -> bool:
    return (limits.lowest is None or limits.lowest <= number) and (limits.highest is None or number <= limits.highest)


def _reachable(limits: Scale) -> str:
    if limits.highest is None:
        return f"give a number above {limits.lowest:g}"
    return f"give a number between {limits.lowest:g} and {limits.highest:g}"


def _kinship_problems(condition: Condition) -> Iterator[str]:
    left, right = condition.left, condition.right
    one, other = scale(left), scale(right)
    if one.name != other.name:
        yield f"{condition} compares {one.name} with {other.name}; compare {left} with a number or {one.name} as well"
    elif _strangers(left, right):
        yield f"{condition} mixes the lines of two different indicators; give both lines the same periods"


def _strangers(left: AnyOperand, right: AnyOperand) -> bool:
    """Whether a line is compared with the signal that was made from another line."""
    if isinstance(left, Macd) and isinstance(right, Macd):
        same = (left.fast, left.slow) == (right.fast, right.slow)
    elif isinstance(left, Stochastic) and isinstance(right, Stochastic):
        same = (left.k_period, left.smoothing) == (right.k_period, right.smoothing)
    else:
        return False
    return not same and ((left.line, right.line) in _PARTS or (right.line, left.line) in _PARTS)


def contradict(one: Condition, other: Condition) -> bool:
    """Whether two conditions can never hold at the same bar.

    A crossing says two things: on which side the series is now, and that it was not there a bar ago.
    """
    first, second = compared(one), compared(other)
    if (first.left, first.right) != (second.left, second.right) or first.upwards == second.upwards:
        return False
    up, down = (first, second) if first.upwards else (second, first)
    return (up.crosses and down.crosses) or up.threshold >= down.threshold
