"""How exactly a number is meant: about 40, more than 40, 40 가까이, 40을 넘는."""

import re
from dataclasses import replace

from app.services.gen_ai.fact_check.numbers.number import Hedge, Kind, Number

_A_LITTLE = r"(?:just|slightly|a little|somewhat|well|far)"
_BEFORE = re.compile(
    rf"(?P<under>\b(?:{_A_LITTLE} (?:under|less than)|(?:no |not |never |little )?(?:less|fewer) than|under|at most"
    r"|up to|not (?:quite|even)|(?:no|not|never) more than)|채(?=\s?$))\s*$"
    rf"|(?P<below>\b(?:{_A_LITTLE} (?:below|short of)|below|(?:lower|smaller) than|nearly|almost|close to|within"
    r"|short of|approach(?:es|ing)|beneath)|(?:거의|최대)(?=\s?$))\s*$"
    rf"|(?P<over>\b(?:{_A_LITTLE} (?:over|more than)|(?:(?:a )?little |barely |hardly |only )?more than|in excess of"
    r"|at least|upwards? of|north of|no (?:less|fewer) than)|(?:최소|적어도))\s*$"
    rf"|(?P<above>\b(?:{_A_LITTLE} above|over|above|(?:greater|higher|larger|better) than|exceed(?:s|ed|ing)?|beyond"
    r"|topp(?:ed|ing)|past))\s*$"
    r"|(?P<about>\b(?:(?:barely|hardly|scarcely)(?=\s*$)|about|around|roughly|approximately|approx\.?|some|circa"
    r"|practically|virtually|more or less)|[~≈]|(?:약|대략|대체로|어림잡아|사실상|얼추))\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:[을를이가의에도]|에도|에는|까지)?\s?(?:조금|살짝|약간|겨우|가까스로|훌쩍|크게|한참)?\s?"
    r"(?:(?P<over>넘게|이상|초과|남짓|여(?=\s?(?:회|번|건|년|일)))"
    r"|(?P<above>넘|웃[도돌돕돈]|상회|보다 (?:높|크|많))"
    r"|(?P<under>이하|미만|채 ?(?:안|못)|안 ?[되된됩]|되지 ?[않못]|이내)"
    r"|(?P<below>못 ?미|못 ?하|미치지|밑[도돌돕돈]|하회|가까|육박|아래|보다 (?:낮|작|적))"
    r"|(?P<about>정도|가량|쯤|안팎|내외|전후|or so\b|-odd\b))"
)
_NEAR = re.compile(r"nearly|almost|close to|approach|거의|가까", re.IGNORECASE)
_MARKS = (0, 1)
_LOOK_BACK = 34
_LAST_WORD = re.compile(r"([A-Za-z.]+|[가-힣]+|[~≈])\s*$")
# The big pattern is asked only behind one of the words with which it can end.
_LAST_WORDS = frozenset(
    {
        "under", "below", "than", "nearly", "almost", "to", "quite", "even", "most", "within", "of", "approaches",
        "approaching", "beneath", "over", "above", "least", "exceed", "exceeds", "exceeded", "exceeding",
        "beyond", "topped", "topping", "past", "about", "around", "roughly", "approximately", "approx",
        "approx.", "some", "circa", "practically", "virtually", "barely", "hardly", "scarcely", "less",
        "채", "거의", "최대", "최소", "적어도", "약", "대략", "대체로", "어림잡아", "사실상", "얼추", "~", "≈",
    }
)  # fmt: skip
_FILLER = re.compile(r"\b(?:a|an|only|just)\s*$", re.IGNORECASE)


def hedged(number: Number, text: str) -> Number:
    """The number with the hedge that the words around it give."""
    before = _FILLER.sub("", text[max(0, number.start - _LOOK_BACK) : number.start])
    tail = before.rsplit(None, 1)
    last = _LAST_WORD.search(tail[-1]) if tail else None
    match = _BEFORE.search(before) if last and last.group(1).lower() in _LAST_WORDS else None
    match = match or _AFTER.match(text, number.end)
    if match is None or match.lastgroup is None:
        return number
    if number.kind is Kind.PLAIN and number.value in _MARKS and _NEAR.search(match.group()):
        return replace(number, hedge=Hedge.ABOUT)  # a beta close to 1, from either side
    return replace(number, hedge=Hedge(match.lastgroup))
