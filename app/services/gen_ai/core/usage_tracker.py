"""The meter: writes down each attempt before it is sent, and what it cost as soon as the answer is there."""

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import structlog

from app.clock import Clock, today
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.ledger.port import DEARER_THAN_ASKED, Attempt, LedgerUnavailableError, Settlement, UsageLedger
from app.services.gen_ai.rules.body_bounds import writes_for_12h
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.pricing import (
    Cost,
    TokenUsage,
    UsageInconsistentError,
    check_allowed,
    price_usage,
    read_usage,
)
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.rules.worst_case import estimate, longest_prompt, worst_of
from app.services.gen_ai.wire.faults import UpstreamFaultError
from app.services.gen_ai.wire.formats import says_something
from app.services.gen_ai.wire.messages import Envelope, UpstreamReply
from app.services.gen_ai.wire.stream_reader import StreamReader
from app.services.gen_ai.wire.upstream_words import NOTHING_SAID, UpstreamWords
from app.tokenizer import count_tokens
from app.vocabulary import AttemptStatus, ModelCapability

log = structlog.get_logger(__name__)

_CHARACTERS_PER_TOKEN = 16
"""More than any text has: what is longer than that has used its limit up."""
_QUICK_TEXT = 50_000
"""Characters: a longer one is counted in a thread, as it would hold up the event loop."""


