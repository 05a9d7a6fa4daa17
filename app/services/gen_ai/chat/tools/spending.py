"""What the chat can look up of money: usage, cost, budgets."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from pydantic import Field

from app.clock import Clock, today
from app.schemas.gen_ai.common import decimal_string
from app.services.gen_ai.core import NoArguments, Tool, ToolArguments
from app.services.gen_ai.ledger.budget_standings import BudgetOverview
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.ledger.usage_overview import UsageOverview
from app.services.gen_ai.responses import usage_summary
from app.services.gen_ai.rules.budgets import BudgetStanding
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.wire.messages import Looked
from app.vocabulary import UsageGroup

_DAY = timedelta(days=1)


class Period(StrEnum):
    THIS_MONTH = "this_month"
    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    """Today is the last of them."""
    LAST_MONTH = "last_month"
    ALL = "all"

    def bounds(self, day: date) -> tuple[datetime | None, datetime | None]:
        """The moment from which it counts, and the one at which it has ended; None: unbounded. `day` is today."""
        month = day.replace(day=1)
        first, after = {
            Period.TODAY: (day, None),
            Period.YESTERDAY: (day - _DAY, day),
            Period.LAST_7_DAYS: (day - 6 * _DAY, None),
            Period.THIS_MONTH: (month, None),
            Period.LAST_MONTH: ((month - _DAY).replace(day=1), month),
            Period.ALL: (None, None),
        }[self]
        return _midnight(first), _midnight(after)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


# What the caller used and what it cost.

_TOLD = {
    "key",
    "upstream",
    "attempts",
    "uncosted_attempts",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "cost_usd",
}


class UsageArguments(ToolArguments):
    period: Period = Field(description="The time that counts, in UTC days")
    group_by: UsageGroup = Field(description="What to sum by")
    service: str | None = Field(description="Only this service; null: all services")


class UsageTools:
    def __init__(self, usage: UsageOverview, policies: PolicyRegistry, clock: Clock) -> None:
        self._overview = usage
        self._policies = policies
        self._clock = clock

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        services = ", ".join(self._policies.service_names)
        description = (
            "Sums what the person has used and spent: requests to OpenAI, tokens, exact cost in USD, by service, "
            f"model or day. It sums what one upstream answered, and shows others apart: their costs do not add up (a "
            f"simulator costs nothing). For every question about usage, cost or spending. Services: {services}."
        )
        return [Tool("usage_and_cost", description, UsageArguments, partial(self._usage, caller_id))]

    async def _usage(self, caller_id: str, arguments: UsageArguments) -> Looked:
        if arguments.service is not None:
            self._policies.policy(arguments.service)  # one that there is not must not look like one unused
        day = today(self._clock)
        since, until = arguments.period.bounds(day)
        query = UsageQuery(since=since, until=until, service=arguments.service, caller_id=caller_id)
        usage = await self._overview.sums(query, arguments.group_by)
        summary = usage_summary(arguments.group_by, usage)
        return {
            "today": day,
            "since": since,
            "until": until,
            "answered_by": usage.upstream,
            "total_cost_usd": summary.model_dump(mode="json")["total_cost_usd"],
            "group_by": arguments.group_by,
            "groups": [row.model_dump(mode="json", include=_TOLD) for row in summary.groups],
            "answered_by_others": [row.model_dump(mode="json", include=_TOLD) for row in summary.other_upstreams],
        }


# The budgets that the caller's calls fall under.

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
        return {
            "answered_by": self._budgets.upstream,
            "budgets_in_all": total,
            "budgets": [_budget_entry(standing) for standing in standings],
        }


def _budget_entry(standing: BudgetStanding) -> dict[str, Any]:
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
