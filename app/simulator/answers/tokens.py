"""What a sentence on trading is made of, for the rules that read it."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
SideName = Literal["entry", "exit"]
How = Literal["above", "below", "crosses_above", "crosses_below", "crosses", "touches", "oversold", "overbought"]

Place = Literal["around", "before", "any"]
MarkName = Literal["or", "only", "opposite", "break"]


@dataclass(frozen=True)
class Operand:
    """An indicator or a price. `given` lists the parameters that the words state; the rest is assumed later."""

    kind: str
    given: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Number:
    value: float
    days: bool = False


@dataclass(frozen=True)
class Compare:
    """`place` says where the things compared stand: Korean says them before the verb, English around it."""

    how: How
    place: Place


@dataclass(frozen=True)
class Side:
    side: SideName


@dataclass(frozen=True)
class Mark:
    """`break` parts two thoughts, `or` makes conditions alternatives, `only` names a filter for buying, and
    `opposite` turns the rule for buying into the one for selling.
    """

    kind: MarkName


Token = Operand | Number | Compare | Side | Mark
