"""Whether a number has the sign of a value, from its own sign and the words before it."""

import re
from collections.abc import Sequence

from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.lexicon.senses import LOSING, Sense
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.values import REFERENCES
from app.services.gen_ai.fact_check.numbers.number import Hedge, Number
from app.services.gen_ai.fact_check.subjects import is_benchmark
from app.services.gen_ai.fact_check.text import Sentence

_NEGATIVE = re.compile(r"\b(?:negative|minus|below zero)\b|마이너스|음수|음\(-\)|(?<![가-힣])음의", re.IGNORECASE)
_POSITIVE = re.compile(r"\bpositive\b|플러스|양수|양\(\+\)|(?<![가-힣])양의", re.IGNORECASE)
_LOOK_BACK = 24
_CLAUSE = re.compile(r"[,;]\s")
_UNSIGNED = frozenset({Unit.MULTIPLE, Unit.RELATIVE, Unit.COUNT, Unit.RANK})


def has_sign(candidate: Candidate, said: int, number: Number, sentence: Sentence) -> bool:
    """`said` is the sign that the word for the metric gives: -1 for a loss, 0 for none."""
    if candidate.unit in _UNSIGNED or candidate.value == 0 or number.value == 0:
        return True
    if candidate.is_computed:
        return _is_signed_difference(candidate, number)
    if candidate.magnitude:
        return number.sign <= 0
    if candidate.unit is Unit.RATIO and number.hedge is not Hedge.EXACT and number.value in REFERENCES:
        return True
    before = _CLAUSE.split(sentence.text[max(sentence.start, number.start - _LOOK_BACK) : number.start])[-1]
    if number.sign > 0 or (not number.sign and _POSITIVE.search(before)):
        return candidate.value > 0 and said >= 0
    negative = number.sign < 0 or said < 0 or bool(_NEGATIVE.search(before))
    return negative == (candidate.value < 0)


def _is_signed_difference(candidate: Candidate, number: Number) -> bool:
    """With a sign of its own a difference to the benchmark is the strategy's value less the benchmark's."""
    if not number.sign or not any(map(is_benchmark, candidate.owners)):
        return True
    return (candidate.value > 0) == (number.sign > 0)


def has_sign_loosely(candidate: Candidate, said: Sequence[int] | None, number: Number, sentence: Sentence) -> bool:
    """As above, where the words do not say of what the number is: a loss needs a minus, or a word of loss anywhere."""
    if said is not None:
        return any(has_sign(candidate, sign, number, sentence) for sign in said)
    if candidate.value >= 0 or number.sign or candidate.magnitude or candidate.unit in _UNSIGNED:
        return has_sign(candidate, 0, number, sentence)
    lost = any(term.sense in LOSING or term.sense is Sense.DECLINE for term in sentence.terms)
    return lost or bool(_NEGATIVE.search(sentence.said))
