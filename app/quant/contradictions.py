"""Conditions that each make sense and that can never hold together.

Seen as ways down: `A above B` leads from A down to B, and from a number all lower ones can be reached. A way down that
comes back to where it began is impossible.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from app.quant.comparisons import Comparison, compared
from app.quant.condition_checks import contradict
from app.quant.strategy import Condition


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
