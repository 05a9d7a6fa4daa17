from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from app.services.gen_ai.ledger.port import UsageLedger
from app.services.gen_ai.rules.budgets import BudgetBook
from tests.contracts.budget_contract import BudgetContract
from tests.contracts.budget_machine import run_budget_machine
from tests.contracts.ledger_contract import LedgerContract
from tests.contracts.resolution_contract import ResolutionContract
from tests.fakes.memory_ledger import LedgerMisuseError, MemoryLedger
from tests.fakes.rows import attempt, settlement


class TestMemoryLedger(LedgerContract, BudgetContract, ResolutionContract):
    @pytest.fixture
    def make(self) -> Callable[[BudgetBook], UsageLedger]:
        return MemoryLedger


async def test_opening_an_attempt_twice_is_a_mistake_of_the_caller() -> None:
    """An id names one attempt; a second one would hide the first."""
    ledger = MemoryLedger()
    await ledger.open(attempt())
    with pytest.raises(LedgerMisuseError, match="att_1 is opened a second time"):
        await ledger.open(attempt(service="chatops_advanced"))


async def test_settling_what_was_never_opened_is_a_mistake_of_the_caller() -> None:
    """An attempt that is settled without being opened was sent without being written down."""
    with pytest.raises(LedgerMisuseError, match="att_1 is settled but was never opened"):
        await MemoryLedger().settle("att_1", settlement())


@dataclass
class MemoryAtWork:
    """It lives as long as its process, and can neither break nor be given up."""

    ledger: MemoryLedger
    alerts: None = None

    def break_database(self) -> None:
        raise NotImplementedError

    mend_database = break_database

    async def recover(self, now: datetime) -> None:
        raise NotImplementedError

    die = recover


def test_budgets_under_random_use() -> None:
    """What the fake does, which other tests rely on, is what the real ledgers do."""

    @asynccontextmanager
    async def begin(book: BudgetBook) -> AsyncIterator[MemoryAtWork]:
        yield MemoryAtWork(MemoryLedger(book))

    run_budget_machine(begin, can_break=False, examples=60)
