"""What every ledger does when somebody finds out, by the bill, what was not known."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from app.errors import NotFoundError
from app.services.gen_ai.ledger.port import DEARER_THAN_ASKED, Resolution, Resolved, Settlement, UsageLedger, UsageQuery
from app.services.gen_ai.ledger.resolutions import NotResolvableError
from app.services.gen_ai.rules.budgets import BudgetBook, Counter, Spend
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus, UsageGroup
from tests.contracts.budget_contract import WORST, book, budget, call, counters
from tests.fakes.rows import NOON, settlement, unanswered

TOKENS = TokenUsage(10, 0, 0, 10, 0)
UNKNOWN = replace(unanswered(), cost_low_usd=Decimal(0), cost_high_usd=WORST.usd)
DEARER = replace(UNKNOWN, error=DEARER_THAN_ASKED)
UNCOUNTED = replace(UNKNOWN, counts_worst=False)
ESTIMATED = settlement(status=AttemptStatus.ESTIMATED, cost_usd=Decimal("0.002"), cost_low_usd=Decimal("0.001"),
                       cost_high_usd=WORST.usd, tokens=TOKENS)  # fmt: skip
UNPRICED = settlement(cost_usd=None, price_id=None, error="unpriced", tokens=TOKENS)
COST = Decimal("0.0035")


def resolution(cost_usd: Decimal | None, attempt_id: str = "att_1", **changes: str) -> Resolution:
    fields = {"note": "line 7 of the bill of November", "resolved_by": "ann"} | changes
    return Resolution(attempt_id, cost_usd, fields["note"], fields["resolved_by"], NOON)


async def settled(ledger: UsageLedger, end: Settlement) -> None:
    await ledger.open(call(1))
    await ledger.settle("att_1", end)


class ResolutionContract:
    @pytest.fixture
    def make(self) -> Callable[[BudgetBook], UsageLedger]:
        raise NotImplementedError("give a maker of the ledger that is to be tested, empty, with these budgets")

    @pytest.mark.parametrize(("end", "cost", "spent"), [
        (UNKNOWN, None, Spend()),
        (UNKNOWN, COST, Spend(COST, WORST.tokens)),  # how many tokens it were is still not known
        (DEARER, Decimal("0.02"), Spend(Decimal("0.02"), WORST.tokens)),  # the bill may be above the worst case
        (UNCOUNTED, None, Spend()),
        (UNCOUNTED, COST, Spend(COST)),
        (ESTIMATED, None, Spend()),
        (ESTIMATED, COST, Spend(COST, 20)),
        (UNPRICED, COST, Spend(COST, 20)),
        (UNPRICED, Decimal(0), Spend(Decimal(0), 20)),
    ])  # fmt: skip
    async def test_what_is_found_out_takes_the_place_of_what_was_counted(
        self, make: Callable[[BudgetBook], UsageLedger], end: Settlement, cost: Decimal | None, spent: Spend
    ) -> None:
        """The row, its trace, the sums and all six counters; nothing else of the settlement is lost."""
        ledger = make(book())
        await settled(ledger, end)
        found = await ledger.resolve(resolution(cost))
        status = AttemptStatus.UNBILLED if cost is None else AttemptStatus.MEASURED
        assert found.settlement == replace(end, status=status, cost_usd=cost, cost_low_usd=None, cost_high_usd=None)
        trace = Resolved(resolution(cost), end.status, end.cost_usd, end.cost_low_usd, end.cost_high_usd)
        assert found.resolved == trace
        assert await ledger.find("att_1") == found
        assert (await ledger.rows(UsageQuery(), limit=9, offset=0))[0][0] == found
        assert await counters(ledger, call(1)) == [Counter(spent=spent)] * 6
        (total,) = await ledger.sums(UsageQuery(), UsageGroup.SERVICE)
        assert (total.uncosted, total.measured_usd, total.cost_high_usd) == (0, cost or 0, cost or 0)

    async def test_a_resolution_gives_room_back(self, make: Callable[[BudgetBook], UsageLedger]) -> None:
        """An outage has used a budget up; the bill shows nothing; calls go out again."""
        ledger = make(book(budget(limit_usd="0.01")))
        await settled(ledger, UNKNOWN)
        await ledger.resolve(resolution(None))
        await ledger.open(call(2))

    @pytest.mark.parametrize(("end", "cost", "why"), [
        (None, None, "att_1 is still open"),
        (unanswered(AttemptStatus.UNBILLED, "upstream_error"), COST, "it was not billed"),
        (settlement(cost_usd=COST), None, "0.0035 USD, measured"),
        (UNKNOWN, Decimal("-0.1"), "-0.1 USD is no cost"),
        (UNKNOWN, Decimal("1e-13"), "is no cost"),
        (UNKNOWN, Decimal("NaN"), "NaN USD is no cost"),
        (UNKNOWN, Decimal("0.010000000001"), "more than it can have cost: 0.01 USD"),
    ])  # fmt: skip
    async def test_what_is_known_or_cannot_be_is_refused(
        self, make: Callable[[BudgetBook], UsageLedger], end: Settlement | None, cost: Decimal | None, why: str
    ) -> None:
        """With a sentence; the row and the counters stay as they are."""
        ledger = make(book())
        await ledger.open(call(1))
        if end is not None:
            await ledger.settle("att_1", end)
        before = await ledger.find("att_1"), await counters(ledger, call(1))
        with pytest.raises(NotResolvableError, match=why):
            await ledger.resolve(resolution(cost))
        assert (await ledger.find("att_1"), await counters(ledger, call(1))) == before

    async def test_what_is_not_there_is_not_found(self, make: Callable[[BudgetBook], UsageLedger]) -> None:
        with pytest.raises(NotFoundError, match="no attempt att_9"):
            await make(book()).resolve(resolution(None, "att_9"))
        assert await make(book()).find("att_9") is None

    async def test_resolving_twice_is_refused_with_what_is_there(
        self, make: Callable[[BudgetBook], UsageLedger]
    ) -> None:
        """Also many at once: one of them counts."""
        ledger = make(book())
        await settled(ledger, UNKNOWN)
        orders = [resolution(COST, resolved_by=f"person {number}") for number in range(8)]
        ends = await asyncio.gather(*(ledger.resolve(order) for order in orders), return_exceptions=True)
        assert sum(isinstance(end, NotResolvableError) for end in ends) == 7
        with pytest.raises(NotResolvableError, match=r"resolved already: 0.0035 USD, by person \d at 2026-11-23T12:00"):
            await ledger.resolve(resolution(None))
        assert await counters(ledger, call(1)) == [Counter(spent=Spend(COST, WORST.tokens))] * 6

    async def test_settling_what_was_resolved_changes_nothing(self, make: Callable[[BudgetBook], UsageLedger]) -> None:
        ledger = make(book())
        await settled(ledger, UNKNOWN)
        found = await ledger.resolve(resolution(None))
        await ledger.settle("att_1", settlement())
        assert await ledger.find("att_1") == found
