from collections.abc import Callable

import pytest

from app.services.gen_ai.core.budget import BudgetBook
from app.services.gen_ai.core.ledger import UsageLedger
from tests.contracts.budget_contract import BudgetContract
from tests.contracts.ledger_contract import LedgerContract
from tests.fakes.memory_ledger import LedgerMisuseError, MemoryLedger
from tests.fakes.rows import attempt, settlement


class TestMemoryLedger(LedgerContract, BudgetContract):
    @pytest.fixture
    def make(self) -> Callable[[BudgetBook], UsageLedger]:
        return lambda book: MemoryLedger(book, answers_once=True)


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
