"""Words for parts of the time: bull, bear and sideways markets."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_PHASE = r"(?:[- ]?(?:market|phase|period|regime|condition|state|stretch|year)s?)"
_WORDS: tuple[tuple[str, str], ...] = (
    (
        "bull",
        (
            rf"bull(?:ish)?{_PHASE}|(?:rising|up|advancing)(?:{_PHASE}| ones)|bull(?=,? (?:and|or|nor|&) (?:in )?bear)"
            r"|강세장|강세\s?국면|상승장|상승\s?국면"
        ),
    ),
    (
        "bear",
        (
            rf"bear(?:ish)?{_PHASE}|(?:falling|down|declining)(?:{_PHASE}| ones)|downturns?"
            r"|약세장|약세\s?국면|하락장|하락\s?국면"
        ),
    ),
    (
        "sideways",
        rf"(?:sideways|range-bound|trendless|choppy|flat){_PHASE}|횡보장|횡보\s?국면|박스권",
    ),
    (
        "volatile",
        rf"(?:volatile|turbulent|high-volatility|stormy){_PHASE}|고변동성\s?국면|변동성이\s?큰\s?국면|변동성\s?장세",
    ),
    ("calm", rf"(?:calm|quiet|low-volatility){_PHASE}|저변동성\s?국면"),
    ("", r"regimes?|국면"),
)
_PATTERN = re.compile(
    "(?<![A-Za-z])(?=[A-Za-z가-힣])(?:"
    + "|".join(f"(?P<r{place}>{pattern})" for place, (_, pattern) in enumerate(_WORDS))
    + ")",
    re.IGNORECASE,
)


class RegimeWord(NamedTuple):
    """`name` is "" where the text speaks of regimes in general."""

    start: int
    end: int
    text: str
    name: str


def find_regimes(text: str) -> Iterator[RegimeWord]:
    for match in _PATTERN.finditer(text):
        name = _WORDS[int((match.lastgroup or "r0")[1:])][0]
        yield RegimeWord(match.start(), match.end(), match.group(), name)
