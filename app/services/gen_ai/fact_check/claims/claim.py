"""A claim of more, less, better or worse, as it was read from a sentence."""

from dataclasses import dataclass
from enum import StrEnum

from app.services.gen_ai.fact_check.subjects import Owner


class Way(StrEnum):
    MORE = "more"
    LESS = "less"
    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    ALIKE = "alike"
    """Nearly the same."""


class Quantity(StrEnum):
    """Of how many of the strategies the claim is made."""

    ONE = "one"
    ALL = "all"
    NONE = "none"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`others` are compared with; `metric` None: no word names one. `loss`: the more, the worse ("lost more").

    `named`: the strategies that the sentence names before, for "both" and "all". `negated`: the sentence denies it.
    `signed`: losses are written with a minus, so that -11 % is higher than -20 %.
    """

    start: int
    end: int
    text: str
    way: Way
    subjects: frozenset[Owner]
    others: frozenset[Owner]
    metric: str | None
    scope: str
    negated: bool
    quantity: Quantity
    loss: bool = False
    signed: bool = False
    named: frozenset[Owner] = frozenset()
