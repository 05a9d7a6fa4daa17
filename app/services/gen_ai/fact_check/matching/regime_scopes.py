"""Of which regime a number speaks."""

import re
from collections.abc import Sequence

from app.services.gen_ai.fact_check.lexicon.regimes import RegimeWord
from app.services.gen_ai.fact_check.matching.candidates import REGIME, Candidate
from app.services.gen_ai.fact_check.matching.lists import row_of
from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.text import Sentence

_WHOLE = re.compile(
    r"\b(?:overall|in total|whole|entire|full|total return|altogether)\b"
    r"|전체(?!\s?(?:거래일|기간의|날))|통틀어|합하면|종합하면|총수익률|누적"
)
# "37.2 % in bull regimes", "전체 기간의 68%를 차지한 강세 국면".
_IN_REGIME = re.compile(
    r"(?:\s(?!and\b|or\b|but\b|while\b)[\w-]+){0,3}?\s(?:in|into|during|of)\s(?:the\s|its\s)?|(?:\s\w+){0,2}?\sspent\sin\s"
    r"|[를을]\s차지한\s|의\s|[이가]\s"
)
_BOTH = re.compile(r"\b(?:both|each|respectively)\b|각각|두\s국면|두\s경우|양쪽")
_IN_ONE_BREATH = 12


class RegimeScopes:
    def __init__(self, everything: Sequence[Candidate]) -> None:
        self._known = frozenset(one.scope for one in everything if one.scope.startswith(REGIME))

    def of(self, number: Number, sentence: Sentence) -> frozenset[str]:
        """The regimes that the number can be of; none where it speaks of the whole backtest."""
        if not self._known or not sentence.regimes:
            return frozenset()
        after = next((word for word in sentence.regimes if word.start >= number.end), None)
        if after and _IN_REGIME.fullmatch(sentence.text[number.end : after.start]):
            return self._named(after)
        before = [word for word in sentence.regimes if word.end <= number.start]
        if not before:
            return frozenset()
        listed = self._listed(number, sentence, [word for word in before if word.name])
        if listed:
            return listed
        if _WHOLE.search(sentence.text, before[-1].end, number.start):
            return frozenset()
        return self._named(before[-1]) | (frozenset({""}) if before[-1].name == "" else frozenset())

    def _listed(self, number: Number, sentence: Sentence, named: list[RegimeWord]) -> frozenset[str]:
        """As many numbers in a row as regimes were named: each of its own; two regimes in one breath: of either."""
        row = row_of(number, sentence)
        both = bool(named) and _BOTH.search(sentence.text, named[-1].end, number.start)
        between = [one for one in sentence.numbers if named and named[0].end <= one.start < named[-1].start]
        if len(row) > 1 and len({word.name for word in named}) == len(row) and (not between or both):
            return self._named(named[row.index(number) - len(row)])
        if len(row) > 1 or not named:
            return frozenset()
        last = named[-1]
        with_it = [word for word in named[:-1] if last.start - word.end <= _IN_ONE_BREATH]
        if not with_it or any(with_it[0].end <= one.start < last.start for one in sentence.numbers):
            return frozenset()
        return frozenset(scope for word in (*with_it, last) for scope in self._named(word))

    def _named(self, word: RegimeWord) -> frozenset[str]:
        return frozenset({f"{REGIME}{word.name}"}) & self._known if word.name else self._known
