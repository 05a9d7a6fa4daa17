"""Claims that something rises or falls: "lowers the return from 215 % to 165 %", 16.1%로 떨어진다."""

import re
from collections.abc import Iterator, Sequence

from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf
from app.services.gen_ai.fact_check.claims.reader import ClaimReader
from app.services.gen_ai.fact_check.facts.metrics import METRICS
from app.services.gen_ai.fact_check.result import ClaimFinding, NumberFinding

_VERB_BEFORE = re.compile(
    r"\b(?:(?P<down>lower(?:s|ed)|cuts?|reduc(?:es|ed)|drops?|dropped|falls?|fell|shr[ai]nks?|declin(?:es|ed)"
    r"|decreas(?:es|ed))|(?P<up>rais(?:es|ed)|lifts?|lifted|increas(?:es|ed)|grows?|grew|rises?|rose|climb(?:s|ed)"
    r"|improv(?:es|ed)|multiplied))\b",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"(?:\s(?!and\b|while\b|but\b|whereas\b)[\w%.,-]+){0,7}?\s(?:from|to)\s", re.IGNORECASE)
"""Between the verb and the number: "lowers the total return from"."""
_VERB_AFTER = re.compile(
    r"(?:으로|로|까지)\s(?:[가-힣]+\s)?(?:(?P<down>떨어|내려|줄어|줄었|줄고|감소|하락|낮아)|(?P<up>오르|올라|오른|늘어|늘었|늘고|증가|상승|높아|개선))"
)
_TO = re.compile(r"\sto\s|에서\s")
_PREPOSITIONS = tuple(f" {word}{space}" for word in ("from", "to") for space in " \t\n\u00a0")
_LOOK_BACK = 70


def movements(reader: ClaimReader, numbers: Sequence[NumberFinding], figures: FiguresOf) -> Iterator[ClaimFinding]:
    text = reader.sentence.text
    for place, finding in enumerate(numbers):
        previous = numbers[place - 1] if place else None
        pair = previous if previous and _TO.fullmatch(text[previous.end : finding.start]) else None
        start = pair.start if pair else finding.start
        match = _VERB_AFTER.match(text, finding.end) or _verb_before(reader, start)
        if match is None or finding.value is None:
            continue
        origin = pair.value if pair and pair.value is not None else _base(finding, figures)
        if origin is None or abs(origin) == abs(_size(finding, pair)):
            continue
        rises = abs(_size(finding, pair)) > abs(origin)
        if (finding.value < 0 or origin < 0) and not _is_magnitude(finding):
            rises = _size(finding, pair) > origin
        agrees = rises == (match.lastgroup == "up")
        verb = match.group(match.lastgroup or 0)
        way = "rises" if rises else "falls"
        reason = f"it {way}: {pair.text if pair else 'the backtest'} to {finding.text}"
        yield ClaimFinding(f"{verb} ... {finding.text}", start, finding.end, "comparison", agrees, reason)


def _verb_before(reader: ClaimReader, start: int) -> re.Match[str] | None:
    before = reader.text(start - _LOOK_BACK, start)
    if not before.endswith(_PREPOSITIONS):
        return None
    verb = max(_VERB_BEFORE.finditer(before), key=_end, default=None)
    return verb if verb and _OBJECT.fullmatch(before[verb.end() :]) else None


def _end(match: re.Match[str]) -> int:
    return match.end()


def _is_magnitude(finding: NumberFinding) -> bool:
    return finding.fact is not None and finding.fact.metric in METRICS and METRICS[finding.fact.metric].magnitude


def _size(finding: NumberFinding, pair: NumberFinding | None) -> float:
    """What is compared: the written numbers, or the values of two facts."""
    if pair is None and finding.fact is not None:
        return finding.fact.number
    return finding.value or 0.0


def _base(finding: NumberFinding, figures: FiguresOf) -> float | None:
    """The value of the backtest itself, for a number of a variation of it."""
    fact = finding.fact
    if fact is None or not fact.scope.startswith("sensitivity.") or fact.metric not in METRICS:
        return None
    return figures.signed(0, fact.metric) if len(figures.subjects) == 1 else None
