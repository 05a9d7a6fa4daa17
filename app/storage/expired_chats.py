"""Deletes what was said in chats that ended long ago, so that the database does not grow for ever."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select

from app.clock import Clock
from app.services.gen_ai.chat.sessions import ChatSessionsUnavailableError
from app.storage.database import Database
from app.storage.tables import chat_sessions
from app.storage.transactions import Transactions

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
