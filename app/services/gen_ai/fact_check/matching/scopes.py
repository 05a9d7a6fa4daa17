"""Of which part of the backtest a number speaks: the whole, a regime, or a variation of a parameter."""

from collections.abc import Sequence

from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.regime_scopes import RegimeScopes
from app.services.gen_ai.fact_check.matching.variation_scopes import VariationScopes
from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.text import Sentence


class Scopes:
    """Ask it about the sentences in their order."""

    def __init__(self, everything: Sequence[Candidate]) -> None:
        self._regimes = RegimeScopes(everything)
        self._variations = VariationScopes(everything)

    def spoken_in(self, sentence: Sentence) -> None:
        """Takes note of what a sentence speaks of; call it before the sentence's numbers are asked about."""
        self._variations.spoken_in(sentence)

    @property
    def vary(self) -> bool:
        """Whether the last sentence speaks of variations of a parameter."""
        return self._variations.are_spoken_of

    def of(self, number: Number, sentence: Sentence) -> frozenset[str]:
        """The scopes in which to look for the number; "" is the whole backtest."""
        return self._regimes.of(number, sentence) or frozenset({"", *self._variations.of(number, sentence)})
