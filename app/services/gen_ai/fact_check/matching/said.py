"""Whether the words around a number speak of what a candidate is: a difference, a part, a limit of the rules."""

import re

from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.lexicon.senses import Sense
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.text import Sentence

_NEAR = 24
_PARTICLE_REACH = 8
_MORE = re.compile(
    r"\s?(?:the\s)?(?:higher|lower|more|less|larger|smaller|greater|better|worse|above|below|deeper|shallower"
    r"|as (?:much|high|large))"
    r"|\s?(?:가량|정도|쯤|이상|넘게|만큼|나|가까이)?\s?(?:더\s)?(?:번|벌|높|낮|많|적|크|작|깊|얕|줄|늘|웃|밑|앞|뒤|차이|격차)",
    re.IGNORECASE,
)
_BY = re.compile(
    r"\b(?:by|(?:difference|gap|distance|lead|edge|margin|advantage|shortfall|deficit)\b[^.;,]{0,30}(?:of|is|was|at))\s"
    r"(?:only\s|about\s|just\s|USD\s|\$)*$|(?:차이|격차)[은는가]?\s$",
    re.IGNORECASE,
)
_OF = re.compile(r"\s?(?:of|as)\s|에\s(?:불과|그|해당|지나)|\s?수준|만|의|에|[을를이가]?\s?(?:조금|겨우|넘|넘게)")
_OF_ANOTHER = re.compile(r"\s(?:the|that|those|as|what|its|more|higher)\b", re.IGNORECASE)
_RULES = re.compile(
    r"\b(?:buys?|sells?|bought|sold|enters?|entry|entries|positions? (?:are|is) (?:closed|opened)|exits?|leaves?"
    r"|long (?:while|when)|rules?|parameters?|signals?|thresholds?)\b"
    r"|매수|매도|진입|청산|사고|사서|사는|팔|규칙|기준|파라미터",
    re.IGNORECASE,
)
_RISK_FREE = re.compile(r"무위험|현금|이자|예금|국채|risk|cash|t-bill|interest|deposit", re.IGNORECASE)
_LOWER_MARK, _UPPER_MARK = re.compile(r"oversold|below|lower"), re.compile(r"overbought|above|upper")
_PARTICLE = re.compile(r"^[을를]?\s?")
_DOWN = re.compile(
    r"\b(?:below|under|beneath|down to|drops?|falls?|oversold|less than)\b|이하|아래|미만|밑|과매도|내려|하회"
)
_UP = re.compile(
    r"\b(?:above|over|exceeds?|climbs?|rises?|overbought|more than)\b|이상|위[로에]|초과|넘|과매수|올라|상회|웃돌|돌파"
)


def is_said(candidate: Candidate, number: Number, sentence: Sentence) -> bool:
    if candidate.is_computed:
        return _is_compared(candidate, number, sentence)
    match candidate.metric:
        case "parameter":
            return _has_role(candidate, number, sentence)
        case "days_per_year":
            return number.kind is Kind.DAYS
        case "risk_free_rate":
            return bool(_RISK_FREE.search(sentence.said))
        case "growth_multiple":
            # "Three times the 104 %" is no growth; "tripled the stake" is.
            of_another = number.kind is Kind.TIMES and _OF_ANOTHER.match(sentence.text, number.end)
            return not of_another or number.text.endswith("ed")
        case _:
            return True


def is_about_parameters(sentence: Sentence) -> bool:
    return bool(_RULES.search(sentence.said)) or any(term.sense is Sense.INDICATOR for term in sentence.terms)


def _is_compared(candidate: Candidate, number: Number, sentence: Sentence) -> bool:
    after = sentence.text[number.end : number.end + _NEAR]
    if candidate.unit is Unit.RELATIVE:
        return bool(_MORE.match(after))
    if candidate.unit is Unit.MULTIPLE:
        return number.kind is not Kind.PERCENT or bool(
            _OF.match(after) or sentence.text[: number.start].endswith("의 ")
        )
    if candidate.unit is Unit.POINTS:
        return True
    before = sentence.text[max(sentence.start, number.start - 2 * _NEAR) : number.start]
    return bool(_MORE.match(after) or _BY.search(before))


def _has_role(candidate: Candidate, number: Number, sentence: Sentence) -> bool:
    """An upper mark is not what something falls below, nor a lower one what it rises above."""
    name = candidate.fact.metric
    previous = max((one.end for one in sentence.numbers if one.end <= number.start), default=sentence.start)
    before = sentence.text[max(previous, number.start - _NEAR) : number.start]
    after = _PARTICLE.sub("", sentence.text[number.end : number.end + _PARTICLE_REACH])
    down, up = (bool(way.search(before) or way.match(after)) for way in (_DOWN, _UP))
    if _LOWER_MARK.search(name):
        return down or not up
    return not _UPPER_MARK.search(name) or up or not down
