"""The meter: writes down each attempt before it is sent, and what it cost as soon as the answer is there."""

from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import structlog

from app.clock import Clock
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.ledger.port import Attempt, Settlement, UsageLedger
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.pricing import TokenUsage, UsageInconsistentError, price_usage, read_usage
from app.services.gen_ai.rules.worst_case import estimate
from app.services.gen_ai.wire.messages import Envelope
from app.services.gen_ai.wire.streamed_answer import StreamedAnswer
from app.services.gen_ai.wire.upstream import UpstreamFaultError, UpstreamReply
from app.tokenizer import count_tokens
from app.vocabulary import AttemptStatus

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
        return await self._answered(attempt, envelope, reply.status, reply.request_id, latency_ms)

    async def track_stream(
        self, attempt: Attempt, request: PreparedRequest, reader: StreamedAnswer, *, latency_ms: float
    ) -> Settlement:
        """Records a stream: its own usage, or where it did not come that far, what was received, as an estimate."""
        if reader.envelope.usage is not None:
            return await self._answered(attempt, reader.envelope, reader.status, reader.request_id, latency_ms)
        encoding, limit = request.profile.encoding, request.worst.output_tokens
        received = min(count_tokens(reader.received, encoding), limit)
        tier = reader.envelope.service_tier or request.payload.get("service_tier")
        tokens, cost, least = estimate(
            request.worst.prompt_tokens, received, request.record, self._today(), tier, regional=self._regional
        )
        settlement = Settlement(
            status=AttemptStatus.ESTIMATED,
            settled_at=self._clock.now(),
            latency_ms=latency_ms,
            upstream_id=reader.envelope.upstream_id,
            answered_as=reader.envelope.answered_as,
            service_tier=reader.envelope.service_tier,
            tokens=tokens,
            cost_usd=cost,
            cost_low_usd=least,
            cost_high_usd=attempt.worst_usd,
            upstream_status=reader.status,
            upstream_request_id=reader.request_id,
            error="usage_missing" if reader.complete else "stream_cut",
        )
        return await self._settle(attempt, settlement)

    async def track_unreadable(self, attempt: Attempt, reply: UpstreamReply, *, latency_ms: float) -> Settlement:
        """Records a 2xx answer that could not be read at all: it was billed, nobody knows how much."""
        ending = Settlement(
            status=AttemptStatus.UNKNOWN,
            settled_at=self._clock.now(),
            latency_ms=latency_ms,
            upstream_status=reply.status,
            upstream_request_id=reply.request_id,
            error="unreadable_answer",
        )
        return await self._unanswered(attempt, ending)

    async def track_fault(self, attempt: Attempt, fault: UpstreamFaultError | None, *, latency_ms: float) -> Settlement:
        """Records an attempt without an answer; `fault` None: it ended on our side."""
        billed = fault is None or fault.maybe_billed
        ending = Settlement(
            status=AttemptStatus.UNKNOWN if billed else AttemptStatus.UNBILLED,
            settled_at=self._clock.now(),
            latency_ms=latency_ms,
            upstream_status=fault.status if fault else None,
            upstream_request_id=fault.request_id if fault else None,
            error=fault.surface.code if fault else "cancelled",
        )
        return await self._unanswered(attempt, ending)

    async def track_unsent(self, attempt: Attempt) -> Settlement:
        """Records that an attempt was never sent."""
        now = self._clock.now()
        return await self._unanswered(attempt, Settlement(AttemptStatus.UNBILLED, now, 0.0, error="not_sent"))

    async def _answered(
        self, attempt: Attempt, envelope: Envelope, status: int, request_id: str | None, latency_ms: float
    ) -> Settlement:
        tokens, error = _tokens(envelope.usage)
        record = self._catalog.find(envelope.answered_as)
        cost = None
        if tokens is not None and record is not None:
            cost = price_usage(tokens, record, self._today(), envelope.service_tier, regional=self._regional)
        settlement = Settlement(
            status=AttemptStatus.UNKNOWN if tokens is None else AttemptStatus.MEASURED,
            settled_at=self._clock.now(),
            latency_ms=latency_ms,
            upstream_id=envelope.upstream_id,
            answered_as=envelope.answered_as,
            service_tier=envelope.service_tier,
            tokens=tokens,
            cost_usd=cost.usd if cost else None,
            cost_low_usd=Decimal(0) if tokens is None else None,
            cost_high_usd=attempt.worst_usd if tokens is None else None,
            price_id=cost.price_id if cost else None,
            upstream_status=status,
            upstream_request_id=request_id,
            error=error if tokens is None else None if cost else "unpriced",
        )
        return await self._settle(attempt, settlement)

    async def _unanswered(self, attempt: Attempt, ending: Settlement) -> Settlement:
        """Without an answer, an unknown cost lies between nothing and the worst case."""
        if ending.status is AttemptStatus.UNKNOWN:
            ending = replace(ending, cost_low_usd=Decimal(0), cost_high_usd=attempt.worst_usd)
        return await self._settle(attempt, ending)

    async def _settle(self, attempt: Attempt, settlement: Settlement) -> Settlement:
        await self._ledger.settle(attempt.attempt_id, settlement)
        log.info("openai_usage", **_log_fields(attempt, settlement))
        return settlement

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()


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
        "latency_ms": None if settlement.latency_ms is None else round(settlement.latency_ms, 3),
        "upstream_request_id": settlement.upstream_request_id,
        "error": settlement.error,
    }
