"""The other side of a trade: what sells where the words only say what buys, and the other way round."""

from app.simulator.answers.conditions import LEVELS
from app.simulator.answers.notes import Notes
from app.simulator.answers.tokens import Json, SideName
from app.simulator.answers.wording import as_words

FILTERS = ("ADX", "ATR")
_INVERSE = {
    "above": "below",
    "below": "above",
    "crosses_above": "crosses_below",
    "crosses_below": "crosses_above",
}
_MIDDLE = 50
DEFAULT_SIGNAL: Json = {
    "left": {"kind": "SMA", "period": 20},
    "comparison": "crosses_above",
    "right": {"kind": "SMA", "period": 50},
}


def both_sides(entry: list[Json], exits: list[Json], notes: Notes) -> tuple[list[Json], list[Json]]:
    """Entry and exit conditions, the missing side made from the other one."""
    signals = [condition for condition in entry if not is_filter(condition)]
    if not signals and exits:
        opened = mirrored(exits[0], "entry")
        notes.add("entry", condition=as_words(opened, notes.language))
        signals, entry = [opened], [opened, *entry]
    elif not signals:
        notes.add("filter_only" if entry else "nothing_read")
        signals, entry = [DEFAULT_SIGNAL], [DEFAULT_SIGNAL, *entry]
    if not exits:
        exits = [mirrored(signals[0], "exit")]
        notes.add("exit", condition=as_words(exits[0], notes.language))
    return entry, exits


def is_filter(condition: Json) -> bool:
    return condition["left"]["kind"] in FILTERS


def mirrored(condition: Json, side: SideName) -> Json:
    """The condition that ends (or opens, for the side "entry") what this one opens (or ends)."""
    kind, band = condition["left"]["kind"], condition["right"].get("band")
    if kind in ("RSI", "STOCH") and "value" in condition["right"]:
        return _other_extreme(condition, side)
    if kind == "ROC" and side == "exit" and condition["right"].get("value", 0) > 0:
        return condition | {"comparison": "below", "right": {"kind": "NUMBER", "value": 0.0}}
    inverse = condition | {"comparison": _INVERSE[condition["comparison"]]}
    wanted = {"exit": ("lower", "upper"), "entry": ("upper", "lower")}[side]
    if band == wanted[0]:
        return inverse | {"right": condition["right"] | {"band": wanted[1]}}
    return inverse


def _other_extreme(condition: Json, side: SideName) -> Json:
    """Reversion buys low and sells high; whoever buys high, or sells low, follows the trend and turns round."""
    kind, level = condition["left"]["kind"], condition["right"]["value"]
    way = "above" if side == "exit" else "below"
    other = LEVELS[kind][way]
    reverts = level < _MIDDLE if side == "exit" else level > _MIDDLE
    if reverts:
        return condition | {"comparison": way, "right": {"kind": "NUMBER", "value": float(other)}}
    return condition | {"comparison": _INVERSE[condition["comparison"]]}
