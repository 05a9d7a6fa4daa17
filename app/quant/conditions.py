"""Conditions of rules: which can be met at all, which contradict each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from app.quant.indicators import Scale
from app.quant.indicators.definition import PRICE
from app.quant.strategy import AnyOperand, BollingerBand, Condition, Macd, Number, Price, Stochastic

_FLIPPED = {
    "above": "below",
    "below": "above",
    "crosses_above": "crosses_below",
    "crosses_below": "crosses_above",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition with its number, if it has one, on the right; `above` for `below` with the sides swapped.

    `left` and `right` name the series that are compared, None for a number: `threshold` is its value then.
    """

    left: str
    right: str | None
    threshold: float
    upwards: bool
    crosses: bool


def flipped(condition: Condition) -> Condition:
    """The same condition with its sides swapped."""
    return condition.model_copy(
        update={
            "left": condition.right,
            "right": condition.left,
            "comparison": _FLIPPED[condition.comparison],
        }
    )


def number_last(condition: Condition) -> Condition:
    """The same condition, said of the indicator and not of the number."""
    return flipped(condition) if isinstance(condition.left, Number) else condition


def compared(condition: Condition) -> Comparison:
    """The normal form of a condition. Above itself and below itself are the same, namely never."""
    condition = number_last(condition)
    if not isinstance(condition.right, Number) and series(condition.right) < series(condition.left):
        condition = flipped(condition)
    left, right = series(condition.left), condition.right
    return Comparison(
        left=left,
        right=None if isinstance(right, Number) else series(right),
        threshold=right.value if isinstance(right, Number) else 0.0,
        upwards=condition.comparison.endswith("above") or left == series(right),
        crosses=condition.comparison.startswith("crosses"),
    )


def series(operand: AnyOperand) -> str:
    """The name of an operand's values: operands with the same name always have the same values.

    A middle band is the moving average of its period, whatever its deviations; the MACD line does not depend on
    its signal's period, nor %K on the smoothing of %D; smoothing over one bar changes nothing.
    """
    match operand:
        case BollingerBand(band="middle"):
            return f"SMA({operand.period})"
        case Macd(line="line"):
            return f"MACD({operand.fast},{operand.slow})"
        case Stochastic() if operand.line == "k" or operand.d_period == 1:
            return f"STOCH({operand.k_period},{operand.smoothing})"
        case BollingerBand():
            return f"BBANDS({operand.period},{operand.deviations!r}).{operand.band}"
        case Number():
            return repr(operand.value + 0.0)
        case _:
            return str(operand)


def scale(operand: AnyOperand) -> Scale:
    """What the operand measures."""
    match operand:
        case Number():
            return Scale("a number")
        case Price():
            return PRICE
        case _:
            return operand.indicator.scale


# What is wrong with one condition, or with two that must hold together.

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


# Conditions that each make sense and that can never hold together.
#
# Seen as ways down: `A above B` leads from A down to B, and from a number all lower ones can be reached. A way down
# that comes back to where it began is impossible.


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The numbers of the conditions, from 1, and the conditions."""

    numbers: tuple[int, ...]
    conditions: tuple[Condition, ...]


def contradictions(conditions: Sequence[Condition]) -> Iterator[Contradiction]:
    """Each pair that cannot hold together; where there is no such pair, a longer circle if there is one."""
    numbered = list(enumerate(conditions, start=1))
    pairs = [
        Contradiction((number, other_number), (one, other))
        for (number, one), (other_number, other) in combinations(numbered, 2)
        if contradict(one, other)
    ]
    yield from pairs
    if not pairs and (circle := _circle(conditions)):
        yield Contradiction(circle, tuple(conditions[number - 1] for number in circle))


@dataclass(frozen=True, slots=True)
class _Step:
    """From something higher down to something lower; `number` is that of the condition that says so."""

    higher: str | float
    lower: str | float
    number: int


def _circle(conditions: Sequence[Condition]) -> tuple[int, ...]:
    steps = [_step(compared(condition), number) for number, condition in enumerate(conditions, start=1)]
    if any(step.higher == step.lower for step in steps):
        return ()  # a thing is compared with itself: that is said already
    for step in steps:
        if found := _down(step, steps, (step.number,)):
            return tuple(sorted(found))
    return ()


def _step(comparison: Comparison, number: int) -> _Step:
    right = comparison.threshold if comparison.right is None else comparison.right
    higher, lower = (comparison.left, right) if comparison.upwards else (right, comparison.left)
    return _Step(higher, lower, number)


def _down(step: _Step, steps: Sequence[_Step], used: tuple[int, ...]) -> tuple[int, ...]:
    """The conditions on a way down that ends where the first of them began."""
    if _leads_to(step.lower, steps[used[0] - 1].higher):
        return used
    for other in steps:
        further = other.number not in used and _leads_to(step.lower, other.higher)
        if further and (found := _down(other, steps, (*used, other.number))):
            return found
    return ()


def _leads_to(low: str | float, high: str | float) -> bool:
    """Whether a way that has come down to `low` goes on from `high`: they are the same, or a number as low."""
    if isinstance(low, float) and isinstance(high, float):
        return low >= high
    return low == high
