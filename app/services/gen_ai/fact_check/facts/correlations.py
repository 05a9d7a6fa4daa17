"""How far the returns of two strategies move together, as a fact of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.metrics import METRICS, Unit

CORRELATION = "correlation"


@dataclass(frozen=True, slots=True)
class Correlated:
    """Pearson's correlation of the daily returns of two subjects, by their names; -1 to 1."""

    names: tuple[str, str]
    value: float


def correlation_facts(correlated: Sequence[Correlated], names: Sequence[str]) -> Iterator[tuple[Fact, frozenset[int]]]:
    """A fact `correlation(A.returns, B.returns)` for each pair, with the places of the two among the names.

    Raises:
        ValueError: a pair has a name that no subject has.
    """
    decimals = METRICS[CORRELATION].decimals
    for pair in correlated:
        first, second = pair.names
        places = frozenset({names.index(first), names.index(second)})
        yield Fact(f"{CORRELATION}({first}.returns, {second}.returns)", pair.value, Unit.RATIO, decimals), places
