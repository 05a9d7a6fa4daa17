"""Round values for the axes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import floor, log10

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_MOST_TIMES = 10
"""Marks on a time axis: more labels would touch on a narrow page, where every second one is left out."""


def round_values(low: float, high: float, intervals: int) -> list[Decimal]:
    """Multiples of a round step, in rising order, that enclose both; as near to so many intervals as can be."""
    if low == high:
        margin = abs(low) / 100 or 1.0
        low, high = low - margin, high + margin
    power = Decimal(10) ** floor(log10((high - low) / intervals))
    step = min(
        (factor * power for factor in _STEPS), key=lambda each: abs(len(_multiples(low, high, each)) - 1 - intervals)
    )
    return _multiples(low, high, step)


def _multiples(low: float, high: float, step: Decimal) -> list[Decimal]:
    first = (Decimal(low) / step).to_integral_value(ROUND_FLOOR)
    last = (Decimal(high) / step).to_integral_value(ROUND_CEILING)
    return [number * step for number in range(int(first), int(last) + 1)]


@dataclass(frozen=True, slots=True)
class TimeTick:
    day: date
    label: str


def time_ticks(first: date, last: date) -> Sequence[TimeTick]:
    """First days of years, else of months, else days, so that there are at most ten."""
    for found in _scales(first, last):
        if len(found) <= _MOST_TIMES:
            return found
    raise ValueError(f"no scale for {first} to {last}")


def _scales(first: date, last: date) -> Iterator[list[TimeTick]]:
    """From the finest, which is tried first, to the coarsest."""
    length = (last - first).days
    for step in (1, 2, 7, 14):
        if length <= step * (_MOST_TIMES + 1):
            days = [first + timedelta(days=offset) for offset in range(0, length + 1, step)]
            yield [TimeTick(day, f"{day:%m-%d}") for day in days]
    for step in (1, 2, 3, 6):
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        starts = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
        yield [TimeTick(day, f"{day:%Y-%m}") for day in starts if first <= day]
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        years = [date(year, 1, 1) for year in range(first.year, last.year + 1) if year % step == 0]
        yield [TimeTick(day, str(day.year)) for day in years if first <= day]
