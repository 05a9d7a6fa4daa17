"""Topics that a text may touch only where there are facts for them: sensitivity, regimes, tail risk."""

import re
from collections.abc import Iterator, Sequence

from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.matching.candidates import REGIME, VARIATION
from app.services.gen_ai.fact_check.result import ClaimFinding
from app.services.gen_ai.fact_check.text import Sentence

# Each begins with the letters that its words begin with: so most places of a text are passed at once.
_SENSITIVITY = re.compile(
    r"(?=[prsfio민파매설기강])(?:\b(?:parameter )?sensitiv(?:e|ity)(?: (?:to|analysis|test))?"
    r"|\b(?:robust|stable|fragile|insensitive)(?:ness)? (?:to|across|against|over|with respect to) "
    r"(?:small |minor |any )?(?:changes?|variations?|(?:other )?parameters?|settings?|different)[\w ]{0,30}"
    r"|\bparameter (?:stability|robustness)|\boverfit\w* test|(?<!시장 )(?<!지수 )민감(?:도|하|한|성)"
    r"|(?:파라미터|매개변수|설정|기간)[을를이가의에]?\s?(?:조금\s)?"
    r"(?:바꾸어도|바꿔도|바뀌어도|달라져도|변화에도|변경에도)[가-힣\s]{0,16}"
    r"|(?:파라미터|매개변수)\s?(?:변화|변경|안정성|강건성|의존)|강건(?:성|하|한))",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?=[tflcvebw꼬테최극블기])"
    r"(?:\btail[- ](?:risks?|loss(?:es)?|events?|exposure)|\b(?:fat|left) tails?|(?<![A-Za-z])C?(?-i:VaR)(?![A-Za-z])"
    r"|\bvalues?[- ]at[- ]risk\b|\bexpected shortfall|\bextreme (?:daily )?(?:loss(?:es)?|moves?|events?)"
    r"|\bblack swans?|\bworst (?:days?|one percent)|꼬리\s?위험|테일\s?리스크|최대\s?예상\s?손실(?:\(VaR\))?"
    r"|극단적(?:인)?\s?(?:손실|하락|위험|상황)|블랙\s?스완|기대\s?부족액)",
    re.IGNORECASE,
)
_RATES = re.compile(
    r"(?=[rfhliet금인물])(?:\b(?:rising|falling|higher|lower|interest)[- ]rates?\b(?! of)|\brate (?:hikes?|cuts?)"
    r"|\b(?:tightening|easing) cycles?"
    r"|\b(?:high[- ])?inflation(?:ary)?\b|금리\s?(?:인상|인하|상승|하락|동결)|인플레이션|물가)",
    re.IGNORECASE,
)
# Said to be missing: "no tail-risk figures were supplied", 측정되지 않았다.
_MISSING = re.compile(
    r"\b(?:not|no|n['\u2019]t|without|neither|nor|lacks?|missing)\b[\w\s,-]{0,48}"
    r"\b(?:measured|given|supplied|provided|available|tested|computed|calculated|analy[sz]ed|examined|data|figures?"
    r"|assessed|known|evidence|information|covered|discussed)\b"
    r"|(?:측정|제공|주어|분석|검증|자료|데이터|수치|산출|계산|평가|알\s?수|정보|다루|확인|언급)[가-힣\s]{0,10}(?:않|없|못)"
    r"|미측정|미제공",
    re.IGNORECASE,
)
# Advice to look at it: "we recommend testing ...", 점검이 필요하다.
_ADVICE = re.compile(
    r"\b(?:should|must|needs?|recommend\w*|suggest\w*|propos\w+|advis\w+|next steps?|before|further|remains? to be"
    r"|worth)\b[^.;]{0,60}\b(?:test|check|examin|verif|analy[sz]|stud[iy]|assess|measur|explor|comput|investigat|validat|repeat)\w*"
    r"|\b(?:test|check|examin|verif|analy[sz]|stud[iy]|assess|measur|explor|comput|investigat|validat|repeat)\w*"
    r"[^.;]{0,60}\b(?:recommended|needed|next|necessary|advisable|before|remains)\b"
    r"|^\W*(?:test|check|examine|verify|analyse|analyze|study|assess|measure|explore|compute|investigate|validate|run)\s"
    r"|(?:검증|점검|확인|분석|시험|측정|평가|살펴|검토|테스트|보)[가-힣\s]{0,8}"
    r"(?:필요|권|바람직|해야|하십시오|하세요|바랍니다|제안|것이\s?좋|할\s?만|볼\s?만|해\s?보)"
    r"|[을를]\s(?:더\s)?(?:살펴|확인|점검|시험|분석|측정|검토|봅)",
    re.IGNORECASE,
)


class Topics:
    def __init__(self, facts: Sequence[Fact]) -> None:
        scopes = {fact.scope for fact in facts}
        self._sensitivity = any(scope.startswith(VARIATION) for scope in scopes)
        self._regimes = {scope.removeprefix(REGIME) for scope in scopes if scope.startswith(REGIME)}
        self._tail = any(fact.metric.startswith(("var_", "cvar_")) for fact in facts)

    def check(self, sentence: Sentence) -> Iterator[ClaimFinding]:
        """A finding for each topic of the sentence; it does not agree where there are no facts for it."""
        found = list(self._spoken_of(sentence))
        if found and not (_MISSING.search(sentence.said) or _ADVICE.search(sentence.said)):
            yield from found

    def _spoken_of(self, sentence: Sentence) -> Iterator[ClaimFinding]:
        known = (
            ("sensitivity", _SENSITIVITY, self._sensitivity),
            ("tail risk", _TAIL, self._tail),
            ("interest rates or inflation", _RATES, False),
        )
        for name, pattern, has_facts in known:
            match = pattern.search(sentence.words, sentence.start, sentence.end)
            if match:
                yield _finding(match.group(), match.start(), match.end(), name, agrees=has_facts)
        for word in sentence.regimes:
            has_facts = word.name in self._regimes if word.name else bool(self._regimes)
            yield _finding(word.text, word.start, word.end, f"{word.name} regimes".strip(), agrees=has_facts)


def _finding(text: str, start: int, end: int, topic: str, *, agrees: bool) -> ClaimFinding:
    reason = f"there are facts about {topic}" if agrees else f"there are no facts about {topic}: leave it out"
    return ClaimFinding(text, start, end, "topic", agrees, reason)
