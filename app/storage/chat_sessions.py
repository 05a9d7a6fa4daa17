"""Chat sessions in SQL: what was said, and its end.

What was said in chats that ended long ago is deleted, so that the database does not grow for ever.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import Clock
from app.services.gen_ai.chat.sessions import ChatSession, ChatSessionsUnavailableError, ChatTurn
from app.storage.database import Database, Transactions
from app.storage.tables import chat_sessions, chat_turns


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


log = structlog.get_logger(__name__)

_AT_ONCE = 100
"""Sessions, with all their turns, in one transaction: whoever wants to write meanwhile waits for some milliseconds."""
_EVERY = timedelta(hours=1)
"""How often it looks, once nothing is left: looking reads all sessions."""


class ExpiredChats:
    """Kept for `keep` after their end: who asks in a chat that is over is told when it ended, and a complaint about an
    answer can be looked into.
    """

    def __init__(self, database: Database, clock: Clock, keep: timedelta) -> None:
        self._transactions = Transactions(
            database, ChatSessionsUnavailableError, "Ended chats cannot be deleted", "they are deleted later"
        )
        self._clock = clock
        self._keep = keep
        self._next_look: datetime | None = None

    async def forget(self) -> None:
        """Deletes a batch of them, where it is time to look; the rest follows when it is called again.

        Raises:
            ChatSessionsUnavailableError: the database does not do its work.
        """
        now = self._clock.now()
        if self._next_look is not None and now < self._next_look:
            return
        columns = chat_sessions.c
        # What another process deletes at this moment is passed over.
        ended = (
            select(columns.session_id)
            .where(columns.expires_at <= now - self._keep)
            .order_by(columns.expires_at)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        deleted = await self._transactions.change(delete(chat_sessions).where(columns.session_id.in_(ended)))
        self._next_look = now + _EVERY if deleted < _AT_ONCE else None
        if deleted:
            log.info("ended_chats_deleted", sessions=deleted)
