"""The SQL ledger keeps the contract that every ledger keeps."""

import asyncio
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app.services.gen_ai.ledger.port import UsageLedger, UsageQuery
from app.services.gen_ai.rules.budgets import BudgetBook
from app.storage.sqlite_database import SqliteDatabase
from app.vocabulary import AttemptStatus
from tests.contracts.budget_contract import BudgetContract
from tests.contracts.ledger_contract import LedgerContract
from tests.contracts.resolution_contract import ResolutionContract
from tests.fakes.rows import attempt, settlement
from tests.storage.conftest import Stand, standing


class TestSqlUsageLedger(LedgerContract, BudgetContract, ResolutionContract):
    @pytest.fixture
    def make(self, stand: Stand) -> Callable[[BudgetBook], UsageLedger]:
        return stand.ledger

    async def test_an_id_is_used_once(self, ledger: UsageLedger) -> None:
        await ledger.open(attempt())
        with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
            await ledger.open(attempt())

    @pytest.mark.parametrize(
        "changes",
        [
            {"cost_usd": Decimal("1e-13")},  # finer than a picodollar
            {"upstream_id": "\ud800"},  # half of a pair of surrogates
            {"upstream_id": 7},
            {"upstream_status": 2**70},
            {"error": "e" * 99_999},
        ],
    )
    async def test_what_cannot_be_stored_is_settled_all_the_same(
        self, ledger: UsageLedger, changes: dict[str, Any]
    ) -> None:
        """The answer is paid for: its row does not stay open, and what it held is unknown within its worst case."""
        await ledger.open(attempt(worst_usd=Decimal("0.01")))
        await ledger.settle("att_1", settlement(**changes))
        ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
        assert row.settlement is not None
        if row.status is not AttemptStatus.MEASURED:  # SQLite keeps long texts
            assert (row.status, row.settlement.error) == (AttemptStatus.UNKNOWN, "unstorable_answer")
            assert row.settlement.cost_high_usd == Decimal("0.01")

    async def test_one_answer_in_two_processes_at_once(self, stand: Stand, tmp_path: Path) -> None:
        """A server that repeats ids, and two processes that settle at the same moment: both are settled."""
        async with standing(stand.database, tmp_path / "journal") as other:
            ledgers = [stand.ledger(), other.ledger()]
            for number, ledger in enumerate(ledgers):
                await ledger.open(attempt(f"att_{number}"))
            ends = [ledger.settle(f"att_{number}", settlement()) for number, ledger in enumerate(ledgers)]
            await asyncio.gather(*ends)
            rows, _ = await ledgers[0].rows(UsageQuery(), limit=9, offset=0)
        assert [row.settlement for row in rows] == [settlement()] * 2


async def test_sqlite_runs_in_wal_mode_with_foreign_keys(database: SqliteDatabase) -> None:
    async with database.engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 1  # NORMAL
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
