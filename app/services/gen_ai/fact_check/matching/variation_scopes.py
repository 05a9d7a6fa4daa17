"""Of which variation of a parameter a number speaks: "at 10 bars the return is 15.4 %"."""

import re
from collections.abc import Sequence

from app.services.gen_ai.fact_check.matching.candidates import VARIATION, Candidate
from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.text import Sentence

# Words of changing something: any variation may be meant.
_CHANGES = re.compile(
    r"\b(?:sensitiv|robust|fragil|vary|varied|variation|lengthen|shorten|stretch|widen|narrow|would have|optim"
    r"|parameters?\b|lookback|chang(?:e|ing) the|set(?:ting)? (?:the|it))"
    r"|민감|바꾸|바꿔|바뀌|늘리|늘렸|줄이|줄였|조정하|변경|파라미터|매개변수|의존",
    re.IGNORECASE,
)
# Words beside the value of a parameter: only the variation with that value is meant.
_VALUES = re.compile(
    r"\b(?:at|with|period|default|from \d+ to|rais|lower|cut|bars|days)\b|기간|설정|기본값|이면|일\s?때|에서는?|로\s",
    re.IGNORECASE,
)
# "104.4 % with 21 days".
_AT = re.compile(r"\s(?:at|with|for|when|after)\s(?:[\w-]+\s){0,3}", re.IGNORECASE)


class VariationScopes:
    """Remembers from one sentence to the next which variations the text speaks of."""

    def __init__(self, everything: Sequence[Candidate]) -> None:
        self._known: dict[str, float] = {
            one.scope: one.value
            for one in everything
            if one.scope.startswith(VARIATION) and one.fact.metric == "parameter"
        }
        self._values = frozenset(self._known.values())
        self._spoken: frozenset[str] = frozenset()
        self._before: frozenset[str] = frozenset()

    def spoken_in(self, sentence: Sentence) -> None:
        """Takes note of the variations that a sentence names; they can be meant in the next sentence too."""
        if not self._known:
            return
        named = self._with_values({number.value for number in sentence.numbers})
        in_context, before = self._before, self._spoken
        if _CHANGES.search(sentence.said):
            self._spoken = named or before or frozenset(self._known)
            self._before = self._spoken
        elif named and in_context and _VALUES.search(sentence.said):
            self._spoken = self._before = in_context | named
        else:
            self._spoken, self._before = in_context, frozenset()

    def of(self, number: Number, sentence: Sentence) -> frozenset[str]:
        """The variation that was named last before the number, or right behind it; else all that are spoken of."""
        if number.value in self._values or not self._spoken:
            return self._spoken
        named = [one for one in sentence.numbers if one.value in self._values]
        after = next((one for one in named if one.start >= number.end), None)
        if after and _AT.fullmatch(sentence.text[number.end : after.start]):
            return self._with_values({after.value}) & self._spoken
        before = [one for one in named if one.end <= number.start]
        return self._with_values({before[-1].value}) & self._spoken if before else self._spoken

    def _with_values(self, values: set[float]) -> frozenset[str]:
        return frozenset(scope for scope, value in self._known.items() if value in values)
