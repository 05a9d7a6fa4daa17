"""Health: whether Tollgate can work, who answers, what the prompt cache saves, and what failed of late."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from app.clock import Clock
from app.services.gen_ai.core import NoArguments, Tool, UsageLedger
from app.services.gen_ai.core.ledger import AttemptRow, UsageQuery
from app.services.gen_ai.core.pricing import TokenUsage
from app.services.gen_ai.core.tools import Looked
from app.vocabulary import UsageGroup

_STATUS = (
    "Shows the status of the system: whether the database answers, who answers the requests (OpenAI or the embedded "
    "simulator), and how many of the person's input tokens of the last 24 hours came from the prompt cache. For "
    "questions about health, status, external services and the cache."
)
_FAILURES = (
    "Lists the person's latest requests to OpenAI that failed or broke off, with time, service, model and error code. "
    "For questions about failures and errors."
)
_DAY = timedelta(hours=24)
_SEARCHED = 200
_LISTED = 10


class Readiness(Protocol):
    async def is_ready(self) -> bool: ...


class StatusTools:
    """`upstream` names who answers: `openai` or `simulator`."""

    def __init__(self, database: Readiness, ledger: UsageLedger, clock: Clock, *, upstream: str) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._upstream = upstream

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [
            Tool("system_status", _STATUS, NoArguments, partial(self._status, caller_id)),
            Tool("recent_failures", _FAILURES, NoArguments, partial(self._failures, caller_id)),
        ]

    async def _status(self, caller_id: str, _: NoArguments) -> Looked:
        since = self._clock.now() - _DAY
        sums = await self._ledger.sums(UsageQuery(since=since, caller_id=caller_id), UsageGroup.SERVICE)
        tokens = sum((found.tokens for found in sums), start=TokenUsage(0, 0, 0, 0, 0))
        share = tokens.input_cached / tokens.input_tokens if tokens.input_tokens else None
        return {
            "now": self._clock.now(),
            "database_ready": await self._database.is_ready(),
            "answers_come_from": self._upstream,
            "last_24_hours": {
                "requests": sum(found.attempts for found in sums),
                "input_tokens": tokens.input_tokens,
                "cached_input_tokens": tokens.input_cached,
                "cached_percent": None if share is None else round(share * 100, 2),
            },
        }

    async def _failures(self, caller_id: str, _: NoArguments) -> Looked:
        rows, total = await self._ledger.rows(UsageQuery(caller_id=caller_id), limit=_SEARCHED, offset=0)
        failed = [_told(row) for row in rows if row.settlement is not None and row.settlement.error is not None]
        return {"requests_searched": len(rows), "requests_in_all": total, "failures": failed[:_LISTED]}


def _told(row: AttemptRow) -> dict[str, Any]:
    attempt, settled = row.attempt, row.settlement
    return {
        "at": attempt.opened_at,
        "service": attempt.service,
        "model_id": attempt.model_id,
        "status": row.status,
        "error": settled.error if settled else None,
        "upstream_status": settled.upstream_status if settled else None,
        "operation_id": attempt.operation_id,
    }
