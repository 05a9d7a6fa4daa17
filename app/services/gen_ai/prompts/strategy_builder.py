"""Words to a strategy: what the model is told, and what it must answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from app.quant.strategy import Strategy
from app.quant.words import Language
from app.schemas.gen_ai.strategy_builder import Intent, StrategyBuilderRequest
from app.services.gen_ai.core import Message
from app.services.gen_ai.prompts.texts import instructions, question


class StrategyAnswer(BaseModel):
    """What the words ask for, the strategy as data, and what was assumed."""

    model_config = ConfigDict(extra="forbid")

    intent: Intent
    strategy: Strategy
    explanation: str
    assumptions: list[str]


def strategy_messages(request: StrategyBuilderRequest, language: Language) -> tuple[Message, ...]:
    data: dict[str, Any] = {"language": language}
    if request.context:
        data["context"] = request.context
    if request.preferences is not None:
        data["preferences"] = request.preferences.model_dump(exclude_none=True, exclude_defaults=True)
    if request.strategy is not None:
        data["strategy"] = request.strategy.model_dump(mode="json")
    return (instructions("strategy_builder", language), question(request.query, data))
