"""What a check found."""

from dataclasses import dataclass
from typing import Literal

from app.services.gen_ai.fact_check.facts.fact import Fact

Status = Literal["matched", "no_claim", "unmatched"]
ClaimKind = Literal["comparison", "rank", "gain_or_loss", "topic"]


@dataclass(frozen=True, slots=True)
class NumberFinding:
    """A number of the text. `value` as it is written, without unit (12.3 for "12.3 %"); None for a date.

    `matched`: `fact` is what it states. `no_claim`: it states nothing, `reason` says why.
    `unmatched`: no fact says so, `reason` says what the facts say instead.
    """

    text: str
    start: int
    end: int
    value: float | None
    status: Status
    fact: Fact | None
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """A claim without a number, such as "outperformed the benchmark". `reason` says what the facts say."""

    text: str
    start: int
    end: int
    kind: ClaimKind
    agrees: bool
    reason: str


@dataclass(frozen=True, slots=True)
class FactCheck:
    """All in the order of the text. `violations` are sentences from which a writer can repair the text."""

    numbers: tuple[NumberFinding, ...]
    claims: tuple[ClaimFinding, ...]
    violations: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.violations
