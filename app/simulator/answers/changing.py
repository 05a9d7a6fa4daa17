"""An existing strategy, changed as the words say: risk, periods, levels, conditions."""

import re
from collections.abc import Callable
from typing import Any

from app.simulator.answers.lexicon import AVERAGES, PERIOD
from app.simulator.answers.naming import described
from app.simulator.answers.notes import Notes
from app.simulator.answers.operands import Parameters
from app.simulator.answers.risk import limited
from app.simulator.answers.sides import is_filter
from app.simulator.answers.soundness import MOST, sound
from app.simulator.answers.tokens import Compare, Json, Number, Operand, SideName
from app.simulator.answers.wish import Wish, read_wish

# "단기 20일선을 10일선으로": the second number is the new one.
_SHORT = re.compile(rf"(?:단기|short)[^0-9\n]{{0,24}}?(?P<period>{PERIOD})(?! ?(?:일|day)[^0-9,.]{{0,12}}[0-9])")
_LONG = re.compile(rf"(?:장기|long)[^0-9\n]{{0,24}}?(?P<period>{PERIOD})(?! ?(?:일|day)[^0-9,.]{{0,12}}[0-9])")
_ADDING = re.compile(r"추가|더해|(?<![a-z])(?:add|also)(?![a-z])")
_NOT_PERIODS = ("kind", "line", "band", "field", "value")


def changed(existing: Json, words: str, preferences: Json, notes: Notes) -> Json:
    """The strategy with everything that the words change; a note says so where they change nothing."""
    unheard = Notes(notes.language)
    wish = read_wish(words, unheard, _known(existing))
    sides: dict[SideName, list[Json]] = {
        "entry": list(existing["entry"]["conditions"]),
        "exit": list(existing["exit"]["conditions"]),
    }
    sides = _with_periods(sides, wish, Parameters(wish.tokens, notes, _known(existing)))
    if not _only_averages(wish):
        for found in wish.found:
            if found.said:
                side = found.side or _home(sides, found.condition)
                sides[side] = _merged(sides[side], found.condition, adding=bool(_ADDING.search(wish.text)))
    entry, exit_ = sound(sides["entry"], sides["exit"], notes)
    rules = {
        "entry": existing["entry"] | {"conditions": entry},
        "exit": existing["exit"] | {"conditions": exit_},
        "risk": limited(existing["risk"] | wish.risk, preferences, notes),
    }
    if all(rules[part] == existing[part] for part in rules):
        notes.add("unchanged")
        return existing
    own = described(rules["entry"], rules["exit"], notes.language)
    return {"name": existing["name"], "type": own["type"], "description": own["description"], **rules}


def _operands(existing: Json) -> list[Json]:
    conditions = [*existing["entry"]["conditions"], *existing["exit"]["conditions"]]
    return [condition[end] for condition in conditions for end in ("left", "right")]


def _known(existing: Json) -> dict[str, Json]:
    return {
        operand["kind"]: {name: value for name, value in operand.items() if name not in _NOT_PERIODS}
        for operand in _operands(existing)
    }


def _has_way(wish: Wish) -> bool:
    return any(isinstance(token, Compare) and token.how != "crosses" for token in wish.tokens)


def _only_averages(wish: Wish) -> bool:
    """Whether the words only name averages, as in "use 10 and 30 days", and no new condition."""
    named = [token for token in wish.tokens if isinstance(token, Operand)]
    return not _has_way(wish) and all(token.kind in AVERAGES for token in named)


Sides = dict[SideName, list[Json]]


def _with_periods(sides: Sides, wish: Wish, parameters: Parameters) -> Sides:
    """The conditions with the periods that the words name for indicators that the strategy has."""
    present = sorted({one["period"] for one in _averages(sides)})
    swaps: dict[int, Json] = {}
    if present:
        for pattern, period in ((_SHORT, present[0]), (_LONG, present[-1])):
            if match := pattern.search(wish.text):
                swaps[period] = {"period": int(match["period"])}
    named = [token for token in wish.tokens if isinstance(token, Operand) and token.given]
    if not _has_way(wish):
        averages = [parameters.complete(one) for one in named if one.kind in AVERAGES]
        swaps = swaps or _swaps(present, averages)
        return _mapped(sides, lambda one: _replaced(one, swaps, named, wish, parameters))
    return _mapped(sides, lambda one: one | swaps.get(one["period"], {}) if one["kind"] in AVERAGES else one)


def _averages(sides: Sides) -> list[Json]:
    return [
        condition[end]
        for conditions in sides.values()
        for condition in conditions
        for end in ("left", "right")
        if condition[end]["kind"] in AVERAGES
    ]


def _swaps(present: list[int], named: list[Json]) -> dict[int, Json]:
    """Which period becomes which average: "20 to 10 days", or "10 and 30 days" for the short and the long one."""
    if len(named) > 1 and named[0]["period"] in present and named[1]["period"] not in present:
        return {named[0]["period"]: named[1]}
    if len(named) > 1 and len(present) > 1:
        short, long = sorted(named[:2], key=lambda one: int(one["period"]))
        return {present[0]: short, present[-1]: long}
    return {present[0]: named[0]} if named and len(present) == 1 else {}


def _replaced(operand: Json, swaps: dict[int, Json], named: list[Operand], wish: Wish, parameters: Parameters) -> Json:
    if operand["kind"] in AVERAGES:
        return operand | swaps.get(operand["period"], {})
    levelled = any(isinstance(token, Number) for token in wish.tokens)
    for one in named:
        if one.kind == operand["kind"] and not (levelled and "period" in one.given):
            whole = parameters.complete(one)
            return operand | {name: value for name, value in whole.items() if name not in _NOT_PERIODS}
    return operand


def _mapped(sides: Sides, change: Callable[[Json], Json]) -> Sides:
    return {
        side: [one | {"left": change(one["left"]), "right": change(one["right"])} for one in conditions]
        for side, conditions in sides.items()
    }


def _home(sides: Sides, condition: Json) -> SideName:
    """The side that already has such a condition."""
    return "exit" if any(_alike(one, condition) for one in sides["exit"]) else "entry"


def _alike(one: Json, other: Json) -> bool:
    def mark(condition: Json) -> tuple[Any, ...]:
        way = condition["comparison"].removeprefix("crosses_")
        return condition["left"]["kind"], condition["right"]["kind"], way

    return mark(one) == mark(other)


def _merged(conditions: list[Json], new: Json, *, adding: bool) -> list[Json]:
    """In the place of a like condition; else added, where the words add or it is a filter; else instead of all."""
    if any(_alike(one, new) for one in conditions):
        return [new if _alike(one, new) else one for one in conditions]
    if adding or is_filter(new):
        return [*conditions[: MOST - 1], new]
    return [new, *(one for one in conditions if is_filter(one))]
