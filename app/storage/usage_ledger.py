"""The ledger in SQLite: one row for each attempt, written on the event loop, read through SQLAlchemy."""

import sqlite3
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from app.services.gen_ai.core.ledger import Attempt, AttemptStatus, Settlement
from app.storage.database import Database
from app.storage.ledger_queries import LedgerQueries
from app.storage.ledger_statements import (
    ABANDON,
    OPEN,
    SETTLE,
    DriverStatement,
    abandon_values,
    as_duplicate,
    open_values,
    settle_values,
)
from app.storage.processes import ProcessLocks
from app.storage.sqlite_writer import SqliteWriter
from app.storage.tables import attempts

log = structlog.get_logger(__name__)

_DIALECT = sqlite.dialect(paramstyle="named")
_OPEN = DriverStatement.of(OPEN, _DIALECT)
_SETTLE = DriverStatement.of(SETTLE, _DIALECT)
_ABANDON = DriverStatement.of(ABANDON, _DIALECT)


class SqlUsageLedger(LedgerQueries):
    def __init__(self, database: Database, writer: SqliteWriter, processes: ProcessLocks) -> None:
        super().__init__(database)
        self._writer = writer
        self._processes = processes

    async def open(self, attempt: Attempt) -> None:
        await self._writer.write(_OPEN, open_values(attempt, self._processes.process_id))

    async def settle(self, attempt_id: str, settlement: Settlement) -> None:
        try:
            await self._writer.write(_SETTLE, settle_values(attempt_id, settlement))
        except sqlite3.IntegrityError:
            log.warning("duplicate_answer", attempt_id=attempt_id, upstream_id=settlement.upstream_id)
            await self._writer.write(_SETTLE, settle_values(attempt_id, as_duplicate(settlement)))

    async def close_abandoned(self, now: datetime) -> int:
        """Closes what processes left open that do not live any more; returns for how many processes.

        Their attempts become `unknown`, with a cost between nothing and their worst case.
        """
        still_open = select(attempts.c.process_id).where(attempts.c.status == AttemptStatus.OPEN.value).distinct()
        async with self._engine.connect() as connection:
            found = (await connection.execute(still_open)).scalars().all()
        dead = [process_id for process_id in found if self._processes.is_dead(process_id)]
        for process_id in dead:
            await self._writer.write(_ABANDON, abandon_values(process_id, now))
            self._processes.forget(process_id)
            log.warning("abandoned_attempts_closed", process_id=process_id)
        return len(dead)
