"""A series of daily bars."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Open, high, low, close and volume of each day, the oldest first.

    The first `warm_up` bars came before the range that was asked for. Indicators are computed from them, so that a
    long average has a value on the first day of the range; nothing is bought or measured in them.
    """

    symbol: str
    days: tuple[date, ...]
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    warm_up: int = 0

    def __post_init__(self) -> None:
        for values in (self.open, self.high, self.low, self.close, self.volume):
            if len(values) != len(self.days):
                raise ValueError(f"{self.symbol}: {len(self.days)} days, but a column of {len(values)} values")
            values.flags.writeable = False

    def __len__(self) -> int:
        """All bars, those for the warm-up included."""
        return len(self.days)

    @property
    def first_day(self) -> date:
        """The first day of the range."""
        return self.days[self.warm_up]

    @property
    def last_day(self) -> date:
        return self.days[-1]

    def between(self, start: date | None = None, end: date | None = None) -> "Bars":
        """The bars from `start` to `end`, both included; those before `start` are kept to warm indicators up.

        Raises:
            InputError: there is no bar in that range.
        """
        first = self.warm_up if start is None else max(self.warm_up, bisect_left(self.days, start))
        after = len(self.days) if end is None else bisect_right(self.days, end)
        if first >= after:
            raise InputError(
                f"{self.symbol} has no bars from {start or self.first_day} to {end or self.last_day}; "
                f"it has {self.first_day} to {self.last_day}"
            )
        return replace(
            self,
            days=self.days[:after],
            open=self.open[:after],
            high=self.high[:after],
            low=self.low[:after],
            close=self.close[:after],
            volume=self.volume[:after],
            warm_up=first,
        )
