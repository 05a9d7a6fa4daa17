"""Chat sessions in SQL."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select

from app.services.gen_ai.chat_sessions import ChatSession, ChatTurn
from app.storage.database import Database
from app.storage.tables import chat_sessions, chat_turns


class SqlChatSessionStore:
    def __init__(self, database: Database) -> None:
        self._engine = database.engine

    async def create(self, session: ChatSession) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(chat_sessions).values(asdict(session)))

    async def get(self, session_id: str) -> ChatSession | None:
        statement = select(chat_sessions).where(chat_sessions.c.session_id == session_id)
        async with self._engine.connect() as connection:
            found = (await connection.execute(statement)).mappings().one_or_none()
        return None if found is None else ChatSession(**found)

    async def append(self, session_id: str, turns: Sequence[ChatTurn]) -> None:
        rows = [asdict(turn) | {"session_id": session_id} for turn in turns]
        async with self._engine.begin() as connection:
            await connection.execute(insert(chat_turns), rows)

    async def latest(self, session_id: str, limit: int) -> Sequence[ChatTurn]:
        statement = (
            select(chat_turns.c.role, chat_turns.c.text, chat_turns.c.at)
            .where(chat_turns.c.session_id == session_id)
            .order_by(chat_turns.c.turn_id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(statement)).mappings().all()
        return [ChatTurn(**row) for row in reversed(found)]
