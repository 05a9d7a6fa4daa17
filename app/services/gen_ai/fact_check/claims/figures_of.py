"""The figures that claims are held against, by owner, metric and part of the backtest."""

from collections.abc import Iterable, Sequence

from app.services.gen_ai.fact_check.facts.metrics import METRICS, Unit, words_for
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.subjects import Owner, Subject, is_benchmark, owner_words

_OF_BENCHMARKS = {"beta": 1.0, "alpha": 0.0}
"""By definition."""


class FiguresOf:
    def __init__(self, all_candidates: Iterable[Candidate], subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        self._plain = {
            (one.scope, owner, one.metric): one
            for one in all_candidates
            if one.metric in METRICS and not one.is_computed and one.unit is not Unit.RANK
            for owner in one.owners
        }

    def get(self, owner: Owner, metric: str, scope: str = "") -> float | None:
        """The value; for a loss by its name (a drawdown) its size."""
        found = self._plain.get((scope, owner, metric))
        if found is None:
            return _OF_BENCHMARKS.get(metric) if is_benchmark(owner) else None
        return abs(found.value) if found.magnitude else found.value

    def signed(self, owner: Owner, metric: str) -> float | None:
        """The value as it was measured, of the whole backtest."""
        found = self._plain.get(("", owner, metric))
        return None if found is None else found.value

    def said(self, owner: Owner, metric: str, scope: str = "") -> str:
        """In words: the total return of the benchmark is 104.1%, or it is not known."""
        found = self._plain.get((scope, owner, metric))
        of = f"the {words_for(metric)} of {owner_words(owner, self.subjects)}"
        part = f" in the {scope.removeprefix('regime.')} regime" if scope.startswith("regime.") else ""
        return f"{of}{part} is not known" if found is None else f"{of}{part} is {found.fact.printed}"

    def everybody(self, metric: str, scope: str = "") -> dict[Owner, float]:
        """The value of each subject that has one, without the benchmarks."""
        values = {owner: self.get(owner, metric, scope) for owner in range(len(self.subjects))}
        return {owner: value for owner, value in values.items() if value is not None}


def is_better(metric: str, first: float, second: float) -> bool:
    """Whether the first value is the better one; neither is where nobody wants more or less of it."""
    better = METRICS[metric].better
    return first > second if better == "more" else better == "less" and first < second
