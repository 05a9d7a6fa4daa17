"""The SQL ledger keeps the contract that every ledger keeps."""

import sqlite3
from collections.abc import Callable
from decimal import Decimal

import asyncpg
import pytest
from sqlalchemy import text

from app.services.gen_ai.ledger.port import UsageLedger
from app.services.gen_ai.rules.budgets import BudgetBook
from app.storage.sqlite_database import SqliteDatabase
from tests.contracts.budget_contract import BudgetContract
from tests.contracts.ledger_contract import LedgerContract
from tests.fakes.rows import attempt, settlement
from tests.storage.conftest import Stand


class TestSqlUsageLedger(LedgerContract, BudgetContract):
    @pytest.fixture
    def make(self, stand: Stand) -> Callable[[BudgetBook], UsageLedger]:
        return stand.ledger

    async def test_an_id_is_used_once(self, ledger: UsageLedger) -> None:
        await ledger.open(attempt())
        with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
            await ledger.open(attempt())

    async def test_a_cost_that_cannot_be_kept_exactly_is_refused(self, ledger: UsageLedger) -> None:
        await ledger.open(attempt())
        with pytest.raises(ValueError, match="finer than a picodollar"):
            await ledger.settle("att_1", settlement(cost_usd=Decimal("1e-13")))


async def test_sqlite_runs_in_wal_mode_with_foreign_keys(database: SqliteDatabase) -> None:
    async with database.engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 1  # NORMAL
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
