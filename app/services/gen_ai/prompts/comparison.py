"""A computed ranking to words: what the model is told, and what it must answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from app.quant.ranking import Ranked
from app.quant.words import Language
from app.services.gen_ai.comparing import Compared
from app.services.gen_ai.core import Message
from app.services.gen_ai.prompts.texts import instructions, question


class ComparisonAnswer(BaseModel):
    """The ranking in words, what follows from it, and why."""

    model_config = ConfigDict(extra="forbid")

    summary: str
    recommendation: str
    reasoning: str


def comparison_messages(wish: str | None, compared: Compared, language: Language) -> tuple[Message, ...]:
    words = wish or ("전략을 비교해 주세요." if language == "ko" else "Compare these strategies.")
    data = {
        "language": language,
        "question": wish,
        "metrics": compared.metrics,
        "ranking": [_ranked(compared, one) for one in compared.ranking],
        "correlations": [
            {"names": pair.names, "correlation": _digits(pair.value)}
            for pair in compared.correlations
            if pair.value is not None
        ],
        "caveats": compared.caveats,
    }
    return (instructions("comparison", language), question(words, data))


def _ranked(compared: Compared, one: Ranked) -> dict[str, Any]:
    contender = compared.contender(one.name)
    known = {"symbol": contender.symbol} if contender.symbol else {}
    metrics = {metric: _digits(contender.values.get(metric)) for metric in compared.metrics}
    return {"name": one.name, "rank": one.rank, **known, "metrics": metrics}


def _digits(value: float | None) -> float | None:
    """More than prose prints, so that a rounded figure is rounded once: from 17 digits they would be copied wrong."""
    return None if value is None else round(value, 6)
