"""The tokens of one side into conditions.

"It", "the opposite" and a bare number lean on the condition read before; what still lacks after that is assumed
and noted.
"""

from itertools import takewhile
from typing import NamedTuple

from app.simulator.answers.lexicon import AVERAGES
from app.simulator.answers.notes import Notes
from app.simulator.answers.operands import Parameters, family, number
from app.simulator.answers.pairing import Pairing, Thing, direction
from app.simulator.answers.segments import Segment
from app.simulator.answers.tokens import Compare, How, Json, Number, Operand, SideName, Token
from app.simulator.answers.wording import as_words

LEVELS: dict[str, dict[str, float]] = {
    "RSI": {"below": 30, "above": 70},
    "STOCH": {"below": 20, "above": 80},
    "ADX": {"below": 25, "above": 25},
    "ROC": {"below": 0, "above": 0},
}
_EXTREMES: dict[str, tuple[SideName, How]] = {"oversold": ("entry", "below"), "overbought": ("exit", "above")}


class Found(NamedTuple):
    """A condition and the side that the words give it. `said`: its level stands in the words."""

    side: SideName | None
    condition: Json
    said: bool = True


class Reader:
    """Reads segments in the order of the text, remembering the last pair that was compared."""

    def __init__(self, parameters: Parameters, notes: Notes) -> None:
        self._parameters = parameters
        self._notes = notes
        self._pairing = Pairing()

    def read(self, segment: Segment) -> list[Found]:
        found: list[Found] = []
        pool: list[Thing] = []
        rest = list(segment.tokens)
        while rest:
            token = rest.pop(0)
            if isinstance(token, Operand | Number):
                pool.append(token)
            elif isinstance(token, Compare):
                after = [one for one in takewhile(_is_thing, rest) if isinstance(one, Operand | Number)]
                used = _taken(token, pool, after)
                del rest[:used]
                found += self._condition(token.how, [*pool, *after[:used]], segment.side)
                pool = []
        if not found:
            found = [one for group in _groups(pool) for one in self._implied(group, segment.side)]
        return found

    def _implied(self, group: list[Thing], side: SideName | None) -> list[Found]:
        """What is meant by things without a comparison: "buy at RSI 30", "RSI 30/70", "a MACD strategy"."""
        levels = [one for one in group if isinstance(one, Number)]
        first = group[0]
        if side is None and isinstance(first, Operand) and first.kind in ("RSI", "STOCH") and len(levels) > 1:
            low, high = sorted(level.value for level in levels[-2:])
            return [
                *self._condition("below", [first, Number(low)], "entry"),
                *self._condition("above", [first, Number(high)], "exit"),
            ]
        found = self._condition("touches", group, side)
        for one in found:
            if one.said:
                self._notes.add("direction", condition=as_words(one.condition, self._notes.language))
        return found

    def _condition(self, how: How, things: list[Thing], side: SideName | None) -> list[Found]:
        if how in _EXTREMES:
            own_side, how = _EXTREMES[how]
            side = side or own_side
            things = self._pairing.extreme(things)
        assumes = self._pairing.assumes_periods(things)
        pair = self._pairing.pair(things, how)
        if pair is None:
            for thing in things:
                if isinstance(thing, Operand) and thing.kind != "PRICE":
                    self._notes.add("unused", kind=thing.kind)
            return []
        left, right, flip = pair
        comparison = direction(how, left, right, side or "entry", flip=flip)
        said = right is not None
        if right is None:
            right = Number(LEVELS[left.kind][comparison.removeprefix("crosses_")])
            self._notes.add("level", kind=left.kind, value=f"{right.value:g}")
        if assumes and isinstance(right, Operand) and {left.kind, right.kind} <= AVERAGES.keys():
            self._notes.add("averages", short=left.given["period"], long=right.given["period"])
        condition = {
            "left": self._parameters.complete(left),
            "comparison": comparison,
            "right": self._right(left, right),
        }
        return [Found(side or self._side_of(left, right, how), condition, said)]

    def _right(self, left: Operand, right: Thing) -> Json:
        if isinstance(right, Number):
            return number(right.value, left.kind, self._notes)
        return self._parameters.complete(right)

    def _side_of(self, left: Operand, right: Thing, how: How) -> SideName | None:
        """A band that nobody put on a side: the upper and the middle one are where the way up ends."""
        bands = [one.given.get("band") for one in (left, right) if isinstance(one, Operand)]
        return "exit" if how == "touches" and {"upper", "middle"} & set(bands) else None


def _is_thing(token: Token) -> bool:
    return isinstance(token, Operand | Number)


def _taken(compare: Compare, pool: list[Thing], after: list[Thing]) -> int:
    """How many of the things behind a comparison belong to it."""
    if compare.place == "before":
        return 0
    if compare.place == "around":
        return min(1, len(after))
    wanted = 2 - len(pool)
    if compare.how in _EXTREMES:
        return sum(1 for one in after[:1] if isinstance(one, Number))
    first = next((one for one in [*pool, *after] if isinstance(one, Operand)), None)
    related = takewhile(lambda one: _related(first, one), after)
    return min(max(0, wanted), len(list(related)))


def _related(first: Operand | None, other: Thing) -> bool:
    if first is None or isinstance(other, Number):
        return first is None or first.kind in AVERAGES or not (isinstance(other, Number) and other.days)
    return family(first.kind) == family(other.kind)


def _groups(pool: list[Thing]) -> list[list[Thing]]:
    """The things that can be compared with each other, and the numbers behind them."""
    groups: list[list[Thing]] = []
    for thing in pool:
        last = next((one for one in reversed(groups[-1]) if isinstance(one, Operand)), None) if groups else None
        if groups and (isinstance(thing, Number) or last is None or family(last.kind) == family(thing.kind)):
            groups[-1].append(thing)
        else:
            groups.append([thing])
    return groups
