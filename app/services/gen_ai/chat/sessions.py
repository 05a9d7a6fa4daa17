"""A chat: who may go on with it, what of it is kept, and how it is put to a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, Protocol

from app.errors import TollgateError
from app.schemas.gen_ai.common import detected_language
from app.services.gen_ai.core import Message
from app.services.gen_ai.texts import instructions
from app.services.gen_ai.wire.messages import Exchange

SESSION_LIFE = timedelta(hours=24)
"""Counted from the creation of a session."""


class ChatSessionsUnavailableError(TollgateError):
    status = 503
    code = "sessions_unavailable"
    title = "Chat sessions cannot be read or written"


@dataclass(frozen=True, slots=True)
class ChatSession:
    session_id: str
    owner_id: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ChatTurn:
    role: Literal["user", "assistant"]
    text: str
    at: datetime


class ChatSessionStore(Protocol):
    """Every method raises ChatSessionsUnavailableError where the store cannot be reached."""

    async def create(self, session: ChatSession) -> None: ...

    async def get(self, session_id: str) -> ChatSession | None:
        """The session, also an expired one; None where there never was one."""
        ...

    async def append(self, session_id: str, turns: Sequence[ChatTurn]) -> None:
        """Adds turns to a session: all or none of them, and nobody else's between them.

        Raises:
            ChatSessionsUnavailableError: also where the session is not there any more.
        """
        ...

    async def latest(self, session_id: str, limit: int) -> Sequence[ChatTurn]:
        """The last `limit` turns, the oldest of them first."""
        ...


# A chat turn: what the model is told. Its answer is plain text.


def chat_messages(message: str) -> tuple[Message, ...]:
    """The new message, whose language decides that of the answer."""
    return instructions("chat/chat", detected_language(message)), Message("user", message)


def exchanges(turns: Sequence[ChatTurn]) -> tuple[Exchange, ...]:
    """The turns of a session as questions with their answers, the oldest first; half a one is left out."""
    return tuple(
        (Message("user", asked.text), Message("assistant", answered.text))
        for asked, answered in pairwise(turns)
        if (asked.role, answered.role) == ("user", "assistant")
    )
