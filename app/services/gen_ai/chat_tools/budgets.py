"""The budgets that the caller's calls fall under."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from app.schemas.gen_ai.common import decimal_string
from app.services.gen_ai.budgets import BudgetOverview
from app.services.gen_ai.core import NoArguments, Tool
from app.services.gen_ai.core.budget_standing import BudgetStanding
from app.services.gen_ai.core.tools import Looked

_DESCRIPTION = (
    "Shows the budgets that the person's requests count against: limit, spent, reserved by requests under way, left, "
    "when they reset. For questions about budgets, limits and what is left to spend."
)
_MOST = 50


class BudgetTools:
    def __init__(self, budgets: BudgetOverview) -> None:
        self._budgets = budgets

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [Tool("budgets", _DESCRIPTION, NoArguments, partial(self._look, caller_id))]

    async def _look(self, caller_id: str, _: NoArguments) -> Looked:
        standings, total = await self._budgets.page(caller_id, everybody=False, limit=_MOST, offset=0)
        return {"budgets_in_all": total, "budgets": [_told(standing) for standing in standings]}


def _told(standing: BudgetStanding) -> dict[str, Any]:
    budget, counter = standing.claim.budget, standing.counter
    return {
        "name": budget.name,
        "scope": budget.scope,
        "kind": budget.kind,
        "period": budget.period,
        "limit_usd": None if budget.limit_usd is None else decimal_string(budget.limit_usd),
        "spent_usd": decimal_string(counter.spent.usd),
        "reserved_usd": decimal_string(counter.reserved.usd),
        "left_usd": None if standing.left_usd is None else decimal_string(standing.left_usd),
        "limit_tokens": budget.limit_tokens,
        "spent_tokens": counter.spent.tokens,
        "reserved_tokens": counter.reserved.tokens,
        "left_tokens": standing.left_tokens,
        "resets_at": standing.claim.resets_at,
    }
