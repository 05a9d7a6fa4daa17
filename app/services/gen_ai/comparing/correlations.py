"""How far the daily returns of each two strategies move together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from app.errors import InputError
from app.quant.study import correlation
from app.services.gen_ai.comparing.contender import Contender


@dataclass(frozen=True, slots=True)
class PairCorrelation:
    """`value`: Pearson's, over the days that both curves have; None: a curve is not known or does not vary, or they
    share fewer than three days. `days`: how many they share, 0 where a curve is not known.
    """

    names: tuple[str, str]
    value: float | None
    days: int
    first_day: date | None
    last_day: date | None


def pair_correlations(contenders: Sequence[Contender]) -> list[PairCorrelation]:
    """Of every pair, in their order; the days of one pair do not hang on a third strategy."""
    return [_of(one, other) for one, other in combinations(contenders, 2)]


def _of(one: Contender, other: Contender) -> PairCorrelation:
    names = (one.name, other.name)
    if one.finished is None or other.finished is None:
        return PairCorrelation(names, None, 0, None, None)
    results = {one.name: one.finished.result, other.name: other.finished.result}
    try:
        found = correlation(results)
    except InputError:
        shared = sorted(set(one.finished.result.days) & set(other.finished.result.days))
        return PairCorrelation(names, None, len(shared), *((shared[0], shared[-1]) if shared else (None, None)))
    return PairCorrelation(names, found.matrix[0][1], found.days, found.first_day, found.last_day)
