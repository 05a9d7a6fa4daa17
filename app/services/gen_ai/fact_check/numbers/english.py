"""Numbers in English words: forty-two, one hundred and four, twelve point three, two and a half, a dozen."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.numbers.digits import number_at
from app.services.gen_ai.fact_check.numbers.masking import Masked
from app.services.gen_ai.fact_check.numbers.number import Kind, Number

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_LARGE = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_HUNDRED = 100

_SMALL_WORD = "|".join(sorted([*_UNITS, *_TENS], key=len, reverse=True))
_WORD = f"{_SMALL_WORD}|hundred|dozen|{'|'.join(_LARGE)}"
_RUN = re.compile(
    rf"\b(?:an?\s(?:hundred|thousand|million|billion|dozen)|{_SMALL_WORD})"
    rf"(?:(?:[\s-]|\sand\s)(?:{_WORD}))*(?:\spoint(?:\s(?:{_WORD}))+|\sand\sa\shalf)?\b",
    re.IGNORECASE,
)
_MULTIPLES = re.compile(
    r"\b(?P<word>twice|thrice|doubl(?:ed|es|ing|e)|tripl(?:ed|es|ing|e)|quadrupl(?:ed|es|ing|e)|quintupl(?:ed|es|ing|e))\b"
    r"(?!-)",
    re.IGNORECASE,
)
_TIMES = {"tw": 2.0, "do": 2.0, "th": 3.0, "tr": 3.0, "quad": 4.0, "quin": 5.0}
_ODDS = re.compile(r"\b(?P<count>two|three|four|five|six|ten) to one\b", re.IGNORECASE)
_DECADES = re.compile(r"(?P<count>\b(?:an?|the|two|three|past|last)\s)(?P<word>decades?)\b", re.IGNORECASE)
_DECADE_COUNTS = {"two": 2, "three": 3}
_AND = re.compile(r"[\s-]+")


def read_english(masked: Masked, original: str) -> Iterator[Number]:
    """Those with a decade, a multiple, then all others, with their units."""

    def decade(match: re.Match[str]) -> Number:
        years = 10.0 * _DECADE_COUNTS.get(match["count"].strip().lower(), 1)
        return Number(match.start(), match.end(), match.group(), Kind.YEARS, years, 1.0, in_words=True)

    def multiple(match: re.Match[str]) -> Number:
        word = match["word"].lower()
        value = next(times for start, times in _TIMES.items() if word.startswith(start))
        return Number(match.start(), match.end(), match.group(), Kind.TIMES, value, 1.0, in_words=True)

    def run(match: re.Match[str]) -> Number | None:
        read = english_number(match.group())
        return None if read is None else number_at(original, match.start(), match.end(), *read, in_words=True)

    def odds(match: re.Match[str]) -> Number:
        value = float(_UNITS[match["count"].lower()])
        return Number(match.start(), match.end(), match.group(), Kind.TIMES, value, 1.0, in_words=True)

    yield from masked.take(_ODDS, odds)
    yield from masked.take(_DECADES, decade)
    yield from masked.take(_MULTIPLES, multiple)
    yield from masked.take(_RUN, run)


def english_number(text: str) -> tuple[float, float] | None:
    """The value of the words, and the worth of the last one; None where they are no number."""
    text = text.lower()
    whole, _, fraction = text.partition(" point ")
    half = whole.endswith(" and a half")
    words = [word for word in _AND.split(whole.removesuffix(" and a half")) if word not in {"and", "a", "an"}]
    value = _whole(words)
    if value is None:
        return None
    if half:
        return value + 0.5, 0.5
    digits = [_UNITS.get(word) for word in fraction.split()]
    if not digits:
        return value, 1.0
    if any(digit is None or digit > 9 for digit in digits):  # noqa: PLR2004  a digit
        return None
    step = 10.0 ** -len(digits)
    return value + int("".join(map(str, digits))) * step, step


def _whole(words: list[str]) -> float | None:
    total, current = 0.0, 0.0
    for word in words:
        if word in _UNITS:
            current += _UNITS[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = (current or 1) * _HUNDRED
        elif word == "dozen":
            current = (current or 1) * 12
        elif word in _LARGE:
            total, current = total + (current or 1) * _LARGE[word], 0.0
        else:
            return None
    return total + current
