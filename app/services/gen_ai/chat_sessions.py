"""Chat sessions: who owns one, what was said in it, and the port to where they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

SESSION_LIFE = timedelta(hours=24)
"""Counted from the creation of a session."""


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
    async def create(self, session: ChatSession) -> None: ...

    async def get(self, session_id: str) -> ChatSession | None:
        """The session, also an expired one; None where there never was one."""
        ...

    async def append(self, session_id: str, turns: Sequence[ChatTurn]) -> None:
        """Adds turns, all or none of them."""
        ...

    async def latest(self, session_id: str, limit: int) -> Sequence[ChatTurn]:
        """The last `limit` turns, the oldest of them first."""
        ...
