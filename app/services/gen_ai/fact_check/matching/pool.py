"""The candidates of a check, by what can be written as a number of a kind."""

from collections.abc import Collection, Iterator, Sequence

from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.numbers.number import Kind

_PERCENT = 100.0
_BASIS_POINTS = 10_000.0
_DAYS_A_YEAR = 365.25

_SCALES: dict[Kind, dict[Unit, float]] = {
    Kind.PERCENT: {Unit.FRACTION: _PERCENT, Unit.RELATIVE: _PERCENT, Unit.MULTIPLE: _PERCENT},
    Kind.POINTS: {Unit.POINTS: _PERCENT, Unit.LEVEL: 1, Unit.RATIO: 1},
    Kind.BASIS_POINTS: {Unit.FRACTION: _BASIS_POINTS, Unit.POINTS: _BASIS_POINTS},
    Kind.MONEY: {Unit.USD: 1},
    Kind.TIMES: {Unit.MULTIPLE: 1, Unit.RATIO: 1, Unit.COUNT: 1},
    Kind.COUNT: {Unit.COUNT: 1},
    Kind.SHARE: {Unit.FRACTION: 1, Unit.MULTIPLE: 1, Unit.RELATIVE: 1},
    Kind.DAYS: {Unit.BARS: 1, Unit.YEARS: _DAYS_A_YEAR},
    Kind.WEEKS: {Unit.YEARS: _DAYS_A_YEAR / 7},
    Kind.MONTHS: {Unit.YEARS: 12},
    Kind.YEARS: {Unit.YEARS: 1},
    Kind.RANK: {Unit.RANK: 1},
    Kind.PLAIN: dict.fromkeys((Unit.RATIO, Unit.FRACTION, Unit.COUNT, Unit.USD, Unit.BARS, Unit.LEVEL), 1),
}
"""By what a value is multiplied to be written as a number of a kind; what has no scale is never written so."""
_GROWTH = "growth_multiple"


def scale(kind: Kind, candidate: Candidate) -> float | None:
    """None: such a value is never written as such a number."""
    return _SCALES.get(kind, {}).get(candidate.unit)


_KINDS_OF: dict[Unit, list[tuple[Kind, float]]] = {
    unit: [(kind, scales[unit]) for kind, scales in _SCALES.items() if unit in scales] for unit in Unit
}
_KINDS_OF[Unit.FRACTION].append((Kind.PLAIN, _PERCENT))  # an analyst's "CAGR 10.2 / 7.9"


class Pool:
    def __init__(self, everything: Sequence[Candidate]) -> None:
        self.everything = everything
        self._by_kind: dict[Kind, list[tuple[Candidate, float]]] = {}
        self._measured: dict[tuple[Kind, str], list[tuple[Candidate, float]]] = {}
        self._computed: dict[tuple[Kind, str], list[tuple[Candidate, float]]] = {}
        self._of_metric: dict[str, list[Candidate]] = {}
        for candidate in everything:
            if not candidate.is_computed:
                self._of_metric.setdefault(candidate.metric, []).append(candidate)
            of = self._computed if candidate.is_computed else self._measured
            for kind, times in _KINDS_OF[candidate.unit]:
                self._by_kind.setdefault(kind, []).append((candidate, times))
                of.setdefault((kind, candidate.metric), []).append((candidate, times))
            if candidate.metric == _GROWTH:
                # "A dollar became 3.15 dollars": only where the words speak of growth.
                for kind in (Kind.PLAIN, Kind.MONEY):
                    of.setdefault((kind, _GROWTH), []).append((candidate, 1.0))

    def measured(self, metrics: Collection[str]) -> list[Candidate]:
        """What was measured of some metrics."""
        return [one for metric in metrics for one in self._of_metric.get(metric, ())]

    def written_as(self, kind: Kind, metrics: Collection[str] | None) -> Iterator[tuple[Candidate, float]]:
        """The candidates of some metrics, or of all, with their scale; first what was measured."""
        if metrics is None:
            yield from self._by_kind.get(kind, ())
            return
        for of in (self._measured, self._computed):
            for metric in metrics:
                yield from of.get((kind, metric), ())
