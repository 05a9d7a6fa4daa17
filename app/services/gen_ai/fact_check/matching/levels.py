"""The levels of a value at risk: "95 %", "the worst 1 % of days", "nineteen days out of twenty"."""

import re
from collections.abc import Sequence

from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.lexicon.meanings import Meant
from app.services.gen_ai.fact_check.lexicon.senses import Sense
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.lists import row_of
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.text import Sentence

_LEVELS = (95, 99)
_TAIL = frozenset({Sense.VAR, Sense.CVAR})
_BEFORE = re.compile(
    r"(?:VaR|shortfall|value[- ]at[- ]risk|confidence|level|worst|신뢰\s?수준|최악의|하위)\s?"
    r"(?:\(|at\s(?:the\s)?|of\s|@)?\s?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s?(?:-?(?:level|confidence|CVaR|VaR|one-day|daily|value[- ]at[- ]risk|expected shortfall)|of (?:all |the )?days"
    r"|신뢰|수준|기준|VaR|CVaR|에\s해당하는\s날|의\s날|일간)",
    re.IGNORECASE,
)
_LOSSES = frozenset({Sense.LOSS, Sense.LOSE, Sense.DECLINE})
_DAY = re.compile(r"\bdays?\b|날", re.IGNORECASE)
_BEYOND = re.compile(r"averag|beyond|평균", re.IGNORECASE)
_WORST = re.compile(r"(?:worst|최악의|하위)\s?$", re.IGNORECASE)
_NEAR = 26
_DAYS_ARE = re.compile(r"날[은는이가]?\s(?:약\s|전체의\s)?$")
_OF_DAYS = re.compile(r"\s?(?:of (?:all |the )?(?:trading )?days|의\s날)", re.IGNORECASE)


def level_of(number: Number, sentence: Sentence, everything: Sequence[Candidate]) -> Fact | None:
    """The fact whose level the number states; None where it states none, or no fact has that level."""
    level = _level(number, sentence)
    if level is None:
        return None
    metrics = {f"var_{level}", f"cvar_{level}"}
    return next((one.fact for one in everything if one.metric in metrics and not one.scope), None)


def narrowed(meant: tuple[Meant, ...] | None, number: Number, sentence: Sentence) -> tuple[Meant, ...] | None:
    """What a number beside "95 % VaR" can mean: the value at that level alone."""
    if meant is None or not any(one.metric.startswith(("var_", "cvar_")) for one in meant):
        return meant
    if _BEYOND.search(sentence.said):
        tails = [one.metric.replace("var_", "cvar_") for one in meant if one.metric.startswith("var_")]
        meant = (*meant, *(Meant(metric) for metric in tails))
    named = [(other.start, level) for other in sentence.numbers if (level := _level(other, sentence))]
    if not named:
        return meant
    before = [level for start, level in named if start < number.start]
    level = before[-1] if before else named[0][1]
    row = row_of(number, sentence)
    if len(row) > 1 and len(set(before)) == len(row):
        level = list(dict.fromkeys(before))[row.index(number)]
    return tuple(
        one for one in meant if not one.metric.startswith(("var_", "cvar_")) or one.metric.endswith(str(level))
    )


def _level(number: Number, sentence: Sentence) -> int | None:
    for level in _LEVELS:
        if _is_frequency(number, level, sentence):
            return level
        if number.kind not in {Kind.PERCENT, Kind.PLAIN} or number.sign:
            continue
        if number.value in {level, 100 - level} and _is_beside_tail(number, sentence, is_level=number.value == level):
            return level
    return None


def _is_frequency(number: Number, level: int, sentence: Sentence) -> bool:
    senses = {term.sense for term in sentence.terms}
    if not senses & _TAIL and not (senses & _LOSSES and _DAY.search(sentence.said)):
        return False
    if number.whole:
        share = number.value / number.whole
    elif number.part and number.value:
        share = number.part / number.value
    else:
        return False
    return any(abs(share - wanted / 100) < 1e-9 for wanted in (level, 100 - level))  # noqa: PLR2004  equal


def _is_beside_tail(number: Number, sentence: Sentence, *, is_level: bool) -> bool:
    before = sentence.text[max(sentence.start, number.start - _NEAR) : number.start]
    after = sentence.text[number.end : number.end + _NEAR]
    senses = {term.sense for term in sentence.terms}
    if is_level:
        at = bool(senses & _TAIL) and before.endswith((" at ", "(at ", "at the "))
        return at or bool(_BEFORE.search(before) or _AFTER.match(after))
    days = bool(senses & (_TAIL | _LOSSES)) and bool(_OF_DAYS.match(after) or _DAYS_ARE.search(before))
    return days or bool(_WORST.search(before))
