"""A grid to try where nobody gave one."""

from collections.abc import Collection, Sequence

import numpy as np

from app.quant.strategy import Strategy
from app.quant.study.parameters import tunables
from app.quant.study.tunable import Tunable

MOST_TRIALS = 125
_AXES = 3
_MOST_VALUES = 7


def natural_grid(strategy: Strategy, only: Collection[str] = ()) -> dict[str, tuple[float, ...]]:
    """Up to three numbers of the rules, each with its present value and some around it; empty without any.

    Position size, limits and cooldown are left out: they are a matter of what a person can bear. `only`: just the
    numbers with these ids, whichever they are.
    """
    near = [each for each in tunables(strategy) if each.neighbours]
    if only:
        varied = [each for each in near if each.id in only]
    else:
        varied = [each for each in near if not each.id.startswith("risk.")][:_AXES]
    return {each.id: _spread(each, _values_each(len(varied))) for each in varied}


def _values_each(axes: int) -> int:
    """As many values for each number as keep the combinations few."""
    return max(count for count in range(1, _MOST_VALUES + 1) if count**axes <= MOST_TRIALS)


def _spread(tunable: Tunable, count: int) -> tuple[float, ...]:
    """So many of the neighbours, evenly spread, and the present value among them."""
    tried = sorted((*tunable.neighbours, tunable.value))
    chosen = {tried[round(place)] for place in np.linspace(0, len(tried) - 1, min(count, len(tried)))}
    if tunable.value not in chosen:
        chosen.remove(_nearest(sorted(chosen), tunable.value))
        chosen.add(tunable.value)
    return tuple(sorted(chosen))


def _nearest(values: Sequence[float], to: float) -> float:
    return min(values, key=lambda value: abs(value - to))
