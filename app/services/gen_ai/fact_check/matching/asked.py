"""A number with what the words around it say: of which metric, of whom, of which part of the backtest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from app.services.gen_ai.fact_check.facts.correlations import CORRELATION
from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.lexicon.meanings import Meant
from app.services.gen_ai.fact_check.matching.bound import Binding
from app.services.gen_ai.fact_check.matching.candidates import REGIME, Candidate
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.subjects import Owner, Subject, is_benchmark
from app.services.gen_ai.fact_check.text import Sentence

_EVERYWHERE = ("parameter", "convention", "count")
_OF_REGIMES = frozenset({"share", "days"})
_COMPUTED = frozenset({Unit.POINTS, Unit.MULTIPLE, Unit.RELATIVE})
_OF_STRATEGIES_ALONE = frozenset(
    {
        "trades", "wins", "losses", "win_rate", "loss_rate", "final_value", "initial_cash", "profit", "alpha", "beta",
    }
)  # fmt: skip
"""Nobody measures them of a benchmark: beside its name they are the strategy's."""


@dataclass(frozen=True, slots=True)
class Asked:
    number: Number
    sentence: Sentence
    binding: Binding
    owners: frozenset[Owner]
    scopes: frozenset[str]
    about_parameters: bool
    belongs_certainly: bool = True

    def loosely(self, default: frozenset[Owner]) -> Self:
        """The same with all that the words leave open: any metric, and of whomever the text speaks."""
        binding = self.binding if self.binding.certain else replace(self.binding, meant=self.binding.at_all)
        owners = self.owners if self.belongs_certainly else self.owners | self.named | default
        return replace(self, owners=owners, binding=binding)

    def signs(self, meant: tuple[Meant, ...] | None) -> Mapping[str, Sequence[int]] | None:
        """For each metric that the number can be, the signs that the words give it; None: it can be any."""
        if meant is None:
            return None
        found: dict[str, list[int]] = {}
        for one in meant:
            found.setdefault(one.metric, []).append(one.sign)
        if self.number.kind is Kind.TIMES and "total_return" in found:
            found.setdefault("growth_multiple", [0])
        if self.about_parameters and not self.binding.names_it:
            found.setdefault("parameter", [0, -1])  # a threshold may be a loss
        return found

    def is_about(self, candidate: Candidate, subjects: Sequence[Subject]) -> bool:
        """Whether the sentence speaks of the candidate's owner and of its part of the backtest."""
        everywhere = candidate.scope.startswith(_EVERYWHERE)
        if candidate.metric == CORRELATION:
            return self._is_of_the_pair(candidate)
        if candidate.metric in _OF_REGIMES:
            named = {word.name for word in self.sentence.regimes if word.name}
            return not named or candidate.scope.removeprefix(REGIME) in named
        if not everywhere and candidate.scope not in self.scopes:
            return candidate.unit in _COMPUTED and not candidate.scope
        if everywhere or not candidate.owners or candidate.owners & self.owners:
            return True
        if len(candidate.owners) > 1:
            return len(subjects) == 1 or bool(candidate.owners & self.named)
        return candidate.metric in _OF_STRATEGIES_ALONE and all(map(is_benchmark, self.owners))

    def _is_of_the_pair(self, candidate: Candidate) -> bool:
        """Whether both are named, or the one that is."""
        named = frozenset(owner for owner in self.named if not is_benchmark(owner))
        return candidate.owners <= named if len(named) > 1 else not named or bool(candidate.owners & named)

    @property
    def named(self) -> frozenset[Owner]:
        return frozenset(owner for mention in self.sentence.mentions for owner in mention.owners)
