"""Chat sessions: who owns one, what was said in it, and the port to where they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from app.errors import TollgateError

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
