"""What the fact check found in the prose, as the page lists it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal[
    "fraction",  # 0.12 is 12 %
    "ratio",
    "money",  # in the currency of the prices
    "count",
    "bars",
    "years",
    "date",
    "level",  # a mark on an indicator's scale
    "points",  # a difference between two fractions
    "multiple",  # one value over another of the same kind
    "relative",  # by how much one value is more than another, as a fraction
    "rank",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` is a path such as `benchmark.total_return`; `decimals` count in the printed form (of percent too)."""

    name: str
    value: float | date
    unit: Unit
    decimals: int


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """`text`: the number as the prose prints it. `fact` is None unless it matched one; `reason` says why it did not."""

    text: str
    status: Literal["matched", "no_claim", "unmatched"]
    fact: Fact | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim without a number, such as "outperformed the benchmark"; `reason` says what the facts say."""

    text: str
    agrees: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FactCheckList:
    """In the order of the prose."""

    numbers: tuple[CheckedNumber, ...]
    claims: tuple[CheckedClaim, ...] = ()

    @property
    def matched(self) -> int:
        return sum(number.status == "matched" for number in self.numbers)

    @property
    def wrong(self) -> int:
        """Numbers and claims that no fact bears out."""
        unmatched = sum(number.status == "unmatched" for number in self.numbers)
        return unmatched + sum(not claim.agrees for claim in self.claims)
