"""Budgets under random use, on SQLite and on PostgreSQL: also while the database breaks and the process seems dead."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.services.gen_ai.rules.budgets import BudgetAlert, BudgetBook
from app.storage.database import Database
from app.storage.ledger.statements import ResultT
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.ledger.write_queue import Work, Writer
from app.storage.opening import database_at
from app.storage.processes import Processes
from tests.contracts.budget_machine import PASSING, run_budget_machine
from tests.fakes.sql_ledger import sql_ledger
from tests.postgres_server import PostgresServer
from tests.storage.conftest import standing

SHRINKING = pytest.mark.timeout(900)
"""Seconds: a failure is only of use once hypothesis has made the example short."""


class BreakableWriter:
    """A writer whose database can be lost, and found again."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.is_broken = False

    async def start(self) -> None:
        await self._writer.start()

    async def close(self) -> None:
        await self._writer.close()

    async def write(self, work: Work[ResultT]) -> ResultT:
        if self.is_broken:
            return work.rescued(LedgerUnavailableError("the database is broken"))
        return await self._writer.write(work)


@dataclass
class SqlLedgerAtWork:
    ledger: SqlUsageLedger
    alerts: Sequence[BudgetAlert]
    writer: BreakableWriter
    processes: Processes

    def break_database(self) -> None:
        self.writer.is_broken = True

    def mend_database(self) -> None:
        self.writer.is_broken = False

    async def recover(self, now: datetime) -> None:
        await self.processes.hold()
        await self.ledger.recover(now)
        await self.processes.let_go()

    async def die(self, now: datetime) -> None:
        mine, self.processes.process_id = self.processes.process_id, "proc_another"
        await self.ledger.recover(now)
        self.processes.process_id = mine


@asynccontextmanager
async def at_work(database: Database, journals: Path, book: BudgetBook) -> AsyncIterator[SqlLedgerAtWork]:
    async with standing(database, journals) as stand:
        writer = BreakableWriter(stand.writer)
        alerts: list[BudgetAlert] = []
        ledger = sql_ledger(
            database, writer, stand.processes, stand.journal, book=book, alerts=alerts, passing=[PASSING]
        )
        yield SqlLedgerAtWork(ledger, alerts, writer, stand.processes)
    await database.close()


@SHRINKING
def test_budgets_under_random_use_on_sqlite(tmp_path: Path, sqlite_template: Path) -> None:
    runs = 0

    @asynccontextmanager
    async def begin(book: BudgetBook) -> AsyncIterator[SqlLedgerAtWork]:
        nonlocal runs
        runs += 1
        file = tmp_path / f"{runs}.db"
        shutil.copy(sqlite_template, file)
        async with at_work(database_at(f"sqlite+aiosqlite:///{file}"), tmp_path / f"{runs}", book) as made:
            yield made

    run_budget_machine(begin, can_break=True, examples=50)
    assert runs >= 50


@SHRINKING
def test_budgets_under_random_use_on_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    runs = 0

    @asynccontextmanager
    async def begin(book: BudgetBook) -> AsyncIterator[SqlLedgerAtWork]:
        nonlocal runs
        runs += 1
        with postgres_server.lent() as url:
            async with at_work(database_at(url), tmp_path / f"{runs}", book) as made:
                yield made

    run_budget_machine(begin, can_break=True, examples=15)
    assert runs >= 15
