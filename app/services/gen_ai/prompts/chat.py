"""A chat turn: what the model is told. Its answer is plain text."""

from collections.abc import Sequence

from app.schemas.gen_ai.common import detected_language
from app.services.gen_ai.chat_sessions import ChatTurn
from app.services.gen_ai.core import Message
from app.services.gen_ai.prompts.texts import instructions


def chat_messages(history: Sequence[ChatTurn], message: str) -> tuple[Message, ...]:
    """The history, the oldest turn first, and the new message, whose language decides that of the answer."""
    return (
        instructions("chat", detected_language(message)),
        *(Message(turn.role, turn.text) for turn in history),
        Message("user", message),
    )
