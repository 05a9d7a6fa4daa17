"""A number of a strategy that can be varied, and what is worth trying instead of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.quant.indicators import Scale

_FACTORS = (0.5, 0.75, 0.9, 1.1, 1.25, 1.5)
_INDEX_STEPS = (-10, -5, 5, 10)
_PERCENT_STEPS = (-5, -2, -1, 1, 2, 5)
_WHOLE_STEPS = (-1, 1, 2)


@dataclass(frozen=True, slots=True)
class Tunable:
    """`id`: SMA(20).period, entry.1.number (of the first condition of the entry), risk.stop_loss.

    `neighbours`: values to try around the present one, in rising order; none where nothing says what a small step is,
    as for a MACD that is compared with 0.
    """

    id: str
    value: float
    lowest: float
    highest: float
    whole: bool
    said_en: str
    said_ko: str
    neighbours: tuple[float, ...]

    def allows(self, value: float) -> bool:
        within = self.lowest <= value <= self.highest and (not self.whole or value == int(value))
        return within or value == self.value


def around(value: float, lowest: float, highest: float, *, whole: bool = False) -> tuple[float, ...]:
    """Half of it to one and a half times as much; of a whole number, also the next ones."""
    tried = [value * factor for factor in _FACTORS]
    if whole:
        tried = [*map(round, tried), *(int(value) + step for step in _WHOLE_STEPS)]
    return _within(tried, value, lowest, highest)


def around_number(value: float, scale: Scale, lowest: float, highest: float) -> tuple[float, ...]:
    """Around a number that something of this scale is compared with."""
    if scale.highest is not None:
        steps: Iterable[float] = _INDEX_STEPS
    elif value == 0 and scale.lowest is not None:
        steps = _PERCENT_STEPS
    else:
        return around(value, lowest, highest)
    inside = [value + step for step in steps if lowest < value + step < highest]
    return _within(inside, value, lowest, highest)


def _within(tried: Iterable[float], value: float, lowest: float, highest: float) -> tuple[float, ...]:
    rounded = {each if isinstance(each, int) else float(f"{each:.6g}") + 0.0 for each in tried}
    return tuple(sorted(each for each in rounded if lowest <= each <= highest and each != value))
