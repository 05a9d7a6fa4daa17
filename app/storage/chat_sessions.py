"""Chat sessions in SQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services.gen_ai.chat_sessions import ChatSession, ChatSessionsUnavailableError, ChatTurn
from app.storage.database import Database, reachable
from app.storage.tables import chat_sessions, chat_turns


class SqlChatSessionStore:
    def __init__(self, database: Database) -> None:
        self._engine = database.engine

    async def create(self, session: ChatSession) -> None:
        async with self._transaction() as connection:
            await connection.execute(insert(chat_sessions).values(asdict(session)))

    async def get(self, session_id: str) -> ChatSession | None:
        async with self._transaction() as connection:
            found = (await connection.execute(_one(session_id))).mappings().one_or_none()
        return None if found is None else ChatSession(**found)

    async def append(self, session_id: str, turns: Sequence[ChatTurn]) -> None:
        rows = [asdict(turn) | {"session_id": session_id} for turn in turns]
        async with self._transaction() as connection:
            # One at a time for each session, so that question and answer stay together.
            await connection.execute(_one(session_id).with_for_update())
            await connection.execute(insert(chat_turns), rows)

    async def latest(self, session_id: str, limit: int) -> Sequence[ChatTurn]:
        statement = (
            select(chat_turns.c.role, chat_turns.c.text, chat_turns.c.at)
            .where(chat_turns.c.session_id == session_id)
            .order_by(chat_turns.c.turn_id.desc())
            .limit(limit)
        )
        async with self._transaction() as connection:
            found = (await connection.execute(statement)).mappings().all()
        return [ChatTurn(**row) for row in reversed(found)]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with reachable(ChatSessionsUnavailableError, "The chat cannot be read or written"):
            async with self._engine.begin() as connection:
                yield connection


def _one(session_id: str) -> Select[Any]:
    return select(chat_sessions).where(chat_sessions.c.session_id == session_id)
