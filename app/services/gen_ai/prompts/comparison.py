"""A computed ranking to words: what the model is told, and what it must answer."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from app.quant.ranking import Ranked
from app.quant.words import Language
from app.schemas.gen_ai.chatops import CompareRequest
from app.services.gen_ai.core import Message
from app.services.gen_ai.prompts.texts import instructions, question


class ComparisonAnswer(BaseModel):
    """The ranking in words, what follows from it, and why."""

    model_config = ConfigDict(extra="forbid")

    summary: str
    recommendation: str
    reasoning: str


def comparison_messages(request: CompareRequest, ranking: Sequence[Ranked], language: Language) -> tuple[Message, ...]:
    words = request.question or ("전략을 비교해 주세요." if language == "ko" else "Compare these strategies.")
    metrics = set[str](request.metrics)
    values = {strategy.name: strategy.metrics.model_dump(include=metrics) for strategy in request.strategies}
    data = {
        "language": language,
        "question": request.question,
        "metrics": request.metrics,
        "ranking": [{"name": item.name, "rank": item.rank, "metrics": values[item.name]} for item in ranking],
    }
    return (instructions("comparison", language), question(words, data))
