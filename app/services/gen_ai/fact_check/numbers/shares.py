"""Parts of a whole: half, a third, two thirds, 절반, 3분의 1, and a of b."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from app.services.gen_ai.fact_check.numbers.english import english_number
from app.services.gen_ai.fact_check.numbers.korean import sino_number
from app.services.gen_ai.fact_check.numbers.masking import Masked
from app.services.gen_ai.fact_check.numbers.number import Kind, Number

_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "tenth": 10}
_ENGLISH = re.compile(
    r"\b(?:(?P<count>an?|one|two|three|four)[\s-])(?P<part>thirds?|quarters?|fourths?|fifths?|sixths?|tenths?)\b"
    r"(?!\s(?:party|parties|time|place|year|largest|of\s(?:19|20)))"
    r"|(?P<half>(?<!and )(?<!and a )(?<!first[\s-])(?<!second[\s-])\b(?:one[\s-]|a\s)?half\b)(?![\s-]years?)",
    re.IGNORECASE,
)
_KOREAN = re.compile(
    r"(?P<whole>\d+|[일이삼사오육칠팔구십]+)\s?분의\s?(?P<count>\d+|[일이삼사오육칠팔구십]+)|(?P<half>절반)"
)
_ENGLISH_JOIN = re.compile(
    r"(?:\s(?:trades?|days?|positions?|times?|sessions?|months?|years?))?\s(?:out of|of|in|in every|among)"
    r"(?:\s(?:the|its|his|all|every|these|those|their))*\s"
)
_KOREAN_JOIN = re.compile(
    r"(?:의|에서|에)?\s?(?:거래|매매|날)?\s?(?:가운데|중에서?|중|에|중에)\s(?:단\s|겨우\s|고작\s|약\s)?"
)
_OF_ALL = re.compile(r"\b(?:of|out of|among|from)\s(?:(?:the|its|all|these|those)\s)*$", re.IGNORECASE)
_COMMA = re.compile(r"(?:\s\w+){0,4},\s")
_SMALLEST_WHOLE = 2


def read_shares(masked: Masked) -> Iterator[Number]:
    yield from masked.take(_ENGLISH, _english)
    yield from masked.take(_KOREAN, _korean)


def _english(match: re.Match[str]) -> Number:
    if match["half"]:
        return _share(match, 0.5)
    part = match["part"].lower()
    whole = _PARTS.get(part) or _PARTS[part.removesuffix("s")]
    count = {"a": 1.0, "an": 1.0}.get(match["count"].lower()) or (english_number(match["count"]) or (1.0, 1.0))[0]
    return _share(match, count / whole)


def _korean(match: re.Match[str]) -> Number | None:
    if match["half"]:
        return _share(match, 0.5)
    whole, count = (_read(match[name]) for name in ("whole", "count"))
    return _share(match, count / whole) if whole >= _SMALLEST_WHOLE else None


def _read(text: str) -> int:
    return int(text) if text.isdigit() else sino_number(text)


def _share(match: re.Match[str], value: float) -> Number:
    return Number(match.start(), match.end(), match.group(), Kind.SHARE, value, 0.0, in_words=True)


def with_wholes(numbers: list[Number], text: str) -> list[Number]:
    """The numbers, in which the a of each "a of b" (b 중 a) knows its b."""
    found = list(numbers)
    for place, (first, second) in enumerate(pairwise(numbers)):
        gap = text[first.end : second.start]
        if not (_is_counted(first) and _is_counted(second)):
            continue
        if _COMMA.fullmatch(gap) and second.value <= first.value and _OF_ALL.search(text[: first.start]):
            found[place] = replace(found[place], part=second.value)
            found[place + 1] = replace(second, whole=first.value)
        elif _ENGLISH_JOIN.fullmatch(gap) and first.value <= second.value:
            found[place] = replace(found[place], whole=second.value)
            found[place + 1] = replace(second, part=first.value)
        elif _KOREAN_JOIN.fullmatch(gap) and second.value <= first.value:
            found[place] = replace(found[place], part=second.value)
            found[place + 1] = replace(second, whole=first.value)
    return found


def _is_counted(number: Number) -> bool:
    counted = number.kind in {Kind.PLAIN, Kind.COUNT, Kind.DAYS, Kind.TIMES}
    return counted and number.step == 1 and not number.sign and number.value == int(number.value)
