"""A number that was found in a text."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What the words around the digits say that the number counts; `PLAIN` where they say nothing."""

    PERCENT = "percent"
    POINTS = "percentage points"
    BASIS_POINTS = "basis points"
    MONEY = "USD"
    FOREIGN_MONEY = "money other than USD"
    TIMES = "times"
    COUNT = "count"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    SHARE = "share"
    PLAIN = "plain number"
    RANK = "rank"
    DATE = "date"


class Hedge(StrEnum):
    """How exactly the words around a number mean it: `about 40`, `more than 40`, `just under 40`."""

    EXACT = "exact"
    ABOUT = "about"
    ABOVE = "above"
    BELOW = "below"
    OVER = "over"
    """Certainly more: "more than 40"; `ABOVE` may be a comparison with what is exactly 40."""
    UNDER = "under"


@dataclass(frozen=True, slots=True)
class Number:
    """`value` is the size as written (12.3 for "-12.3 %"), `sign` -1 or 1 where one is written, else 0.

    `step` is the worth of the last written digit: 0.1 for "12.3", 10,000 for "2,093만".
    `noun` says what a count counts ("trades", "wins", ...), "" for nothing known.
    `whole` is b where the number is the a of "a of b", `part` is a where it is the b.
    `in_words`: written in letters, not digits.
    """

    start: int
    end: int
    text: str
    kind: Kind
    value: float
    step: float
    sign: int = 0
    noun: str = ""
    hedge: Hedge = Hedge.EXACT
    whole: float | None = None
    part: float | None = None
    in_words: bool = False


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date, or a part of one: a part that is not written is None. `either_way`: 04/01 may be January or April."""

    start: int
    end: int
    text: str
    year: int | None
    month: int | None
    day: int | None
    either_way: bool = False

    def is_part_of(self, day: date) -> bool:
        written = [(self.year, self.month, self.day)]
        written += [(self.year, self.day, self.month)] if self.either_way else []
        whole = (day.year, day.month, day.day)
        return any(all(part in {None, of} for part, of in zip(one, whole, strict=True)) for one in written)
