"""Whether a comparison is true."""

import math
from collections.abc import Iterator
from dataclasses import replace

from app.services.gen_ai.fact_check.claims.claim import Comparison, Quantity, Way
from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf, is_better
from app.services.gen_ai.fact_check.facts.metrics import METRICS
from app.services.gen_ai.fact_check.result import ClaimFinding
from app.services.gen_ai.fact_check.subjects import Owner, benchmark_of, is_benchmark, subject_of

# Relative: a writer calls 14.2 and 14.3 the same, and 19.5 and 19.8 nearly so.
_SAME, _ALIKE = 0.02, 0.15


def judge(claim: Comparison, figures: FiguresOf) -> ClaimFinding | None:
    """The claim with its verdict; None where the sentence does not say of whom it speaks."""
    if claim.quantity is Quantity.ONLY and len(figures.subjects) > 1:
        return _only(claim, figures)
    pairs = list(_pairs(claim, figures))
    if not pairs:
        return None
    metric = claim.metric or "total_return"
    truths = [_holds(claim, metric, first, second, figures) for first, second in pairs]
    if any(truth is None for truth in truths):
        if claim.metric is None:
            return None
        unknown = next(pair for pair, truth in zip(pairs, truths, strict=True) if truth is None)
        return _finding(claim, metric, unknown, figures, agrees=False)
    agrees = _agrees(claim, [bool(truth) for truth in truths])
    shown = next((pair for pair, truth in zip(pairs, truths, strict=True) if truth == claim.negated), pairs[0])
    return _finding(claim, metric, shown, figures, agrees=agrees)


def _only(claim: Comparison, figures: FiguresOf) -> ClaimFinding | None:
    """Of the one who is named it holds, of nobody else."""
    one = judge(replace(claim, quantity=Quantity.ONE), figures)
    if one is None or not one.agrees or not all(map(is_benchmark, claim.others)):
        return one
    others = frozenset(range(len(figures.subjects))) - claim.subjects
    for other in sorted(others):
        found = judge(replace(claim, quantity=Quantity.ONE, subjects=frozenset({other})), figures)
        if found and found.agrees:
            return replace(found, agrees=False)
    return one


def _agrees(claim: Comparison, truths: list[bool]) -> bool:
    if claim.quantity is Quantity.NONE:
        return not any(truths)
    return not any(truths) if claim.negated else all(truths)


def _pairs(claim: Comparison, figures: FiguresOf) -> Iterator[tuple[Owner, Owner]]:
    everybody = range(len(figures.subjects))
    plural = claim.quantity in {Quantity.ALL, Quantity.NONE}
    subjects = set(claim.subjects)
    if plural and len(figures.subjects) > 1:
        subjects = set(claim.named or everybody)
    named = subjects - claim.others or subjects
    if len(named) > 1 and not plural:
        named = {owner for owner in named if not is_benchmark(owner)}
        if len(named) > 1:
            return
    for subject in sorted(named):
        for other in _others(subject, claim, figures):
            if other != subject:
                yield subject, other


def _others(subject: Owner, claim: Comparison, figures: FiguresOf) -> set[Owner]:
    if not claim.others or all(map(is_benchmark, claim.others)):
        return {benchmark_of(subject)} if not is_benchmark(subject) else set()
    strategies = {owner for owner in claim.others if not is_benchmark(owner)}
    if is_benchmark(subject) and len(strategies) > 1:
        return {subject_of(subject)}
    return strategies if len(strategies) == 1 or len(figures.subjects) == 1 else set()


def _holds(claim: Comparison, metric: str, first: Owner, second: Owner, figures: FiguresOf) -> bool | None:
    one, two = (figures.get(owner, metric, claim.scope) for owner in (first, second))
    if one is None or two is None:
        one, two = (figures.get(owner, metric) for owner in (first, second))
    if one is None or two is None:
        return None
    if claim.loss and not METRICS[metric].magnitude:
        one, two = -one, -two  # the larger loss is the lower return
    if claim.signed and METRICS[metric].magnitude and claim.way in {Way.MORE, Way.LESS}:
        one, two = -one, -two
    match claim.way:
        case Way.MORE:
            return one > two
        case Way.LESS:
            return one < two
        case Way.SAME | Way.ALIKE:
            return math.isclose(one, two, rel_tol=_SAME if claim.way is Way.SAME else _ALIKE)
        case Way.BETTER:
            return one < two if claim.loss else is_better(metric, one, two)
        case _:
            return one > two if claim.loss else is_better(metric, two, one)


def _finding(
    claim: Comparison, metric: str, pair: tuple[Owner, Owner], figures: FiguresOf, *, agrees: bool
) -> ClaimFinding:
    said = " and ".join(figures.said(owner, metric, claim.scope) for owner in pair)
    return ClaimFinding(claim.text.strip(), claim.start, claim.end, "comparison", agrees, said)