class UsageTracker:
    """Whatever comes back, an attempt is settled once, and at most at what its request allowed."""

    def __init__(
        self,
        catalog: ModelCatalog,
        policies: PolicyRegistry,
        ledger: UsageLedger,
        clock: Clock,
        *,
        regional: bool = False,
    ) -> None:
        self._catalog = catalog
        self._policies = policies
        self._ledger = ledger
        self._clock = clock
        self._regional = regional

    async def open(self, attempt: Attempt) -> None:
        """Writes an attempt down; only then may it be sent."""
        await self._ledger.open(attempt)

    async def track_usage(
        self, attempt: Attempt, request: PreparedRequest, envelope: Envelope, reply: UpstreamReply, *, latency_ms: float
    ) -> Settlement:
        """Records an answer's own usage and its exact cost, before what was said is parsed.

        An answer whose model or price is unknown has the cost None; one whose usage is missing, contradicts itself, or
        is more than the request allowed is recorded as unknown, never as a guess.
        """
        if envelope.usage is None and envelope.failure is not None and not says_something(envelope):
            ending = self._ending(AttemptStatus.UNKNOWN, reply, latency_ms, "answer_failed")
            return await self._settle_within(attempt, replace(ending, counts_worst=self._counts_errors(attempt)))
        try:
            found = self._measured(request, envelope)
        except Exception:  # an answer that is paid for must not leave its row open
            log.exception("answer_not_measured", attempt_id=attempt.attempt_id)
            found = _Measured(error="unreadable_answer")
        status = AttemptStatus.UNKNOWN if found.is_unknown else AttemptStatus.MEASURED
        settlement = replace(
            self._ending(status, reply, latency_ms, found.error, envelope),
            tokens=found.tokens,
            cost_usd=found.cost.usd if found.cost else None,
            price_id=found.cost.price_id if found.cost else None,
            cache_read_saved_usd=found.cost.read_saved_usd if found.cost else None,
            cache_write_extra_usd=found.cost.write_extra_usd if found.cost else None,
        )
        return await self._settle_within(attempt, settlement)

    async def track_stream(
        self,
        attempt: Attempt,
        request: PreparedRequest,
        reader: StreamReader,
        reply: UpstreamReply,
        *,
        latency_ms: float,
    ) -> Settlement:
        """Records a stream: its own usage, or where it did not come that far, what was received, as an estimate.

        What a model thinks is billed and not seen: where it was cut off, nobody can estimate it.
        """
        envelope = reader.envelope
        if envelope.usage is not None or (envelope.failure is not None and not reader.received):
            return await self.track_usage(attempt, request, envelope, reply, latency_ms=latency_ms)
        limit = request.worst.output_tokens
        text = reader.received[: limit * _CHARACTERS_PER_TOKEN]
        count = partial(count_tokens, text, request.profile.encoding)
        received = min(await asyncio.to_thread(count) if len(text) > _QUICK_TEXT else count(), limit)
        tier = envelope.service_tier or request.payload.get("service_tier")
        record = self._answered(request, envelope)
        tokens, cost, least = estimate(
            request.worst.prompt_tokens, received, record or request.record, today(self._clock), tier,
            regional=self._regional,
        )  # fmt: skip
        worst = attempt.worst_usd
        why = "usage_missing" if reader.complete else "stream_cut"
        guessed = reader.complete or not _thinks(request)
        settlement = replace(
            self._ending(
                AttemptStatus.ESTIMATED if guessed else AttemptStatus.UNKNOWN, reply, latency_ms, why, envelope
            ),
            tokens=tokens if guessed else None,
            cost_usd=_at_most(cost, worst) if guessed else None,
            cost_low_usd=_at_most(least, worst) if record else Decimal(0),
            cost_high_usd=worst,
            counts_worst=not reader.complete,  # what broke off may have gone on
        )
        return await self._settle(attempt, settlement)

    async def track_unreadable(self, attempt: Attempt, reply: UpstreamReply, *, latency_ms: float) -> Settlement:
        """Records a 2xx answer that could not be read at all: it was billed, nobody knows how much."""
        return await self._settle_within(
            attempt, self._ending(AttemptStatus.UNKNOWN, reply, latency_ms, "unreadable_answer")
        )

    async def track_unmetered(self, attempt: Attempt, reply: UpstreamReply, *, latency_ms: float) -> Settlement:
        """Records an answer of an endpoint that cannot be metered: nobody knows its cost, and no budget counts it."""
        ending = self._ending(AttemptStatus.UNKNOWN, reply, latency_ms, "unmetered")
        return await self._settle_within(attempt, replace(ending, counts_worst=False))

    async def track_fault(self, attempt: Attempt, fault: UpstreamFaultError | None, *, latency_ms: float) -> Settlement:
        """Records an attempt without an answer; `fault` None: it ended on our side."""
        if fault is None:
            return await self._settle_within(
                attempt, self._ending(AttemptStatus.UNKNOWN, None, latency_ms, "cancelled")
            )
        status = AttemptStatus.UNKNOWN if fault.maybe_billed else AttemptStatus.UNBILLED
        reply = None if fault.status is None else UpstreamReply(fault.status, fault.request_id)
        ending = self._ending(status, reply, latency_ms, fault.surface.code)
        if fault.answered:
            ending = replace(ending, counts_worst=self._counts_errors(attempt))
        return await self._settle_within(attempt, ending)

    async def track_unsent(self, attempt: Attempt) -> Settlement:
        """Records that an attempt was never sent."""
        return await self._settle_within(attempt, self._ending(AttemptStatus.UNBILLED, None, 0.0, "not_sent"))

    def _answered(self, request: PreparedRequest, envelope: Envelope) -> ModelRecord | None:
        """The model that answered: the one that was asked, where the answer names none, or where it is free and the
        name is nobody's: llama.cpp names the file that it has loaded. None where nobody knows it.
        """
        if envelope.answered_as is None:
            return request.record
        record = self._catalog.find(envelope.answered_as)
        if record is None and request.record.is_free:
            return request.record
        return record if record is not None and _can_be(record, request.record) else None

    def _measured(self, request: PreparedRequest, envelope: Envelope) -> "_Measured":
        if envelope.usage is None:
            return _Measured(error="usage_missing")
        record = self._answered(request, envelope)
        largest = max(longest_prompt(model) for model in (request.record, record) if model is not None)
        try:
            tokens = read_usage(envelope.usage)
            check_allowed(tokens, most_input=largest, most_output=request.worst.output_tokens)
        except UsageInconsistentError as error:
            log.warning("usage_inconsistent", reason=str(error))
            return _Measured(error="usage_inconsistent")
        day = today(self._clock)
        cost = None
        if record is not None and envelope.service_tier != ServiceTier.BATCH:  # nothing that is sent here is in one
            cost = price_usage(tokens, record, day, envelope.service_tier, regional=self._regional)
        if cost is None:
            return _Measured(tokens, error="unpriced")
        asked_tier = request.payload.get("service_tier") or ServiceTier.DEFAULT
        if record is request.record and envelope.service_tier in (None, asked_tier):
            return _Measured(tokens, cost)
        tier = ServiceTier(asked_tier)
        allowed = worst_of(
            request.record, tokens.input_tokens, tokens.output_tokens, day, tier,
            regional=self._regional, written_12h=writes_for_12h(request.payload),
        ).usd  # fmt: skip
        if allowed is not None and cost.usd > allowed:
            log.warning("answer_dearer_than_asked", model=request.record.model_id, asked_tier=tier.value,
                        answered_as=envelope.answered_as, answered_tier=envelope.service_tier)  # fmt: skip
            return _Measured(tokens, error=DEARER_THAN_ASKED)
        return _Measured(tokens, cost)

    def _ending(
        self,
        status: AttemptStatus,
        reply: UpstreamReply | None,
        latency_ms: float,
        error: str | None,
        envelope: Envelope | None = None,
    ) -> Settlement:
        return Settlement(
            status=status,
            settled_at=self._clock.now(),
            latency_ms=latency_ms,
            upstream_id=envelope.upstream_id if envelope else None,
            answered_as=envelope.answered_as if envelope else None,
            service_tier=envelope.service_tier if envelope else None,
            upstream_status=reply.status if reply else None,
            upstream_request_id=reply.request_id if reply else None,
            error=error,
        )

    def _counts_errors(self, attempt: Attempt) -> bool:
        return self._policies.policy(attempt.service).error_answers == "worst"

    async def _settle_within(self, attempt: Attempt, ending: Settlement) -> Settlement:
        """An unknown cost lies between nothing and the worst case."""
        if ending.status is AttemptStatus.UNKNOWN:
            ending = replace(ending, cost_low_usd=Decimal(0), cost_high_usd=attempt.worst_usd)
        return await self._settle(attempt, ending)

    async def _settle(self, attempt: Attempt, settlement: Settlement) -> Settlement:
        """Also where it cannot be recorded, what was paid for is handed on: whoever comes after this process closes
        the row at its worst.
        """
        try:
            await self._ledger.settle(attempt.attempt_id, settlement)
        except LedgerUnavailableError as error:
            log.exception("settlement_not_recorded", attempt_id=attempt.attempt_id, reason=str(error))
        log.info("openai_usage", **_log_fields(attempt, settlement))
        return settlement


