"""A comparison, computed: ranks, correlations, caveats."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import InputError
from app.quant.ranking import RankableMetric, Ranked, rank_strategies
from app.quant.words import Language
from app.services.gen_ai.comparing.caveats import caveats
from app.services.gen_ai.comparing.contender import Contender
from app.services.gen_ai.comparing.correlations import PairCorrelation, pair_correlations


@dataclass(frozen=True, slots=True)
class Compared:
    """`ranking`: the best first; `contenders` in the order in which they were named."""

    contenders: Sequence[Contender]
    metrics: Sequence[RankableMetric]
    ranking: Sequence[Ranked]
    correlations: Sequence[PairCorrelation]
    caveats: Sequence[str]

    def contender(self, name: str) -> Contender:
        return next(one for one in self.contenders if one.name == name)


def compared(contenders: Sequence[Contender], metrics: Sequence[RankableMetric], language: Language) -> Compared:
    """Ranks them; reads whole curves, which takes some milliseconds: call it in a thread.

    Raises:
        InputError: none of them has a value for any of the metrics.
    """
    if all(one.values.get(metric) is None for one in contenders for metric in metrics):
        raise InputError(f"no strategy has a value for any of {', '.join(metrics)}; rank by another metric")
    ranking = rank_strategies({one.name: one.values for one in contenders}, metrics)
    return Compared(contenders, metrics, ranking, pair_correlations(contenders), caveats(contenders, language))
