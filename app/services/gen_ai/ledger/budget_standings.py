"""How the budgets stand, for one caller or for everybody."""

from collections.abc import Sequence
from datetime import date

from app.clock import Clock, today
from app.services.gen_ai.ledger.port import UsageLedger
from app.services.gen_ai.rules.budgets import BudgetBook, BudgetStanding, Counter
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.vocabulary import UNKNOWN_UPSTREAM, written_upstream


class BudgetOverview:
    """`upstream` names who answers today: its calls are what the budgets limit now."""

    def __init__(
        self, book: BudgetBook, policies: PolicyRegistry, ledger: UsageLedger, clock: Clock, upstream: str
    ) -> None:
        self._book = book
        self._policies = policies
        self._ledger = ledger
        self._clock = clock
        self.upstream = upstream

    async def page(
        self,
        caller_id: str,
        *,
        everybody: bool,
        limit: int,
        offset: int,
        day: date | None = None,
        upstream: str | None = None,
    ) -> tuple[Sequence[BudgetStanding], int]:
        """A page of the budgets that a caller's calls to an upstream (without: the one that answers today) can fall
        under on a day (UTC; without: today), and how many there are in all.

        In the order of the policies; with `everybody` also those of all who have called in its month and of all whom a
        budget names.
        """
        day = day or today(self._clock)
        written = written_upstream(upstream or self.upstream)
        callers = await self._everybody(caller_id, day, written) if everybody else [caller_id]
        claims = list(self._book.all_claims(self._policies.service_names, callers, day, written))
        shown = claims[offset : offset + limit]
        counters = await self._ledger.counters([claim.counter for claim in shown])
        return [BudgetStanding(claim, counters.get(claim.counter, Counter())) for claim in shown], len(claims)

    async def other_upstreams(self, day: date | None = None, upstream: str | None = None) -> Sequence[str]:
        """Whom else somebody has called in the month of a day, in order."""
        called = await self._ledger.upstreams_of_month(day or today(self._clock))
        return sorted({name or UNKNOWN_UPSTREAM for name in called} - {upstream or self.upstream})

    async def _everybody(self, caller_id: str, day: date, upstream: str | None) -> Sequence[str]:
        seen = await self._ledger.callers_of_month(day, upstream)
        return sorted({caller_id, *seen, *self._book.named_callers})
