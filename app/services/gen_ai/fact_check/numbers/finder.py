"""Finds every number in a text, Korean or English, and what is written like a number without being one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.services.gen_ai.fact_check.lexicon.names import (
    IDENTIFIERS,
    IDIOMS,
    INDEX_NAMES,
    INDICATOR_CALL,
    LABELS,
    LIST_MARKERS,
)
from app.services.gen_ai.fact_check.numbers.dates import read_dates
from app.services.gen_ai.fact_check.numbers.digits import number_at, read_digits
from app.services.gen_ai.fact_check.numbers.english import read_english
from app.services.gen_ai.fact_check.numbers.hedges import hedged
from app.services.gen_ai.fact_check.numbers.korean import read_korean
from app.services.gen_ai.fact_check.numbers.masking import Masked
from app.services.gen_ai.fact_check.numbers.number import Kind, Number, WrittenDate
from app.services.gen_ai.fact_check.numbers.shares import read_shares, with_wholes

_PLAIN_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_RANGE = re.compile(r"\s?[-\u2013—~\u223c]\s?|\sto\s|에서\s|부터\s")
_LIST = re.compile(r",\s|\s(?:and|or)\s(?:the\s)?|,\s(?:and|or)\s|[과와]\s|\s?[/·]\s?|\s(?:vs?\.?|versus|against|대)\s")
_SHARED_IN_LISTS = frozenset({Kind.DAYS, Kind.COUNT, Kind.YEARS})


@dataclass(frozen=True, slots=True)
class NoClaim:
    """Digits that say nothing about the backtest: a list marker, a name."""

    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """All in the order of the text."""

    numbers: tuple[Number, ...]
    dates: tuple[WrittenDate, ...]
    no_claims: tuple[NoClaim, ...]


def find_numbers(text: str, names: Iterable[tuple[int, int]] = ()) -> Found:
    """`names`: where the names of strategies, symbols and benchmarks stand; digits in them are part of the name."""
    masked = Masked(text)
    masked.hide(names)
    no_claims = list(_no_claims(masked))
    dates = sorted(read_dates(masked), key=lambda item: item.start)
    numbers = [
        *_in_indicator_calls(masked, text),
        *read_shares(masked),
        *read_english(masked, text),
        *read_korean(masked, text),
        *read_digits(masked, text),
    ]
    numbers.sort(key=lambda number: number.start)
    numbers = with_wholes(_with_shared_units(numbers, text), text)
    return Found(tuple(hedged(number, text) for number in numbers), tuple(dates), tuple(no_claims))


def _no_claims(masked: Masked) -> Iterator[NoClaim]:
    for reason, pattern in (
        ("an identifier", IDENTIFIERS),
        ("the marker of a list or a heading", LIST_MARKERS),
        ("the name of an index", INDEX_NAMES),
        ("a manner of speaking", IDIOMS),
        ("the number of a table, a figure or a section", LABELS),
    ):

        def read(match: re.Match[str], reason: str = reason) -> NoClaim:
            return NoClaim(match.start(), match.end(), match.group().strip(), reason)

        yield from masked.take(pattern, read)


def _in_indicator_calls(masked: Masked, original: str) -> Iterator[Number]:
    """SMA(50, 200): commas separate here, whatever stands behind them."""
    numbers: list[Number] = []

    def read(match: re.Match[str]) -> bool:
        for digits in _PLAIN_DIGITS.finditer(original, match.start("inner"), match.end("inner")):
            value = float(digits.group())
            numbers.append(
                number_at(original, digits.start(), digits.end(), value, 1.0 if value == int(value) else 0.1)
            )
        return True

    list(masked.take(INDICATOR_CALL, read))
    return iter(numbers)


def _with_shared_units(numbers: list[Number], text: str) -> list[Number]:
    """In "12-13 %" and in "12, 26 and 9 days" the unit of the last number is that of all."""
    found = list(numbers)
    for place in range(len(found) - 2, -1, -1):
        number, following = found[place], found[place + 1]
        if number.kind is not Kind.PLAIN or following.kind is Kind.PLAIN:
            continue
        gap = text[number.end : following.start]
        whole = number.step == 1 and following.step == 1 and following.kind in _SHARED_IN_LISTS
        if _RANGE.fullmatch(gap) or (whole and _LIST.fullmatch(gap)):
            found[place] = replace(number, kind=following.kind, noun=following.noun)
    return found
