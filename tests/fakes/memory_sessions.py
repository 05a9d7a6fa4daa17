"""Chat sessions in memory; a fake that keeps the promises of the port."""

from collections.abc import Sequence

from app.services.gen_ai.chat.sessions import ChatSession, ChatSessionsUnavailableError, ChatTurn


class MemoryChatSessions:
    def __init__(self) -> None:
        self.sessions: dict[str, ChatSession] = {}
        self.turns: dict[str, list[ChatTurn]] = {}

    async def create(self, session: ChatSession) -> None:
        self.sessions[session.session_id] = session
        self.turns[session.session_id] = []

    async def get(self, session_id: str) -> ChatSession | None:
        return self.sessions.get(session_id)

    async def append(self, session_id: str, turns: Sequence[ChatTurn]) -> None:
        if session_id not in self.sessions:
            raise ChatSessionsUnavailableError(f"The chat session {session_id} has been deleted; create a new one")
        self.turns[session_id] += turns

    async def latest(self, session_id: str, limit: int) -> Sequence[ChatTurn]:
        return self.turns[session_id][-limit:]
