"""What the caller used and what it cost."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import Field

from app.clock import Clock, today
from app.services.gen_ai.chat_tools.periods import Period
from app.services.gen_ai.core import Tool, ToolArguments, UsageLedger
from app.services.gen_ai.core.ledger import UsageQuery
from app.services.gen_ai.core.service_policy import PolicyRegistry
from app.services.gen_ai.core.tools import Looked
from app.services.gen_ai.responses import usage_summary
from app.vocabulary import UsageGroup

_TOLD = {
    "key",
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
    def __init__(self, ledger: UsageLedger, policies: PolicyRegistry, clock: Clock) -> None:
        self._ledger = ledger
        self._policies = policies
        self._clock = clock

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        services = ", ".join(self._policies.service_names)
        description = (
            "Sums what the person has used and spent: requests to OpenAI, tokens, exact cost in USD, by service, "
            f"model or day. For every question about usage, cost or spending. Services: {services}."
        )
        return [Tool("usage_and_cost", description, UsageArguments, partial(self._usage, caller_id))]

    async def _usage(self, caller_id: str, arguments: UsageArguments) -> Looked:
        if arguments.service is not None:
            self._policies.policy(arguments.service)  # one that there is not must not look like one unused
        day = today(self._clock)
        since, until = arguments.period.bounds(day)
        query = UsageQuery(since=since, until=until, service=arguments.service, caller_id=caller_id)
        sums = await self._ledger.sums(query, arguments.group_by)
        summary = usage_summary(arguments.group_by, sums)
        return {
            "today": day,
            "since": since,
            "until": until,
            "total_cost_usd": summary.model_dump(mode="json")["total_cost_usd"],
            "group_by": arguments.group_by,
            "groups": [row.model_dump(mode="json", include=_TOLD) for row in summary.groups],
        }
