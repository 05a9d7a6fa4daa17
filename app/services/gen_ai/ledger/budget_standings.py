"""How the budgets stand, for one caller or for everybody."""

from collections.abc import Sequence
from datetime import date

from app.clock import Clock, today
from app.services.gen_ai.ledger.port import UsageLedger
from app.services.gen_ai.rules.budgets import BudgetBook, BudgetStanding, Counter
from app.services.gen_ai.rules.service_policy import PolicyRegistry


class BudgetOverview:
    def __init__(
        self, book: BudgetBook, policies: PolicyRegistry, ledger: UsageLedger, clock: Clock, upstream: str | None = None
    ) -> None:
        self._book = book
        self._policies = policies
        self._ledger = ledger
        self._clock = clock
        self._upstream = upstream

    async def page(
        self, caller_id: str, *, everybody: bool, limit: int, offset: int, day: date | None = None
    ) -> tuple[Sequence[BudgetStanding], int]:
        """A page of the budgets that a caller's calls can fall under on a day (UTC; without: today), and how many
        there are in all.

        In the order of the policies; with `everybody` also those of all who have called in its month and of all whom a
        budget names.
        """
        day = day or today(self._clock)
        callers = await self._everybody(caller_id, day) if everybody else [caller_id]
        claims = list(self._book.all_claims(self._policies.service_names, callers, day, self._upstream))
        shown = claims[offset : offset + limit]
        counters = await self._ledger.counters([claim.counter for claim in shown])
        return [BudgetStanding(claim, counters.get(claim.counter, Counter())) for claim in shown], len(claims)

    async def _everybody(self, caller_id: str, day: date) -> Sequence[str]:
        seen = await self._ledger.callers_of_month(day, self._upstream)
        return sorted({caller_id, *seen, *self._book.named_callers})
