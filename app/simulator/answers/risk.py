"""Stop loss, take profit, position size and cooldown out of the words."""

import re

from app.simulator.answers.lexicon import UNIT
from app.simulator.answers.notes import Notes
from app.simulator.answers.operands import clamped
from app.simulator.answers.schema_check import is_number
from app.simulator.answers.tokens import Json

# The platform's maximum position is 20 % of the capital by default.
DEFAULTS: Json = {"position_size": 0.2, "stop_loss": None, "take_profit": None, "cooldown": 0}
_NAMES = {
    "stop_loss": r"손절(?:매|가|선|률|매매)?|손실(?: ?제한)?|stop[ -]?loss(?:es)?|cut (?:my |the )?loss(?:es)?",
    "take_profit": r"익절(?:매|가|선|률)?|목표 ?수익률?|이익 ?실현|수익(?!률)|take[ -]?profits?|profit target",
    "position_size": r"(?:투자 ?)?비중|포지션(?: ?(?:크기|사이즈|비중))?|자금|자본|포트폴리오"
    r"|position(?: ?sizes?| sizing)?|of (?:the |my )?(?:capital|portfolio|equity|account|cash)"
    r"|invest(?:ing)?|allocat(?:e|ion)",
    "cooldown": r"쿨 ?다운|대기|쉬고|cool[ -]?down|wait",
}
# In percent, except for the cooldown in days; the limits are those of the strategy schema.
_LIMITS = {
    "stop_loss": (0.1, 100.0),
    "take_profit": (0.1, 1000.0),
    "position_size": (0.1, 100.0),
    "cooldown": (0.0, 250.0),
}
_ANY = "|".join(_NAMES.values())
_NAMED = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _NAMES.items())
_NAMED_AFTER = _NAMED.replace("(?P<", "(?P<after_")
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_PERCENT = r" ?(?:%|퍼센트|프로(?![가-힣])|percent)"
_AMOUNT = rf"(?:(?P<percent>{_NUMBER}){_PERCENT}|(?P<days>{_NUMBER}){UNIT}|(?P<plain>{_NUMBER})(?![0-9]))"
_AMOUNT_BEFORE = rf"(?:(?P<before_percent>{_NUMBER}){_PERCENT}|(?P<before_days>{_NUMBER}){UNIT})"
# What may stand between the name and its number: no other number, no other name, no new thought.
_GLUE = rf"(?:(?!{_ANY})[^0-9,;.%<>=\n]){{0,16}}?"
_SAID = re.compile(
    rf"(?:{_NAMED}){_GLUE}{_AMOUNT}|{_AMOUNT_BEFORE}(?P<between>{_GLUE})(?:{_NAMED_AFTER})(?:이?면 ?(?:손절|익절))?"
)
_OWN_AMOUNT = re.compile(rf"{_GLUE}{_AMOUNT}")
_LEVEL = re.compile(r"이상|이하|초과|미만|위|아래")
_LEVEL_BEFORE = re.compile(r"(?:above|below|over|under|than|least|most|[<>=])\s?-?$")
_NONE = {
    name: re.compile(
        rf"(?:{_NAMES[name]})(?:은|는|을|를|이|가)? ?(?:없이|없는|없음|없게|없애|빼|제거|삭제|none)"
        rf"|(?:no|without(?: an?| any)?|remove(?: the)?|drop the|delete the) (?:{_NAMES[name]})"
    )
    for name in ("stop_loss", "take_profit", "cooldown")
}
_ALL_IN = re.compile(r"전액|올인|all[ -]in(?![a-z])|all (?:of )?(?:my |the )?(?:capital|cash|money)")


def read_risk(text: str, notes: Notes) -> tuple[Json, str]:
    """The stated values as fractions (cooldown: days), and the text without them; None: stated as not wanted."""
    said: Json = {}
    for name, pattern in _NONE.items():
        if pattern.search(text):
            said[name] = DEFAULTS[name]
            text = pattern.sub(", ", text)
    if _ALL_IN.search(text):
        said["position_size"] = 1.0
        text = _ALL_IN.sub(", ", text)
    rest, place = "", 0
    while match := _SAID.search(text, place):
        read = None if _is_level(match, text) else _value(match, notes)
        if read is None:
            # The number belongs to a condition, and the name may still have a number behind it.
            rest += text[place : match.start() + 1]
            place = match.start() + 1
            continue
        said |= read
        rest += text[place : match.start()] + ", "
        place = match.end()
    return said, rest + text[place:]


def complete(said: Json, preferences: Json, notes: Notes) -> Json:
    """All values: what the words say, then what the person prefers in general, then the platform's defaults."""
    general = {name: preferences[name] for name in ("stop_loss", "take_profit") if is_number(preferences.get(name))}
    for name in DEFAULTS:
        if name not in said | general:
            notes.add(name)
    return limited(DEFAULTS | general | said, preferences, notes)


def limited(risk: Json, preferences: Json, notes: Notes) -> Json:
    """With the position no larger than the person allows."""
    most = preferences.get("max_position_size")
    if not is_number(most) or not 0 < most < risk["position_size"]:
        return risk
    return risk | {"position_size": clamped("position_size", risk["position_size"], 0, most, notes)}


def named_limits(text: str) -> list[str]:
    """The limits that a normalised text speaks of, whatever it says of them."""
    return [name for name, pattern in _NAMES.items() if re.search(pattern, text)]


def _is_level(match: re.Match[str], text: str) -> bool:
    """Whether the number in front of a name is the level of a condition: "return above 5% stop loss 3%"."""
    if match["between"] is None:
        return False
    after_words = _LEVEL.search(match["between"]) and _OWN_AMOUNT.match(text, match.end())
    return bool(after_words or _LEVEL_BEFORE.search(text[: match.start()]))


def _value(match: re.Match[str], notes: Notes) -> Json | None:
    groups = {
        name.removeprefix("after_").removeprefix("before_"): text for name, text in match.groupdict().items() if text
    }
    name = next(name for name in _NAMES if name in groups)
    if name == "cooldown":
        days = groups.get("days") or groups.get("plain")
        return {name: int(clamped(name, float(days), *_LIMITS[name], notes))} if days else None
    if "days" in groups:
        return None
    # A plain number below 1 is a fraction already: "stop loss 0.05".
    given = float(groups.get("percent") or groups["plain"])
    percent = given * 100 if "plain" in groups and given < 1 else given
    return {name: round(clamped(f"{name} (%)", percent, *_LIMITS[name], notes) / 100, 6)}
