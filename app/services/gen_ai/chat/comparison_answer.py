"""What a comparison asks a model, the answer that it wants, and what the words of it are held to."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.quant.ranking import Ranked
from app.quant.words import Language
from app.services.gen_ai.chat.comparison import Compared
from app.services.gen_ai.core import Message, Verdict
from app.services.gen_ai.fact_check import Correlated, Subject, check_text
from app.services.gen_ai.texts import instructions, language_problems, question


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
    return (instructions("chat/comparison", language), question(words, data))


def _ranked(compared: Compared, one: Ranked) -> dict[str, Any]:
    contender = compared.contender(one.name)
    known = {"symbol": contender.symbol} if contender.symbol else {}
    metrics = {metric: _digits(contender.values.get(metric)) for metric in compared.metrics}
    return {"name": one.name, "rank": one.rank, **known, "metrics": metrics}


def _digits(value: float | None) -> float | None:
    """More than prose prints, so that a rounded figure is rounded once: from 17 digits they would be copied wrong."""
    return None if value is None else round(value, 6)


# When is a comparison of the model accepted?


def verify_comparison(answer: ComparisonAnswer, compared: Compared, language: Language) -> Verdict[None]:
    """The texts are in their language, the recommendation names a strategy that the ranking puts first, and each figure
    and each claim is true of the strategy that it is said of.
    """
    names = [item.name for item in compared.ranking]
    texts = (answer.summary, answer.recommendation, answer.reasoning)
    violations = [
        *language_problems(texts, language, names=names),
        *_wrong_winner(answer.recommendation, compared.ranking),
        *_untrue(answer, compared, language),
    ]
    return Verdict(violations, None)


def _untrue(answer: ComparisonAnswer, compared: Compared, language: Language) -> Iterator[str]:
    subjects = [
        Subject.of(compared.contender(one.name).figures(), rank=one.rank, ranks=one.ranks) for one in compared.ranking
    ]
    correlated = [Correlated(pair.names, pair.value) for pair in compared.correlations if pair.value is not None]
    for field, text in answer.model_dump().items():
        for violation in check_text(text, subjects, language, correlated).violations:
            yield f"{field}: {violation}"


def _wrong_winner(recommendation: str, ranking: Sequence[Ranked]) -> Iterator[str]:
    winners = [item.name for item in ranking if item.rank == 1]
    mentioned = _mentioned(recommendation, [item.name for item in ranking])
    if not mentioned & {name.casefold() for name in winners}:
        yield f"recommendation: it must name {' or '.join(winners)}, the first of the ranking, exactly as in the data"


def _mentioned(text: str, names: Collection[str]) -> set[str]:
    """Which names a text contains, casefolded; in "SMA 50" the name "SMA 50" is mentioned and "SMA" is not.

    Korean particles follow a name without a blank, so only Latin letters and digits continue a name.
    """
    longest_first = sorted((name.casefold() for name in names), key=len, reverse=True)
    pattern = "|".join(re.escape(name) for name in longest_first)
    return set(re.findall(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])", text.casefold()))