@dataclass(frozen=True, slots=True)
class _Measured:
    """What an answer's usage comes to; `error` says why it has no cost."""

    tokens: TokenUsage | None = None
    cost: Cost | None = None
    error: str | None = None

    @property
    def is_unknown(self) -> bool:
        return self.tokens is None or self.error == DEARER_THAN_ASKED


def _can_be(answered: ModelRecord, asked: ModelRecord) -> bool:
    """Whether an answer may be of the model that it names: no words are answered with vectors.

    They are cheap, and whoever answers could call himself so.
    """
    embeds = ModelCapability.EMBEDDING
    return (embeds in answered.capabilities) == (embeds in asked.capabilities)


def _thinks(request: PreparedRequest) -> bool:
    reasoning = request.payload.get("reasoning")
    effort = request.payload.get("reasoning_effort") or (isinstance(reasoning, dict) and reasoning.get("effort"))
    return ModelCapability.REASONING in request.record.capabilities and effort != "none"


def _at_most(amount: Decimal | None, worst: Decimal | None) -> Decimal | None:
    return amount if amount is None or worst is None else min(amount, worst)


def log_words(attempt: Attempt, settlement: Settlement, words: UpstreamWords) -> None:
    """What the upstream said of an error, which may quote a part of the request; never a key."""
    if words != NOTHING_SAID:
        log.info("upstream_error", operation_id=attempt.operation_id, attempt_id=attempt.attempt_id,
                 model=attempt.model_id, upstream_status=settlement.upstream_status,
                 upstream_request_id=settlement.upstream_request_id, **words.fields())  # fmt: skip


def _log_fields(attempt: Attempt, settlement: Settlement) -> dict[str, Any]:
    """One line for each attempt: never what was asked or answered, never a key."""
    tokens = settlement.tokens
    return {
        "service": attempt.service,
        "operation": attempt.operation,
        "operation_id": attempt.operation_id,
        "attempt_id": attempt.attempt_id,
        "status": settlement.status.value,
        "upstream": attempt.upstream,
        "wire": attempt.wire.value,
        "model": attempt.model_id,
        "answered_as": settlement.answered_as,
        "input_tokens": tokens.input_tokens if tokens else None,
        "cached_input_tokens": tokens.input_cached if tokens else None,
        "cache_write_tokens": tokens.cache_written if tokens else None,
        "output_tokens": tokens.output_tokens if tokens else None,
        "reasoning_tokens": tokens.output_reasoning if tokens else None,
        "cost_usd": None if settlement.cost_usd is None else f"{settlement.cost_usd:f}",
        "latency_ms": None if settlement.latency_ms is None else round(settlement.latency_ms, 3),
        "upstream_request_id": settlement.upstream_request_id,
        "error": settlement.error,
    }
