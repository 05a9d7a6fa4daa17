"""A sentence into tokens."""

import re
import unicodedata
from collections.abc import Callable

from app.simulator.answers.lexicon import (
    AVERAGES,
    COMPARISONS,
    INDICATORS,
    MARKS,
    NUMBER,
    OSCILLATORS,
    PERIOD,
    SIDES,
    SKIPPED,
    UNIT,
)
from app.simulator.answers.tokens import Compare, Json, Mark, Number, Operand, Side, Token

_INDICATORS = tuple((kind, re.compile(pattern)) for kind, pattern in INDICATORS)
_WORDS: tuple[tuple[Token, re.Pattern[str]], ...] = (
    *((Compare(how, place), re.compile(pattern)) for how, place, pattern in COMPARISONS),
    *((Side(side), re.compile(pattern)) for side, pattern in SIDES.items()),
    *((Mark(kind), re.compile(pattern)) for kind, pattern in MARKS.items()),
)
_NUMBER = re.compile(NUMBER)
_SKIPPED = re.compile(SKIPPED)
_COUNTED = re.compile(rf"{PERIOD}{UNIT}")
_NUMBERED = re.compile(r" ?\(? ?[0-9]")
_PRICES = ("open", "high", "low", "close")
# "30 or below" says one comparison in three words; the "or" in it joins no conditions.
_POSTPONED = (
    (re.compile(r"(?<![0-9.])([0-9.]{1,20})%? or (?:below|less|lower|under)(?![a-z])"), r"at most \1"),
    (re.compile(r"(?<![0-9.])([0-9.]{1,20})%? or (?:above|more|higher|over|greater)(?![a-z])"), r"at least \1"),
    (re.compile(r"(?:less than|below|under|lower than) or equal to"), "at most"),
    (re.compile(r"(?:greater than|above|more than|higher than) or equal to"), "at least"),
    (re.compile(r"(?:is |falls |drops )?at or (below|under)"), "at most"),
    (re.compile(r"(?:is |rises )?at or (above|over)"), "at least"),
)


def normalised(text: str) -> str:
    """Lower case, one kind of width and composition, single spaces; lines stay apart."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[^\S\n]+", " ", text)
    for pattern, plain in _POSTPONED:
        text = pattern.sub(plain, text)
    return text.strip()


def tokens(text: str) -> list[Token]:
    """The tokens of a normalised text in its order; what means nothing here is passed over."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        read, place = _token_at(text, place, found[-1] if found else None)
        for token in read:
            # "falls below" in two words of Korean is still one comparison.
            if not (found and isinstance(token, Compare) and _says_again(token, found[-1])):
                found.append(token)
    return found


def _says_again(token: Compare, before: Token) -> bool:
    return isinstance(before, Compare) and before.how.removeprefix("crosses_") == token.how


def _token_at(text: str, place: int, before: Token | None) -> tuple[list[Token], int]:
    if match := _SKIPPED.match(text, place):
        return [], match.end()
    for kind, pattern in _INDICATORS:
        match = pattern.match(text, place)
        if match and not (kind in AVERAGES and _misread(match, text, before)):
            return _operands(kind, match), match.end()
    if match := _NUMBER.match(text, place):
        return [_number(match)], match.end()
    for token, pattern in _WORDS:
        if match := pattern.match(text, place):
            return [token], match.end()
    return [], place + 1


def _misread(match: re.Match[str], text: str, before: Token | None) -> bool:
    """A number that belongs to its neighbour: "RSI below 30 and 20 EMA", "S&P 500 EMA 20"."""
    if not match[0][0].isdigit():
        return False
    a_level = (isinstance(before, Compare) and before.place == "around") or (
        isinstance(before, Operand) and before.kind in OSCILLATORS
    )
    if match["b"]:
        return a_level
    return not _COUNTED.match(match[0]) and bool(_NUMBERED.match(text, match.end()))


def _number(match: re.Match[str]) -> Number:
    days = match["days"]
    digits = match[0].removesuffix(days or "").replace(",", "")
    return Number(max(-1e9, min(1e9, float(digits))), days=days is not None)


def _operands(kind: str, match: re.Match[str]) -> list[Token]:
    groups = {name.removeprefix("x").rstrip("23"): text for name, text in match.groupdict().items() if text}
    periods = [int(groups[name]) for name in "abc" if name in groups]
    if kind in AVERAGES or kind in OSCILLATORS:
        return [Operand(kind, {"period": period}) for period in periods] or [Operand(kind)]
    if kind in _PRICES:
        return [Operand("PRICE", {"field": kind})]
    return [_WITH_LINES[kind](groups, periods)]


def _macd(groups: dict[str, str], periods: list[int]) -> Operand:
    line = next((name for name in ("histogram", "signal") if name in groups), "line")
    return Operand("MACD", dict(zip(("fast", "slow", "signal"), periods, strict=False)) | {"line": line})


def _bands(groups: dict[str, str], periods: list[int]) -> Operand:
    given: Json = {"period": periods[0]} if periods else {}
    if "dev" in groups:
        given["deviations"] = float(groups["dev"])
    band = next((name for name in ("lower", "upper", "middle") if name in groups), None)
    return Operand("BBANDS", given | ({"band": band} if band else {}))


def _stochastic(groups: dict[str, str], periods: list[int]) -> Operand:
    given = dict(zip(("k_period", "smoothing", "d_period"), periods, strict=False))
    line = next((name for name in "kd" if name in groups), None)
    return Operand("STOCH", given | ({"line": line} if line else {}))


def _signal(_groups: dict[str, str], _periods: list[int]) -> Operand:
    return Operand("SIGNAL", {"line": "signal"})


_WITH_LINES: dict[str, Callable[[dict[str, str], list[int]], Operand]] = {
    "MACD": _macd,
    "SIGNAL": _signal,
    "BBANDS": _bands,
    "BAND": lambda groups, periods: Operand("BAND", _bands(groups, periods).given),
    "STOCH": _stochastic,
    "STOCH_LINE": lambda groups, periods: Operand("STOCH_LINE", _stochastic(groups, periods).given),
}
