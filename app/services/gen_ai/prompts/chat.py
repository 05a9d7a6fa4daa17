"""A chat turn: what the model is told. Its answer is plain text."""

from collections.abc import Sequence
from itertools import pairwise

from app.schemas.gen_ai.common import detected_language
from app.services.gen_ai.chat_sessions import ChatTurn
from app.services.gen_ai.core import Message
from app.services.gen_ai.core.context import Exchange
from app.services.gen_ai.prompts.texts import instructions


def chat_messages(message: str) -> tuple[Message, ...]:
    """The new message, whose language decides that of the answer."""
    return instructions("chat", detected_language(message)), Message("user", message)


def exchanges(turns: Sequence[ChatTurn]) -> tuple[Exchange, ...]:
    """The turns of a session as questions with their answers, the oldest first; half a one is left out."""
    return tuple(
        (Message("user", asked.text), Message("assistant", answered.text))
        for asked, answered in pairwise(turns)
        if (asked.role, answered.role) == ("user", "assistant")
    )
