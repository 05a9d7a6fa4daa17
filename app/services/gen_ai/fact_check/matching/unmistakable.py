"""A figure that can be nothing but one fact, whatever the words around it are."""

import re
from collections.abc import Iterator
from dataclasses import replace

from app.services.gen_ai.fact_check.facts.correlations import CORRELATION
from app.services.gen_ai.fact_check.facts.metrics import METRICS, Unit
from app.services.gen_ai.fact_check.matching import values
from app.services.gen_ai.fact_check.matching.asked import Asked
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.pool import Pool
from app.services.gen_ai.fact_check.matching.signs import has_sign_loosely
from app.services.gen_ai.fact_check.numbers.number import Hedge, Kind, Number

_MEASURED = frozenset({Kind.PERCENT, Kind.POINTS, Kind.MONEY, Kind.PLAIN, Kind.COUNT})
_METRICS = METRICS.keys() - {CORRELATION}
_FOLLOWS = frozenset({Unit.MULTIPLE, Unit.RELATIVE})
_AMOUNT, _MANY = 10_000, 10
_COMPARES = re.compile(
    r"\b(?:than|against|versus|vs?\.?|compared|rather|instead|unlike)\b|\d%?\s(?:to|/)\s\d|\(\s?[-\d.]"
    r"|보다|비[해하]|대비|견[주줘]|[를을]\s(?:\S+\s)?(?:앞|웃|밑|넘|이[기겼])|못\s?미|\d%?\s대\s\d",
    re.IGNORECASE,
)


def unmistakable(asked: Asked, pool: Pool) -> Candidate | None:
    """The one fact that a precise number states, where no word right beside it says that it is another's.

    A reader who does not know a phrase ("the biggest dip at 12.6 %") takes the number for what it is. Several facts
    with that value, or a name that it certainly belongs to, leave nothing to be taken.
    """
    if asked.binding.certain or not _is_precise(asked.number):
        return None
    found = list(_fitting(asked, pool))
    facts = {(one.fact.name, one.owners) for one in found}
    return found[0] if len(facts) == 1 else None


def _is_precise(number: Number) -> bool:
    """Written so finely that nothing else has the value by chance."""
    if number.kind not in _MEASURED or number.whole or number.part:
        return False
    if number.kind is Kind.COUNT:
        return number.value >= _MANY
    return number.step < 1 or number.value >= _AMOUNT


def _fitting(asked: Asked, pool: Pool) -> Iterator[Candidate]:
    exactly = replace(asked.number, hedge=Hedge.EXACT)
    for candidate, times in pool.written_as(asked.number.kind, None):
        if (
            candidate.metric in _METRICS
            and candidate.unit not in _FOLLOWS
            and candidate.is_computed == (candidate.unit is Unit.POINTS)
            and _is_named(asked, candidate)
            and values.has_value(exactly, candidate, times)
            and _is_in_scope(asked, candidate)
            and _may_be_theirs(asked, candidate)
            and has_sign_loosely(candidate, None, asked.number, asked.sentence)
        ):
            yield candidate


def _is_named(asked: Asked, candidate: Candidate) -> bool:
    """Whether it has the name that stands beside the number, where there is one."""
    binding = asked.binding
    says = binding.names_it or (asked.number.kind is Kind.COUNT and binding.is_of_trades)
    return not says or any(one.metric == candidate.metric for one in binding.meant or ())


def _may_be_theirs(asked: Asked, candidate: Candidate) -> bool:
    """Of whom it may be said: who is named, or anybody where the sentence compares."""
    if not candidate.owners or candidate.owners & asked.owners:
        return True
    if asked.belongs_certainly:
        return False
    return bool(candidate.owners & asked.named) or bool(_COMPARES.search(asked.sentence.said))


def _is_in_scope(asked: Asked, candidate: Candidate) -> bool:
    return candidate.scope in asked.scopes or (bool(asked.sentence.regimes) and candidate.scope.startswith("regime."))
