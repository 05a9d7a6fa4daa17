"""Whom a text is about: one strategy, or several that are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from app.quant.ranking import RankableMetric
from app.services.gen_ai.fact_check.facts.backtest import backtest_facts
from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.figures import BacktestFigures

Owner = int
"""Whose figure it is: the place of a subject in the list, and its bitwise complement for that subject's benchmark."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A strategy with its facts. `rank` is its place in a comparison, 1 for the best; None: there is no ranking.
    `ranks` are its places by each metric of the ranking.

    `names` are all names of the strategy, `benchmark_names` those of what it is measured against: its symbol too,
    because the benchmark is to buy and hold what the strategy trades.
    """

    names: tuple[str, ...]
    facts: tuple[Fact, ...]
    benchmark_names: tuple[str, ...] = ()
    rank: int | None = None
    ranks: Mapping[RankableMetric, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.names[0]

    @classmethod
    def of(
        cls,
        figures: BacktestFigures | Mapping[str, object],
        *,
        rank: int | None = None,
        ranks: Mapping[RankableMetric, int] | None = None,
    ) -> Self:
        """A subject from the figures of its backtest.

        Raises:
            pydantic.ValidationError: a mapping does not have the fields of `BacktestFigures`.
        """
        if not isinstance(figures, BacktestFigures):
            figures = BacktestFigures.model_validate(figures)
        benchmark = (figures.symbol, figures.benchmark_name, *figures.benchmark_aliases)
        return cls(
            names=(figures.strategy_name, *figures.aliases),
            facts=backtest_facts(figures),
            benchmark_names=tuple(name for name in benchmark if name),
            rank=rank,
            ranks=dict(ranks or {}),
        )


def benchmark_of(subject: Owner) -> Owner:
    return ~subject


def is_benchmark(owner: Owner) -> bool:
    return owner < 0


def subject_of(owner: Owner) -> Owner:
    """The subject itself, or the one whose benchmark it is."""
    return ~owner if owner < 0 else owner


def owner_words(owner: Owner, subjects: Sequence[Subject]) -> str:
    """The owner as a sentence calls it."""
    if is_benchmark(owner):
        return "the benchmark"
    return "the strategy" if len(subjects) == 1 else subjects[owner].name
