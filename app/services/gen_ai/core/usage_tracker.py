"""The meter: writes down each attempt before it is sent, and what it cost as soon as the answer is there."""

from datetime import UTC
from typing import Any

import structlog

from app.clock import Clock
from app.services.gen_ai.core.answer import Envelope
from app.services.gen_ai.core.ledger import Attempt, AttemptStatus, Settlement, UsageLedger
from app.services.gen_ai.core.model_catalog import ModelCatalog
from app.services.gen_ai.core.pricing import TokenUsage, UsageInconsistentError, price_usage, read_usage
from app.services.gen_ai.core.upstream import UpstreamFaultError, UpstreamReply

log = structlog.get_logger(__name__)


class UsageTracker:
    def __init__(self, catalog: ModelCatalog, ledger: UsageLedger, clock: Clock, *, regional: bool = False) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._clock = clock
        self._regional = regional

    async def open(self, attempt: Attempt) -> None:
        """Writes an attempt down; only then may it be sent."""
        await self._ledger.open(attempt)

    async def track_usage(
        self, attempt: Attempt, envelope: Envelope, reply: UpstreamReply, *, latency_ms: float
    ) -> Settlement:
        """Records an answer's own usage and its exact cost, before what was said is parsed.

        An answer whose model or price is unknown has the cost None; one whose usage is missing or contradicts
        itself is recorded as unknown, never as a guess.
        """
        tokens, error = _tokens(envelope.usage)
        record = self._catalog.find(envelope.answered_as)
        now = self._clock.now()
        cost = None
        if tokens is not None and record is not None:
            cost = price_usage(
                tokens, record, now.astimezone(UTC).date(), envelope.service_tier, regional=self._regional
            )
        settlement = Settlement(
            status=AttemptStatus.UNKNOWN if tokens is None else AttemptStatus.MEASURED,
            settled_at=now,
            latency_ms=latency_ms,
            upstream_id=envelope.upstream_id,
            answered_as=envelope.answered_as,
            service_tier=envelope.service_tier,
            tokens=tokens,
            cost_usd=cost.usd if cost else None,
            price_id=cost.price_id if cost else None,
            upstream_status=reply.status,
            upstream_request_id=reply.request_id,
            error=error if tokens is None else None if cost else "unpriced",
        )
        await self._settle(attempt, settlement)
        return settlement

    async def track_unreadable(self, attempt: Attempt, reply: UpstreamReply, *, latency_ms: float) -> Settlement:
        """Records a 2xx answer that could not be read at all: it was billed, nobody knows how much."""
        settlement = Settlement(
            status=AttemptStatus.UNKNOWN,
            settled_at=self._clock.now(),
            latency_ms=latency_ms,
            upstream_status=reply.status,
            upstream_request_id=reply.request_id,
            error="unreadable_answer",
        )
        await self._settle(attempt, settlement)
        return settlement

    async def track_fault(self, attempt: Attempt, fault: UpstreamFaultError | None, *, latency_ms: float) -> Settlement:
        """Records an attempt without an answer; `fault` None: it ended on our side."""
        settlement = Settlement(
            status=AttemptStatus.UNKNOWN if fault is None or fault.maybe_billed else AttemptStatus.UNBILLED,
            settled_at=self._clock.now(),
            latency_ms=latency_ms,
            upstream_status=fault.status if fault else None,
            upstream_request_id=fault.request_id if fault else None,
            error=fault.surface.code if fault else "cancelled",
        )
        await self._settle(attempt, settlement)
        return settlement

    async def _settle(self, attempt: Attempt, settlement: Settlement) -> None:
        await self._ledger.settle(attempt.attempt_id, settlement)
        log.info("openai_usage", **_log_fields(attempt, settlement))


def _tokens(usage: dict[str, Any] | None) -> tuple[TokenUsage | None, str | None]:
    if usage is None:
        return None, "usage_missing"
    try:
        return read_usage(usage), None
    except UsageInconsistentError as error:
        log.warning("usage_inconsistent", reason=str(error))
        return None, "usage_inconsistent"


def _log_fields(attempt: Attempt, settlement: Settlement) -> dict[str, Any]:
    """One line for each attempt: never what was asked or answered, never a key."""
    tokens = settlement.tokens
    return {
        "service": attempt.service,
        "operation": attempt.operation,
        "operation_id": attempt.operation_id,
        "attempt_id": attempt.attempt_id,
        "status": settlement.status.value,
        "model": attempt.model_id,
        "answered_as": settlement.answered_as,
        "input_tokens": tokens.input_tokens if tokens else None,
        "cached_input_tokens": tokens.input_cached if tokens else None,
        "output_tokens": tokens.output_tokens if tokens else None,
        "reasoning_tokens": tokens.output_reasoning if tokens else None,
        "cost_usd": None if settlement.cost_usd is None else f"{settlement.cost_usd:f}",
        "latency_ms": round(settlement.latency_ms, 3),
        "upstream_request_id": settlement.upstream_request_id,
        "error": settlement.error,
    }
