"""Chat sessions in SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services.gen_ai.chat.sessions import ChatSession, ChatSessionsUnavailableError, ChatTurn
from app.storage.database import Database
from app.storage.tables import chat_sessions, chat_turns
from app.storage.transactions import Transactions


class SqlChatSessionStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, ChatSessionsUnavailableError, "The chat cannot be read or written")

    async def create(self, session: ChatSession) -> None:
        await self._transactions.change(insert(chat_sessions).values(asdict(session)))

    async def get(self, session_id: str) -> ChatSession | None:
        found = await self._transactions.row(_one(session_id))
        return None if found is None else ChatSession(**found)

    async def append(self, session_id: str, turns: Sequence[ChatTurn]) -> None:
        rows = [asdict(turn) | {"session_id": session_id} for turn in turns]

        async def add(connection: AsyncConnection) -> None:
            # One at a time for each session, so that question and answer stay together.
            if (await connection.execute(_one(session_id).with_for_update())).one_or_none() is None:
                raise ChatSessionsUnavailableError(
                    f"The chat session {session_id} has been deleted meanwhile; create a new one"
                )
            await connection.execute(insert(chat_turns), rows)

        await self._transactions.run(add)

    async def latest(self, session_id: str, limit: int) -> Sequence[ChatTurn]:
        statement = (
            select(chat_turns.c.role, chat_turns.c.text, chat_turns.c.at)
            .where(chat_turns.c.session_id == session_id)
            .order_by(chat_turns.c.turn_id.desc())
            .limit(limit)
        )
        return [ChatTurn(**row) for row in reversed(await self._transactions.rows(statement))]


def _one(session_id: str) -> Select[Any]:
    return select(chat_sessions).where(chat_sessions.c.session_id == session_id)
