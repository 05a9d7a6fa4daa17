"""What the chat can look up of the platform: models, market data, status."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Protocol

import structlog
from pydantic import Field

from app.clock import Clock
from app.errors import ConfigurationError
from app.quant.market import MarketData
from app.services.gen_ai.core import (
    ModelCatalog,
    ModelResolver,
    NoArguments,
    PolicyRegistry,
    Tool,
    ToolArguments,
    UsageLedger,
)
from app.services.gen_ai.ledger.port import AttemptRow, UsageQuery
from app.services.gen_ai.responses import model_info
from app.services.gen_ai.rules.pricing import TokenUsage
from app.services.gen_ai.wire.messages import Looked
from app.vocabulary import ModelTier, UsageGroup

_UNTOLD = {"description", "supports_rag", "unsettled"}
"""What the catalogue says besides, and a question is hardly about."""


class ModelsArguments(ToolArguments):
    tier: ModelTier | None = Field(description="Only models of this tier; null: all")


class ServiceModelsArguments(ToolArguments):
    service: str = Field(description="The service's name")


class ModelTools:
    """Everybody sees the same catalogue and the same policies."""

    def __init__(self, catalog: ModelCatalog, resolver: ModelResolver, policies: PolicyRegistry) -> None:
        self._catalog = catalog
        self._resolver = resolver
        self._policies = policies

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:  # noqa: ARG002  see the class
        services = ", ".join(self._policies.service_names)
        catalog = (
            "Lists the models: tier, capabilities, prices in USD per 1M tokens, context, whether they still answer, "
            "when they shut down and what replaces them."
        )
        policy = (
            "Shows the policy of a service: which models it may use today, which one it uses when nobody chooses, why "
            f"it may not use the others, and to which it climbs. Services: {services}."
        )
        return [
            Tool("models", catalog, ModelsArguments, self._models),
            Tool("service_policy", policy, ServiceModelsArguments, self._service_policy),
        ]

    async def _models(self, arguments: ModelsArguments) -> Looked:
        infos = [model_info(config) for config in self._catalog.configs(arguments.tier)]
        return {"models": [info.model_dump(mode="json", exclude=_UNTOLD) for info in infos]}

    async def _service_policy(self, arguments: ServiceModelsArguments) -> Looked:
        offer, policy = self._resolver.offer(arguments.service), self._policies.policy(arguments.service)
        return {
            "service": offer.service_name,
            "allowed_models": [config.model_id for config in offer.allowed],
            "default_model": offer.default.record.model_id if offer.default else None,
            "default_reason": offer.default.reason if offer.default else None,
            "refused_by_upstream_of_late": [refusal.model_id for refusal in offer.refused],
            "denied_models": [{"model_id": denied.config.model_id, "reason": denied.reason} for denied in offer.denied],
            "allowed_tiers": policy.allowed_tiers,
            "required_capabilities": policy.required_capabilities,
            "ladder": policy.ladder,
            "max_attempts": policy.max_attempts,
            "over_budget": policy.over_budget,
        }


# Market data: which series there are, which days they cover, and whether they have gaps.

log = structlog.get_logger(__name__)

_DESCRIPTION = (
    "Shows the market data that there are: the symbols, and for each the first and the last day, the number of daily "
    "bars, the longest gap between two bars in days, and the last close. For questions about data, symbols, dates and "
    "data quality."
)
_MOST_SERIES = 20
"""Series that are described in one answer; of the others the symbols alone are told."""


class MarketDataArguments(ToolArguments):
    symbol: str | None = Field(description="Only this symbol; null: all")


class MarketTools:
    """Everybody sees the same series."""

    def __init__(self, market: MarketData) -> None:
        self._market = market

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:  # noqa: ARG002  see the class
        return [Tool("market_data", _DESCRIPTION, MarketDataArguments, self._series)]

    async def _series(self, arguments: MarketDataArguments) -> Looked:
        symbols = self._market.symbols() if arguments.symbol is None else (arguments.symbol,)
        # A file that was never asked for is read now, which would hold everybody else up.
        described = await asyncio.to_thread(lambda: [self._described(symbol) for symbol in symbols[:_MOST_SERIES]])
        return {"series": described, "more_symbols": symbols[_MOST_SERIES:]}

    def _described(self, symbol: str) -> dict[str, Any]:
        try:
            bars = self._market.bars(symbol)
        except ConfigurationError as error:
            log.warning("market_data_unusable", symbol=symbol, reason=str(error))  # it names a path of the server
            return {"symbol": symbol, "error": "its file cannot be used; the server's log says why"}
        return {
            "symbol": bars.symbol,
            "first_day": bars.first_day,
            "last_day": bars.last_day,
            "bars": len(bars),
            "longest_gap_days": max(((later - day).days for day, later in pairwise(bars.days)), default=None),
            "last_close": round(float(bars.close[-1]), 4),
        }


# Health: whether Tollgate can work, who answers, what the prompt cache saves, and what failed of late.

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
    """`upstream` names who answers: `openai`, `simulator`, or the host of a compatible server."""

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
        sums = await self._ledger.sums(
            UsageQuery(since=since, caller_id=caller_id, upstream=self._upstream), UsageGroup.SERVICE
        )
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
        failed = [
            _failure_entry(row) for row in rows if row.settlement is not None and row.settlement.error is not None
        ]
        return {"requests_searched": len(rows), "requests_in_all": total, "failures": failed[:_LISTED]}


def _failure_entry(row: AttemptRow) -> dict[str, Any]:
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
