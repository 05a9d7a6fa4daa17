"""The simulator's answer to a question: the composer for its schema, and the schema fulfilled."""

import json
from collections.abc import Callable
from dataclasses import replace

from app.simulator.answers.chat import chat_answer
from app.simulator.answers.comparison import comparison_answer
from app.simulator.answers.fit import fill
from app.simulator.answers.question import Question
from app.simulator.answers.report import report_answer
from app.simulator.answers.strategy import strategy_answer
from app.simulator.answers.tokens import Json

# A schema is known by the names at its top: the names that a composer fills.
_COMPOSERS: tuple[tuple[set[str], Callable[[Question], Json]], ...] = (
    ({"intent", "strategy", "explanation", "assumptions"}, strategy_answer),
    ({"executive_summary"}, report_answer),
    ({"summary", "recommendation", "reasoning"}, comparison_answer),
)


def compose(question: Question) -> str:
    """Plain text, or JSON that satisfies the schema; the same for the same question.

    Raises ValueError for a schema that no finite value satisfies, KeyError for a reference that leads nowhere.
    """
    if question.schema is None:
        return chat_answer(question)
    # A repair turn complains, perhaps in another language, but what was asked stays the same.
    first = next(((turn,) for turn in question.turns if turn.role == "user"), ())
    asked = replace(question, turns=first)
    names = question.schema.get("properties", {}).keys()
    composer = next((composer for known, composer in _COMPOSERS if known <= names), None)
    value = composer(asked) if composer else asked.data or None
    return json.dumps(fill(question.schema, value), ensure_ascii=False)
