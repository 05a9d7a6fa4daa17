"""Rules that make sense: the short average is the shorter one, oversold lies below overbought."""

from app.simulator.answers.lexicon import AVERAGES
from app.simulator.answers.notes import Notes
from app.simulator.answers.operands import in_order
from app.simulator.answers.tokens import Json, SideName

MOST = 8
_INVERSE = {"crosses_above": "crosses_below", "crosses_below": "crosses_above"}
_WAY = {"entry": "crosses_above", "exit": "crosses_below"}


def sound(entry: list[Json], exits: list[Json], notes: Notes) -> tuple[list[Json], list[Json]]:
    entry, exits = _levels([_ordered(one, "entry", notes) for one in entry], exits, notes)
    return _few(entry, notes), _few([_ordered(one, "exit", notes) for one in exits], notes)


def _ordered(condition: Json, side: SideName, notes: Notes) -> Json:
    """A crossing of averages with the short one in front.

    "The long one crosses below the short one" says the same the other way round. Only what would buy when the
    short average falls through the long one is read as two exchanged names.
    """
    left, right, comparison = condition["left"], condition["right"], condition["comparison"]
    if comparison not in _INVERSE or left["kind"] not in AVERAGES or left["kind"] != right["kind"]:
        return condition
    if left["period"] == right["period"]:
        short, long = in_order(left["period"])
        notes.add("swapped", short=short)
        return condition | {"left": left | {"period": short}, "right": right | {"period": long}}
    if left["period"] < right["period"]:
        return condition
    if comparison == _WAY[side]:
        notes.add("swapped", short=right["period"])
        return condition | {"left": right, "right": left}
    return {"left": right, "comparison": _INVERSE[comparison], "right": left}


def _levels(entry: list[Json], exits: list[Json], notes: Notes) -> tuple[list[Json], list[Json]]:
    """With every oversold level of an oscillator below its overbought level."""
    for kind in ("RSI", "STOCH"):
        low, high = _level(entry, kind, "below"), _level(exits, kind, "above")
        if low is None or high is None or low < high:
            continue
        new_low, new_high = (high, low) if low > high else (min(low, 30.0), max(high, 70.0))
        notes.add("levels", low=f"{new_low:g}", high=f"{new_high:g}")
        entry, exits = _at(entry, kind, "below", new_low), _at(exits, kind, "above", new_high)
    return entry, exits


def _matches(condition: Json, kind: str, way: str) -> bool:
    return bool(
        condition["left"]["kind"] == kind
        and condition["right"]["kind"] == "NUMBER"
        and condition["comparison"].removeprefix("crosses_") == way
    )


def _level(conditions: list[Json], kind: str, way: str) -> float | None:
    return next((float(one["right"]["value"]) for one in conditions if _matches(one, kind, way)), None)


def _at(conditions: list[Json], kind: str, way: str, level: float) -> list[Json]:
    return [
        one | {"right": {"kind": "NUMBER", "value": level}} if _matches(one, kind, way) else one for one in conditions
    ]


def _few(conditions: list[Json], notes: Notes) -> list[Json]:
    different = [one for place, one in enumerate(conditions) if one not in conditions[:place]]
    if len(different) > MOST:
        notes.add("too_many", most=MOST)
    return different[:MOST]
