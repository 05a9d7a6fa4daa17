"""One request, sent as often as it makes sense; each try is an attempt in the ledger."""

import asyncio
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import stamina

from app.clock import Clock
from app.errors import UpstreamError, UpstreamTimeoutError
from app.services.gen_ai.core.answer import Envelope, UnreadableAnswerError, open_envelope
from app.services.gen_ai.core.ledger import Attempt, Settlement
from app.services.gen_ai.core.upstream import Upstream, UpstreamFaultError, UpstreamReply
from app.services.gen_ai.core.usage_tracker import UsageTracker


@dataclass(frozen=True, slots=True)
class SettledAttempt:
    attempt: Attempt
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Operation:
    """What a person asked for, and until when (seconds on the monotonic clock) it may take."""

    operation_id: str
    service: str
    name: str
    caller_id: str
    requested_model_id: str | None
    deadline: float


class MeteredCaller:
    def __init__(self, upstream: Upstream, tracker: UsageTracker, clock: Clock, *, max_tries: int) -> None:
        self._upstream = upstream
        self._tracker = tracker
        self._clock = clock
        self._max_tries = max_tries

    async def call(
        self, operation: Operation, model_id: str, payload: Mapping[str, Any], settled: list[SettledAttempt]
    ) -> Envelope:
        """The answer's envelope. Every attempt, also a failed one, is appended to `settled`.

        Raises:
            UpstreamError: no try brought an answer before the operation's deadline.
        """

        def worth_another_try(error: Exception) -> bool | timedelta:
            if not isinstance(error, UpstreamFaultError) or not error.retryable:
                return False
            pause = error.retry_after or _pause(len(settled))
            return pause.total_seconds() < self._left(operation) and pause

        try:
            async for attempt in stamina.retry_context(
                on=worth_another_try, attempts=self._max_tries, timeout=max(self._left(operation), 0.001)
            ):
                with attempt:
                    return await self._try_once(operation, model_id, payload, settled)
        except UpstreamFaultError as fault:
            raise fault.surface from fault
        raise AssertionError("stamina ends with an answer or an error")  # pragma: no cover

    async def _try_once(
        self, operation: Operation, model_id: str, payload: Mapping[str, Any], settled: list[SettledAttempt]
    ) -> Envelope:
        seconds = self._left(operation)
        if seconds <= 0:
            raise UpstreamTimeoutError("The time for this operation is used up; try again")
        attempt = self._new_attempt(operation, model_id)
        await self._tracker.open(attempt)
        started = self._clock.monotonic()
        try:
            reply = await self._upstream.send(payload, seconds=seconds)
        except UpstreamFaultError as fault:
            settling = self._tracker.track_fault(attempt, fault, latency_ms=self._since(started))
            settled.append(SettledAttempt(attempt, await asyncio.shield(settling)))
            raise
        except BaseException:
            # Whatever ends the wait, cancellation above all: the row must close.
            await asyncio.shield(self._tracker.track_fault(attempt, None, latency_ms=self._since(started)))
            raise
        # Shielded: an answer that has arrived is billed, whether or not somebody still waits for it.
        return await asyncio.shield(self._meter(attempt, reply, self._since(started), settled))

    async def _meter(
        self, attempt: Attempt, reply: UpstreamReply, latency_ms: float, settled: list[SettledAttempt]
    ) -> Envelope:
        try:
            envelope = open_envelope(reply.body)
        except UnreadableAnswerError as error:
            settlement = await self._tracker.track_unreadable(attempt, reply, latency_ms=latency_ms)
            settled.append(SettledAttempt(attempt, settlement))
            raise UpstreamError(
                f"OpenAI's answer cannot be read ({error}); try again",
                upstream_status=reply.status,
                upstream_request_id=reply.request_id,
            ) from error
        settlement = await self._tracker.track_usage(attempt, envelope, reply, latency_ms=latency_ms)
        settled.append(SettledAttempt(attempt, settlement))
        return envelope

    def _new_attempt(self, operation: Operation, model_id: str) -> Attempt:
        return Attempt(
            attempt_id=f"att_{uuid.uuid4().hex}",
            operation_id=operation.operation_id,
            service=operation.service,
            operation=operation.name,
            caller_id=operation.caller_id,
            requested_model_id=operation.requested_model_id,
            model_id=model_id,
            streamed=False,
            opened_at=self._clock.now(),
        )

    def _left(self, operation: Operation) -> float:
        return operation.deadline - self._clock.monotonic()

    def _since(self, started: float) -> float:
        return (self._clock.monotonic() - started) * 1000


def _pause(tries: int) -> timedelta:
    """0.1 seconds, doubled with each try, at most 5, and up to half as much again by chance."""
    return timedelta(seconds=min(5.0, 0.1 * 2 ** (tries - 1) * random.uniform(1, 1.5)))  # noqa: S311  no secret
