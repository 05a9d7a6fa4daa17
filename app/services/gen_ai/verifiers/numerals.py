"""The numbers that stand in texts about strategies, in digits, and the numbers that a strategy has."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from app.quant.strategy import Strategy
from app.quant.study import Tunable, tunables

_NUMERAL = re.compile(
    r"(?P<digits>(?<![\d.,(])\d{1,3}(?:,\d{3})+(?!,?\d)(?:\.\d+)?|(?<![\d.])\d+(?:\.\d+)?|(?<!\d)\.\d+)"
    r"(?P<percent>\s?(?:%|퍼센트|프로(?!그|세|필|젝)|per ?cent|pct))?",
    re.IGNORECASE,
)
_NAMES = re.compile(r"S&P\s?500|(?:코스피|코스닥|KOSPI|KOSDAQ|NASDAQ|나스닥|Russell)[- ]?\d+", re.IGNORECASE)
"""Names of indices are no numbers."""
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it stands in a text, without its sign: "falls by 5 %" says no other number than "-5 %"."""

    text: str
    value: float
    is_percent: bool


def numerals(text: str) -> Iterator[Numeral]:
    """The numbers of a text in their order; numbers in words are passed over."""
    for match in _NUMERAL.finditer(_NAMES.sub(" ", unicodedata.normalize("NFKC", text))):
        value = float(match["digits"].replace(",", ""))
        yield Numeral(match[0].strip(), value, match["percent"] is not None)


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """Numbers without their signs: those that are percentages, and the rest."""

    plain: frozenset[float] = frozenset()
    percent: frozenset[float] = frozenset()

    @classmethod
    def of_strategy(cls, strategy: Strategy) -> Self:
        """The numbers of the rules and of the limits; a fraction is a percentage, and so is a rate of change."""
        known = tunables(strategy)
        changes = {f"{side}.{number}.number" for side, number in _rates_of_change(strategy)}
        return cls(
            plain=frozenset(abs(each.value) for each in known if not is_fraction(each)),
            percent=frozenset(
                abs(each.value) * (100 if is_fraction(each) else 1)
                for each in known
                if is_fraction(each) or each.id in changes
            ),
        )

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Self:
        """What stands in texts."""
        found = [numeral for text in texts for numeral in numerals(text)]
        return cls(
            plain=frozenset(each.value for each in found if not each.is_percent),
            percent=frozenset(each.value for each in found if each.is_percent),
        )

    @classmethod
    def of_fractions(cls, values: Iterable[float]) -> Self:
        return cls(percent=frozenset(value * 100 for value in values))

    def __or__(self, other: "KnownNumbers") -> "KnownNumbers":
        return KnownNumbers(self.plain | other.plain, self.percent | other.percent)

    def says(self, numeral: Numeral) -> bool:
        """Whether a numeral is one of these; 5 may be 5 %, as in "between 5 and 10 %", and 0.05 as well."""
        if numeral.is_percent:
            return _within(numeral.value, self.percent)
        return (
            _within(numeral.value, self.plain)
            or _within(numeral.value, self.percent)
            or _within(numeral.value * 100, self.percent)
        )

    def has(self, number: Tunable) -> bool:
        """Whether a number of a strategy is one of these."""
        value = abs(number.value)
        if is_fraction(number):
            said_as_percent = _within(value * 100, self.percent | self.plain)
            return said_as_percent or _within(value, self.plain)
        return _within(value, self.plain | self.percent)


def is_fraction(number: Tunable) -> bool:
    """Whether people say a number in percent though it is a fraction."""
    return number.id.startswith("risk.") and number.id != "risk.cooldown"


def _rates_of_change(strategy: Strategy) -> Iterator[tuple[str, int]]:
    for side, rules in (("entry", strategy.entry), ("exit", strategy.exit)):
        for number, condition in enumerate(rules.conditions, start=1):
            if "ROC" in {condition.left.kind, condition.right.kind}:
                yield side, number


def _within(value: float, known: frozenset[float]) -> bool:
    return any(abs(value - each) <= _TOLERANCE * max(1.0, abs(each)) for each in known)
