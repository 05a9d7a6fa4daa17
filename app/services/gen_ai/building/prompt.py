"""What the strategy builder asks a model, and the answer that it wants."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.study import tunables
from app.quant.words import Language
from app.schemas.gen_ai.strategy_builder import Intent, StrategyBuilderRequest
from app.services.gen_ai.core import Message
from app.services.gen_ai.texts import instructions, question


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


# Words to a strategy: what the model is told, and what it must answer.


class ParameterChoice(BaseModel):
    """A number of the strategy by its name, why it is what it is or shall be varied, and what to try in its place.

    `values`: only those that the words ask for; empty, those around the strategy's own are tried.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    parameter: str
    reason: str
    values: list[float]


class StrategyAnswer(BaseModel):
    """What the words ask for, the strategy as data, and what was assumed."""

    model_config = ConfigDict(extra="forbid")

    intent: Intent
    strategy: Strategy
    explanation: str
    assumptions: list[str]
    parameters: list[ParameterChoice]


def strategy_messages(brief: Brief) -> tuple[Message, ...]:
    """The constant instructions, and the words with what belongs to them as data."""
    request = brief.request
    bars = brief.series.bars
    data: dict[str, Any] = {"language": brief.language, "series": {"symbol": bars.symbol, "bars": len(bars)}}
    if request.context:
        data["context"] = request.context
    if request.preferences is not None:
        data["preferences"] = request.preferences.model_dump(exclude_none=True, exclude_defaults=True)
    if brief.existing is not None:
        data["strategy"] = brief.existing.model_dump(mode="json")
        data["parameters"] = {each.id: each.value for each in tunables(brief.existing)}
    if brief.known_problems:
        data["known_problems"] = list(brief.known_problems)
    return (instructions("building/strategy_builder", brief.language), question(request.query, data))
