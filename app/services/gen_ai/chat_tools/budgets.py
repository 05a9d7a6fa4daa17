"""The budgets that the caller's calls fall under."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from app.clock import Clock, today
from app.schemas.gen_ai.common import decimal_string
from app.services.gen_ai.core import NoArguments, Tool, UsageLedger
from app.services.gen_ai.core.budget import BudgetBook, BudgetClaim
from app.services.gen_ai.core.service_policy import PolicyRegistry
from app.services.gen_ai.core.spend import Counter
from app.services.gen_ai.core.tools import Looked

_DESCRIPTION = (
    "Shows the budgets that the person's requests count against: limit, spent, reserved by requests under way, when "
    "they reset. For questions about budgets, limits and what is left to spend."
)


class BudgetTools:
    def __init__(self, book: BudgetBook, policies: PolicyRegistry, ledger: UsageLedger, clock: Clock) -> None:
        self._book = book
        self._policies = policies
        self._ledger = ledger
        self._clock = clock

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [Tool("budgets", _DESCRIPTION, NoArguments, partial(self._budgets, caller_id))]

    async def _budgets(self, caller_id: str, _: NoArguments) -> Looked:
        day = today(self._clock)
        # A budget for all, or for the caller, is found under each service; its counter is the same.
        claims = {
            (claim.budget.name, claim.counter): claim
            for service in self._policies.service_names
            for claim in self._book.claims(service, caller_id, day)
        }
        counters = await self._ledger.counters([claim.counter for claim in claims.values()])
        return {"budgets": [_told(claim, counters.get(claim.counter, Counter())) for claim in claims.values()]}


def _told(claim: BudgetClaim, counter: Counter) -> dict[str, Any]:
    budget = claim.budget
    return {
        "name": budget.name,
        "scope": budget.scope,
        "kind": budget.kind,
        "period": budget.period,
        "limit_usd": None if budget.limit_usd is None else decimal_string(budget.limit_usd),
        "spent_usd": decimal_string(counter.spent.usd),
        "reserved_usd": decimal_string(counter.reserved.usd),
        "limit_tokens": budget.limit_tokens,
        "spent_tokens": counter.spent.tokens,
        "reserved_tokens": counter.reserved.tokens,
        "resets_at": claim.resets_at,
    }
