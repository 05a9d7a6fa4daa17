"""Of which variation of a parameter a number speaks: "at 10 bars the return is 15.4 %"."""

import re
from collections.abc import Sequence

from app.services.gen_ai.fact_check.matching.candidates import VARIATION, Candidate
from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.text import Sentence

# Words of changing something: any variation may be meant.
_CHANGES = re.compile(
    r"(?=[srfvlewnoapcidmth올내높바늘줄조변길짧에파매의])"
    r"(?:\b(?:sensitiv|robust|fragil|vary|vari(?:es|ed|ation)|rang(?:e|es|ed) (?:from|between)|lengthen"
    r"|shorten|shorter|longer|extend|stretch|widen|narrow|would have|optim|adjust"
    r"|parameters?\b|lookback|chang(?:e|ing) the"
    r"|(?:rais|lower|increas|decreas|mov|push|loosen|tighten)(?:e|es|ing)?\s(?:the|its)\s(?:[\w-]+\s){0,3}"
    r"(?:threshold|level|period|window|limit|stop|target|parameter)s?\b"
    r"|(?:higher|lower|tighter|looser)\s(?:[\w-]+\s){0,2}(?:threshold|level|limit|stop|target)s?\b"
    r"|set(?:ting)? (?:the|it))"
    r"|민감|바꾸|바꿔|바꿀|바꾼|바뀌|늘[리릴린렸]|줄[이일인였]|조정하|변경|길게|짧게|에\s따라|파라미터|매개변수|의존"
    r"|올리면|올릴|내리면|내릴|높이면|높일|낮추면|낮출)",
    re.IGNORECASE,
)
# Words beside the value of a parameter: only the variation with that value is meant.
_VALUES = re.compile(
    r"\b(?:at|with|period|default|from \d+ to|rais|lower|cut|bars|days)\b|기간|설정|기본값|이면|일\s?때|에서는?|로\s",
    re.IGNORECASE,
)
# With the value of a variation such a word says that the variation is meant, unless the rules are told.
_PARAMETERS = re.compile(
    r"\b(?:window|period|lookback|average|setting)s?\b|기간|설정|이동\s?평균|단기선?|장기선?", re.IGNORECASE
)
_TRADING = re.compile(r"\b(?:buys?|sells?|enters?|exits?|entry|entries)\b|매수|매도|진입|청산", re.IGNORECASE)
# "104.4 % with 21 days".
_AT = re.compile(r"\s(?:at|with|for|when|after)\s(?:[\w-]+\s){0,3}", re.IGNORECASE)
_RANGE = re.compile(r"\s?(?:to|[-\u2013~])\s?\d")
_COLON = re.compile(r"\s?[:\uff1a]")
_REMEMBERED = 2
"""Sentences: so many may follow one about variations without naming them again."""


class VariationScopes:
    """Remembers from one sentence to the next which variations the text speaks of."""

    def __init__(self, everything: Sequence[Candidate]) -> None:
        self._known: dict[str, float] = {
            one.scope: one.value
            for one in everything
            if one.scope.startswith(VARIATION) and one.fact.metric == "parameter" and not one.is_computed
        }
        self._values = frozenset(self._known.values())
        self._spoken: frozenset[str] = frozenset()
        self._before: frozenset[str] = frozenset()
        self._silent = 0

    def spoken_in(self, sentence: Sentence) -> None:
        """Takes note of the variations that a sentence names; they can be meant in the next sentence too."""
        if not self._known:
            return
        named = self._with_values({number.value for number in sentence.numbers})
        in_context, before = self._before, self._spoken
        if _CHANGES.search(sentence.said):
            self._spoken = named or before or frozenset(self._known)
            self._before = self._spoken
        elif named and self._is_heading(sentence):
            self._spoken = self._before = named
        elif named and in_context and _VALUES.search(sentence.said):
            self._spoken = self._before = in_context | named
        elif named and _PARAMETERS.search(sentence.said) and not _TRADING.search(sentence.said):
            self._spoken = self._before = named
        elif in_context and self._silent < _REMEMBERED:
            self._spoken, self._silent = in_context, self._silent + 1
            return
        else:
            self._spoken = self._before = frozenset()
        self._silent = 0

    def _is_heading(self, sentence: Sentence) -> bool:
        """A line of a list: "- 10 days: return 38.8 %"."""
        first = sentence.numbers[0]
        before = sentence.text[sentence.start : first.start]
        return (
            first.value in self._values
            and not before.strip(" -*\u2022\n")
            and bool(_COLON.match(sentence.text, first.end))
        )

    @property
    def are_spoken_of(self) -> bool:
        """Whether the last sentence speaks of variations."""
        return bool(self._spoken)

    def of(self, number: Number, sentence: Sentence) -> frozenset[str]:
        """The variation that was named last before the number, or right behind it; else all that are spoken of."""
        if number.value in self._values or not self._spoken:
            return self._spoken
        named = [one for one in sentence.numbers if one.value in self._values]
        if _RANGE.match(sentence.text, number.end):
            return self._spoken  # 165 to 168 percent
        after = next((one for one in named if one.start >= number.end), None)
        if after and _AT.fullmatch(sentence.text[number.end : after.start]):
            return self._with_values({after.value}) & self._spoken
        before = [one for one in named if one.end <= number.start]
        return self._with_values({before[-1].value}) & self._spoken if before else self._spoken

    def _with_values(self, values: set[float]) -> frozenset[str]:
        return frozenset(scope for scope, value in self._known.items() if value in values)
