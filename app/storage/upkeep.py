"""Work of its own accord, beside the calls: what dead processes left is closed, what was journalled is replayed,
what was said in chats that ended long ago is deleted.
"""

import asyncio
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.services.gen_ai.chat.sessions import ChatSessionsUnavailableError
from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.storage.expired_chats import ExpiredChats
from app.storage.usage_ledger import SqlUsageLedger

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 30.0


class Upkeep:
    """A call that dies with its process holds its reservation no longer than one round."""

    def __init__(self, ledger: SqlUsageLedger, chats: ExpiredChats, clock: Clock) -> None:
        self._ledger = ledger
        self._chats = chats
        self._clock = clock
        self._rounds: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._rounds = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._rounds is not None:
            self._rounds.cancel()
            with suppress(asyncio.CancelledError):
                await self._rounds
            self._rounds = None

    async def round(self) -> None:
        """One round; what cannot be done now is done in a later one."""
        try:
            await self._ledger.recover(self._clock.now())
        except (LedgerUnavailableError, SQLAlchemyError, OSError) as error:
            log.warning("ledger_upkeep_failed", reason=str(error))
        try:
            await self._chats.forget()
        except ChatSessionsUnavailableError as error:
            log.warning("chat_upkeep_failed", reason=str(error))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self.round()
