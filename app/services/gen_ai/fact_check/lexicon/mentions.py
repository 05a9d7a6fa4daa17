"""Who is spoken of: a strategy by its name, "the strategy", "it", the benchmark."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from app.services.gen_ai.fact_check.lexicon.names import INDEX_ALIASES
from app.services.gen_ai.fact_check.subjects import Owner, Subject, benchmark_of


class Called(StrEnum):
    NAME = "name"
    BENCHMARK = "benchmark"
    MARKET = "market"
    """By the name of what is traded: the benchmark, or only the place where the strategy trades."""
    GENERIC = "generic"
    PRONOUN = "pronoun"
    FORMER = "former"
    LATTER = "latter"
    OTHER = "other"
    """Who is not the one that was just spoken of: "its rival"."""


class Mention(NamedTuple):
    """`owners` is empty for words that stand for somebody who was named before."""

    start: int
    end: int
    text: str
    called: Called
    owners: frozenset[Owner]

    @property
    def is_name(self) -> bool:
        return self.called in {Called.NAME, Called.MARKET}


_BENCHMARK = (
    r"(?<![A-Za-z])(?:benchmarks?"
    r"|(?:a )?(?:passive|buy-and-hold) investors?|passive investing"
    r"|(?:buying and holding|buy[- ]and[- ]hold(?:ing)?)(?: the (?:index|market|benchmark|stock))?"
    r"|(?:simply |merely |just )?holding the (?:index|market|benchmark|stock|composite)"
    r"|ind(?:ex|ices)|composite|(?:the )?stock(?! market| exchange| picking)"
    r"|the shares|index funds?|holders of the index"
    r"|(?:the )?shares?(?= (?:rose|fell|gained|lost|returned)|,)"
    r"|(?<!\bin )(?<!\binto )(?<!\bout of )(?:the|a) market"
    r"(?!s|[- ]neutral|[- ](?:regime|phase|condition|context|timing)))(?![A-Za-z])"
    r"|벤치마크|종합\s?지수|(?<!샤프 )(?<!샤프)(?<!소르티노 )(?<!칼마 )지수(?!이동|\s?이동|\s?평균)|주가"
    r"|(?:그냥|그대로|단순히)\s(?:보유|들고|묻어)|(?:매수\s?후|단순)\s?보유(?:\s?전략)?|시장(?!\s?중립|성|\s?노출|에\s?(?:머|있|들))"
)
_GENERIC = (
    r"(?<![A-Za-z])(?:the|this|our|that) (?:strategy|system|portfolio|algorithm|approach|model|account"
    r"|equity curve|rule|recipe)(?:'s|\u2019s)?(?![A-Za-z])"
    r"|(?:이|본|해당|동)?\s?(?<![가-힣])(?:전략(?!들|별)|시스템|포트폴리오|계좌|규칙)(?=[은는이가의도]|\s)"
)
_PRONOUN = r"(?<![A-Za-z])(?:it|its)(?![A-Za-z'\u2019])"
_OTHER = (
    r"(?<![A-Za-z])(?:its|the|their) (?:rivals?|siblings?|peers?|counterparts?|competitors?"
    r"|other (?:one|strategy|system))(?![A-Za-z])|다른\s(?:쪽|하나|전략)(?!들)|경쟁\s?전략"
)
_FORMER = r"(?<![A-Za-z])the former(?![A-Za-z])|전자(?=[은는이가의])"
_LATTER = r"(?<![A-Za-z])the latter(?![A-Za-z])|후자(?=[은는이가의])"


class MentionFinder:
    """Finds every mention in a text about some subjects."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._everyone = frozenset(range(len(subjects)))
        self._benchmarks = frozenset(benchmark_of(place) for place in self._everyone)
        self._owners: dict[str, frozenset[Owner]] = {}
        self._called: dict[str, Called] = {}
        for place, subject in enumerate(subjects):
            self._learn(_with_aliases(subject.benchmark_names), benchmark_of(place), Called.MARKET)
        for place, subject in enumerate(subjects):
            self._learn(subject.names, place, Called.NAME)
        self._pattern = self._compiled()

    def _learn(self, names: Sequence[str], owner: Owner, called: Called) -> None:
        for name in names:
            key = _key(name)
            if self._called.get(key) is Called.MARKET and called is Called.NAME:
                self._owners.pop(key)
            self._owners[key] = self._owners.get(key, frozenset()) | {owner}
            self._called[key] = called

    def _compiled(self) -> re.Pattern[str]:
        longest_first = sorted(self._owners, key=len, reverse=True)
        names = "|".join(re.escape(key).replace(r"\ ", r"\s+") for key in longest_first)
        # Korean particles follow a name without a blank, so only Latin letters and digits continue one.
        named = rf"(?P<name>(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9]))|" if names else ""
        return re.compile(
            rf"{named}(?P<other>{_OTHER})|(?P<former>{_FORMER})|(?P<latter>{_LATTER})|(?P<benchmark>{_BENCHMARK})"
            rf"|(?P<generic>{_GENERIC})|(?P<pronoun>{_PRONOUN})",
            re.IGNORECASE,
        )

    def find(self, text: str) -> Iterator[Mention]:
        for match in self._pattern.finditer(text):
            group = match.lastgroup or ""
            said = match.group()
            called, owners = Called.GENERIC, frozenset[Owner]()
            if group == "name":
                called, owners = self._called[_key(said)], self._owners[_key(said)]
                if called is Called.NAME and " " not in said and said[0].islower():
                    continue  # "a trend" is not the strategy "Trend"
            elif group == "benchmark":
                called, owners = Called.BENCHMARK, self._benchmarks
            else:
                called = Called(group)
            yield Mention(match.start(), match.end(), said, called, owners)


def _with_aliases(names: Sequence[str]) -> list[str]:
    known = [group for group in INDEX_ALIASES if any(name.casefold() in group for name in names)]
    return [*names, *(alias for group in known for alias in group)]


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
