"""Why a number matches no fact, in words from which a writer can repair it."""

from collections.abc import Sequence

from app.services.gen_ai.fact_check.facts.correlations import CORRELATION
from app.services.gen_ai.fact_check.facts.metrics import METRICS, Unit, words_for
from app.services.gen_ai.fact_check.matching.asked import Asked
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.pool import Pool, scale
from app.services.gen_ai.fact_check.matching.values import has_value
from app.services.gen_ai.fact_check.numbers.number import Kind
from app.services.gen_ai.fact_check.subjects import Subject, owner_words

_MOST = 3


def why_not(asked: Asked, pool: Pool, subjects: Sequence[Subject]) -> str:
    """One clause: what the facts say of the metric that the words name, or whose figure the number is instead."""
    binding = asked.binding
    if binding.meant == () and binding.term is not None:
        return f"{binding.term.text!r} is not counted in {asked.number.kind.value}"
    owners = " or ".join(sorted({owner_words(owner, subjects) for owner in asked.owners}))
    if not binding.meant:
        return f"it is no figure of {owners}{_elsewhere(asked, pool, subjects)}"
    names = list(dict.fromkeys(one.metric for one in binding.meant))
    right = [one for one in pool.measured(names) if one.scope in asked.scopes and one.owners & asked.owners]
    right = [one for one in right if one.metric != CORRELATION or asked.is_about(one, subjects)]
    right = [one for one in right if scale(asked.number.kind, one) is not None] or right
    if not right:
        named = ", ".join(sorted(words_for(name) for name in names))
        return f"there is no such fact of {owners} ({named}){_elsewhere(asked, pool, subjects)}"
    said = ", ".join(f"{words_for(one.metric)} {one.fact.printed}" for one in right[:_MOST])
    return f"the facts say of {owners}: {said}{_unit_hint(asked, right[0], pool)}"


def _unit_hint(asked: Asked, right: Candidate, pool: Pool) -> str:
    number = asked.number
    if scale(number.kind, right) is None:
        return f"; {number.kind.value} is the wrong unit"
    differences = [one for one in pool.everything if one.unit is Unit.POINTS and one.metric == right.metric]
    if number.kind is Kind.PERCENT and any(has_value(number, one, 100) for one in differences):
        return "; a difference between two percentages is written in percentage points"
    return ""


def _elsewhere(asked: Asked, pool: Pool, subjects: Sequence[Subject]) -> str:
    for one, times in pool.written_as(asked.number.kind, METRICS):
        if len(one.owners) == 1 and not one.is_computed and has_value(asked.number, one, times):
            (owner,) = one.owners
            return f"; it is the {words_for(one.metric)} of {owner_words(owner, subjects)}"
    return ""
