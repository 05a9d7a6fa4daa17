"""What a number can be: every fact of every subject, and what follows from two of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from app.services.gen_ai.fact_check.facts.correlations import CORRELATION, Correlated, correlation_facts
from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.metrics import METRICS, Unit
from app.services.gen_ai.fact_check.subjects import Owner, Subject, benchmark_of, subject_of

VARIATION = "sensitivity."
REGIME = "regime."
PARAMETER_ROLES = ("commission", "slippage", "position", "stop", "take", "cooldown")
_DIFFERENCE_UNITS = {Unit.FRACTION: Unit.POINTS}
_COMPARED = frozenset({Unit.FRACTION, Unit.RATIO, Unit.USD, Unit.COUNT})
_NOT_COMPARED = frozenset({CORRELATION, "initial_cash", "share", "excess_return", "trades_per_year"})
_OF_THE_TEST = frozenset({"bars", "years", "days", "years_per_trade"})
"""The same for everybody in the test."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`metric` is what the words beside a number must allow; `owners` are all whose figures it speaks of.

    `magnitude`: the size alone counts, because the words and not a sign say which way.
    """

    fact: Fact
    metric: str
    value: float
    unit: Unit
    owners: frozenset[Owner]
    scope: str
    magnitude: bool
    is_computed: bool = False


def candidates(subjects: Sequence[Subject], correlated: Sequence[Correlated] = ()) -> list[Candidate]:
    """Every value that a number of the text may have: first what was measured, then what follows from it."""
    plain = [found for place, subject in enumerate(subjects) for found in _plain(place, subject)]
    counts = [_count("strategies", len(subjects))] if len(subjects) > 1 else []
    ranks = [_rank(place, subject.rank) for place, subject in enumerate(subjects) if subject.rank is not None]
    pairs = _Pairs(subjects)
    return [
        *plain,
        *(
            Candidate(fact, CORRELATION, fact.number, fact.unit, owners, "", magnitude=False)
            for fact, owners in correlation_facts(correlated, [one.name for one in subjects])
        ),
        *counts,
        *ranks,
        *_metric_ranks(plain, len(subjects)),
        *pairs.of(plain),
        *pairs.of_parameters(plain),
    ]


def _plain(place: int, subject: Subject) -> Iterator[Candidate]:
    for fact in subject.facts:
        if fact.unit is Unit.DATE:
            continue
        owner = benchmark_of(place) if fact.is_benchmark else place
        known = METRICS.get(fact.metric)
        metric = fact.metric if known or fact.scope == "convention" else _parameter_role(fact)
        owners = frozenset[Owner]() if metric in _OF_THE_TEST else frozenset({owner})
        magnitude = known is not None and known.magnitude
        yield Candidate(fact, metric, fact.number, fact.unit, owners, fact.scope, magnitude)
    for name, prefix in (("regimes", REGIME), ("variations", VARIATION)):
        scopes = {fact.scope for fact in subject.facts if fact.scope.startswith(prefix)}
        if scopes:
            yield _count(name, len(scopes))


def _parameter_role(fact: Fact) -> str:
    """Which words belong to a parameter: its own ones for a limit, those of indicators for the rest."""
    name = fact.scope if fact.metric == "parameter" else fact.metric
    return next((role for role in PARAMETER_ROLES if role in name), "parameter")


def _count(name: str, number: int) -> Candidate:
    fact = Fact(f"count.{name}", float(number), Unit.COUNT, 0)
    return Candidate(fact, name, fact.number, Unit.COUNT, frozenset(), "count", magnitude=False)


def _rank(place: int, rank: int, metric: str = "rank") -> Candidate:
    fact = Fact("rank" if metric == "rank" else f"rank.{metric}", float(rank), Unit.RANK, 0)
    return Candidate(fact, metric, fact.number, Unit.RANK, frozenset({place}), "", magnitude=False)


def _metric_ranks(plain: Sequence[Candidate], subjects: int) -> Iterator[Candidate]:
    """The place of each subject by each metric of which everybody wants more, or everybody less."""
    if subjects == 1:
        return
    for name, metric in METRICS.items():
        if metric.better == "neither":
            continue
        own = [one for one in plain if one.metric == name and not one.scope and min(one.owners) >= 0]
        sizes = {one: abs(one.value) if metric.magnitude else one.value for one in own}
        for one in own:
            better = [size for size in sizes.values() if (size > sizes[one]) == (metric.better == "more")]
            ahead = len([size for size in better if size != sizes[one]])
            yield _rank(min(one.owners), ahead + 1, name)


class _Pairs:
    """Differences and ratios of the same metric: of two owners, or of the backtest and a variation of it."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects

    def of(self, plain: Sequence[Candidate]) -> Iterator[Candidate]:
        groups: dict[tuple[str, str], list[Candidate]] = {}
        for candidate in plain:
            if candidate.metric in METRICS and candidate.unit in _COMPARED and candidate.metric not in _NOT_COMPARED:
                scope = "" if candidate.scope.startswith(VARIATION) else candidate.scope
                groups.setdefault((scope, candidate.metric), []).append(candidate)
        for group in groups.values():
            for first, second in combinations(group, 2):
                if _belong_together(first, second):
                    yield from self._pair(first, second)

    def of_parameters(self, plain: Sequence[Candidate]) -> Iterator[Candidate]:
        """The value of a parameter in a variation over the one in the backtest: "doubling it to 40 days"."""
        base = {one.fact.name: one for one in plain if one.scope == "parameter"}
        for one in plain:
            name = one.scope.removeprefix(VARIATION).partition("=")[0]
            own = base.get(f"parameter.{name}") if one.fact.metric == "parameter" else None
            if own is not None and own.value and own.owners == one.owners:
                yield self._computed("ratio", (one, own), one.value / own.value, Unit.MULTIPLE)

    def _pair(self, first: Candidate, second: Candidate) -> Iterator[Candidate]:
        unit = _DIFFERENCE_UNITS.get(first.unit, first.unit)
        yield self._computed("difference", (first, second), first.value - second.value, unit)
        for over, under in ((first, second), (second, first)):
            if under.value and over.value * under.value >= 0:
                ratio = over.value / under.value
                yield self._computed("ratio", (over, under), ratio, Unit.MULTIPLE)
                yield self._computed("change", (over, under), ratio - 1, Unit.RELATIVE)

    def _computed(self, kind: str, of: tuple[Candidate, Candidate], value: float, unit: Unit) -> Candidate:
        first, second = of
        name = f"{kind}({self._name(first)}, {self._name(second)})"
        fact = Fact(name, value, unit, 2 if unit is Unit.MULTIPLE else first.fact.decimals)
        owners = first.owners | second.owners
        return Candidate(
            fact, first.metric, value, unit, owners, first.scope or second.scope, magnitude=True, is_computed=True
        )

    def _name(self, candidate: Candidate) -> str:
        if len(self._subjects) == 1:
            return candidate.fact.name
        (owner,) = candidate.owners
        return f"{self._subjects[subject_of(owner)].name}.{candidate.fact.name}"


def _belong_together(first: Candidate, second: Candidate) -> bool:
    varied = [one.scope.startswith(VARIATION) for one in (first, second)]
    return not any(varied) or (first.owners == second.owners and not all(varied))
