"""What one build is about: the request, the strategy that there is, and the series that answers are tried on."""

from dataclasses import dataclass

from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.words import Language
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest


@dataclass(frozen=True, slots=True)
class Series:
    """`wished`: the symbol of the preferences, where there are no bars of it; None where these are what was wished."""

    bars: Bars
    wished: str | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """`known_problems`: what was wrong with the existing strategy before anyone touched it, no fault of an answer."""

    request: StrategyBuilderRequest
    language: Language
    series: Series
    known_problems: tuple[str, ...] = ()

    @property
    def existing(self) -> Strategy | None:
        """The strategy to work on; one that is stored has taken its place in the request."""
        return self.request.strategy
