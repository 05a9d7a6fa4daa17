"""Numbers that no fact states and that state nothing either: "two reasons", "한 번에"."""

import re

from app.services.gen_ai.fact_check.lexicon.names import COUNTED_THINGS
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.text import Sentence

_OF_A_GROUP = re.compile(r"\b(?:the|these|those|all|both|other|of|remaining)\s(?:other\s)?$", re.IGNORECASE)
_POINTS_TO_MAKE = re.compile(r"\s?(?:about|to|should|are|need|stand|deserve|:|;)", re.IGNORECASE)
_MAKES = re.compile(r"\b(?:notes?|makes?|raises?|following|main|key|these)\s$", re.IGNORECASE)
_RATE = re.compile(r"\s(?:every|per|each|a)\s", re.IGNORECASE)
_OF_A_YEAR = re.compile(r"한\s?해에?\s(?:평균|약)")
_BEFORE, _AFTER = 16, 40
_OF_A_LIST = re.compile(
    r"\s(?:out\s)?of\s(?:the\s|its\s|all\s|these\s|those\s)?[\w-]+\s(?:[a-z-]+\s)?"
    r"(?:metrics|measures|criteria|categories|strategies|candidates|systems|contenders)\b",
    re.IGNORECASE,
)
_OF_A_KOREAN_LIST = re.compile(r"(?:지표|항목|부문|기준|전략|후보)\s?(?:가운데|중에서?|중)\s$")
_BARE = frozenset({Kind.PLAIN, Kind.COUNT})
_COUNTED_FIGURES = frozenset({"trades", "wins", "losses"})


def no_claim(number: Number, sentence: Sentence, subjects: int) -> str | None:
    """Why the number is no claim; None where it is one."""
    if _counts_things(number, sentence):
        return "it counts things that no figure measures"
    if _is_one(number, sentence.text[number.end : number.end + _AFTER]):
        return "the word, not the number"
    if _speaks_of_a_group(number, sentence, max(subjects, 2)):
        return "it speaks of those that were named"
    return None


def _counts_things(number: Number, sentence: Sentence) -> bool:
    after = sentence.text[number.end : number.end + _AFTER]
    counts = number.kind in _BARE and number.step == 1 and number.noun not in _COUNTED_FIGURES
    if number.kind is Kind.POINTS and number.in_words:
        # "Four points should be noted" are no percentage points.
        return bool(_POINTS_TO_MAKE.match(after) or _MAKES.search(sentence.text[sentence.start : number.start]))
    return number.noun == "things" or (counts and bool(COUNTED_THINGS.match(after)))


def _is_one(number: Number, after: str) -> bool:
    """One as a word, a single day, one dollar that grows, one trade every two years."""
    if number.value != 1 or number.step != 1:
        return False
    if number.noun in _COUNTED_FIGURES:
        return bool(_RATE.match(after))
    return (
        number.kind is Kind.DAYS
        or bool(_OF_A_YEAR.match(number.text + after))
        or (number.in_words and number.kind in _BARE | {Kind.MONEY})
    )


def _speaks_of_a_group(number: Number, sentence: Sentence, most: int) -> bool:
    before = sentence.text[max(sentence.start, number.start - _BEFORE) : number.start]
    if number.whole is not None and (_OF_A_LIST.match(sentence.text, number.end) or _OF_A_KOREAN_LIST.search(before)):
        return True
    if not 1 < number.value <= most or number.step != 1:
        return False
    plain = number.in_words and number.kind is Kind.PLAIN
    return number.noun in {"strategies", "regimes"} or (plain and bool(_OF_A_GROUP.search(before)))
