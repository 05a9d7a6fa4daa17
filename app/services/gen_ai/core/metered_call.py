"""One request, sent as often as it makes sense; each try is an attempt in the ledger."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import stamina

from app.background import BackgroundWork
from app.clock import Clock
from app.errors import UpstreamError, UpstreamTimeoutError
from app.ids import new_id
from app.services.gen_ai.core.metered_stream import MeteredStream, StreamLimits
from app.services.gen_ai.core.operation import Operation, SettledAttempt
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.ledger.port import Attempt
from app.services.gen_ai.wire.answer import open_envelope
from app.services.gen_ai.wire.messages import Envelope, UnreadableAnswerError
from app.services.gen_ai.wire.streamed_answer import StreamedAnswer
from app.services.gen_ai.wire.upstream import Upstream, UpstreamFaultError, UpstreamReply

ResultT = TypeVar("ResultT")
SentT = TypeVar("SentT")


class MeteredCaller:
    """What the ledger was asked to write is written, whoever stops waiting for it: nothing here needs a shield.

    `drain_seconds`: how long a stream is read on for its usage after its reader has gone.
    """

    def __init__(
        self,
        *,
        upstream: Upstream,
        tracker: UsageTracker,
        background: BackgroundWork,
        clock: Clock,
        max_tries: int,
        drain_seconds: float,
    ) -> None:
        self._upstream = upstream
        self._tracker = tracker
        self._background = background
        self._clock = clock
        self._max_tries = max_tries
        self._drain_seconds = drain_seconds

    async def call(self, operation: Operation, request: PreparedRequest, settled: list[SettledAttempt]) -> Envelope:
        """The answer's envelope. Every attempt, also a failed one, is appended to `settled`.

        Raises:
            UpstreamError: no try brought an answer before the operation's deadline.
        """

        async def once() -> Envelope:
            attempt, started, reply = await self._send(operation, request, settled, self._upstream.send)
            return await self._meter(attempt, reply, self._since(started), settled)

        return await self._with_retries(operation, once, settled)

    async def stream(
        self, operation: Operation, request: PreparedRequest, settled: list[SettledAttempt]
    ) -> MeteredStream:
        """A stream that has begun; until then faults are tried again, after it they are not.

        Raises: as `call`.
        """
        limits = StreamLimits(operation.deadline, self._drain_seconds)

        async def once() -> MeteredStream:
            attempt, started, response = await self._send(
                operation, request, settled, self._upstream.open_stream, streamed=True
            )
            return MeteredStream(
                attempt=attempt,
                request=request,
                reader=StreamedAnswer(response),
                tracker=self._tracker,
                background=self._background,
                clock=self._clock,
                limits=limits,
                started=started,
            )

        return await self._with_retries(operation, once, settled)

    async def _with_retries(
        self, operation: Operation, once: Callable[[], Awaitable[ResultT]], settled: list[SettledAttempt]
    ) -> ResultT:
        def worth_another_try(error: Exception) -> bool | timedelta:
            if not isinstance(error, UpstreamFaultError) or not error.retryable:
                return False
            pause = error.retry_after or _pause(len(settled))
            return pause.total_seconds() < self._left(operation) and pause

        try:
            # Without a timeout of its own: no pause goes beyond the deadline, and nothing is sent after it.
            async for attempt in stamina.retry_context(on=worth_another_try, attempts=self._max_tries, timeout=None):
                with attempt:
                    return await once()
        except UpstreamFaultError as fault:
            raise fault.surface from fault
        raise AssertionError("stamina ends with an answer or an error")  # pragma: no cover

    async def _send(
        self,
        operation: Operation,
        request: PreparedRequest,
        settled: list[SettledAttempt],
        send: Callable[..., Awaitable[SentT]],
        *,
        streamed: bool = False,
    ) -> tuple[Attempt, float, SentT]:
        """Opens an attempt and sends it; one that brings no answer is settled here."""
        seconds = self._left(operation)
        if seconds <= 0:
            raise UpstreamTimeoutError("The time for this operation is used up; try again")
        attempt = await self._open(operation, request, streamed=streamed)
        started = self._clock.monotonic()
        try:
            return attempt, started, await send(request.payload, client_request_id=attempt.attempt_id, seconds=seconds)
        except UpstreamFaultError as fault:
            await self._give_up(attempt, fault, self._since(started), settled)
            raise
        except BaseException:
            # Whatever ends the wait, cancellation above all: the row must close.
            await self._give_up(attempt, None, self._since(started), settled)
            raise

    async def _open(self, operation: Operation, request: PreparedRequest, *, streamed: bool) -> Attempt:
        """The attempt, recorded with its worst case; only now may it be sent.

        Raises: as `UsageLedger.open`.
        """
        attempt = Attempt(
            attempt_id=new_id("att"),
            operation_id=operation.operation_id,
            service=operation.service,
            operation=operation.name,
            caller_id=operation.caller_id,
            requested_model_id=operation.requested_model_id,
            model_id=request.record.model_id,
            streamed=streamed,
            opened_at=self._clock.now(),
            worst_tokens=request.worst.tokens,
            worst_usd=request.worst.usd,
        )
        try:
            await self._tracker.open(attempt)
        except asyncio.CancelledError:
            # Who asked has gone while it was being written: it will never be sent, and must not stay open.
            self._background.spawn(self._tracker.track_unsent(attempt))
            raise
        return attempt

    async def _give_up(
        self, attempt: Attempt, fault: UpstreamFaultError | None, latency_ms: float, settled: list[SettledAttempt]
    ) -> None:
        settlement = await self._tracker.track_fault(attempt, fault, latency_ms=latency_ms)
        settled.append(SettledAttempt(attempt, settlement))

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

    def _left(self, operation: Operation) -> float:
        return operation.deadline - self._clock.monotonic()

    def _since(self, started: float) -> float:
        return (self._clock.monotonic() - started) * 1000


def _pause(tries: int) -> timedelta:
    """0.1 seconds, doubled with each try, at most 5, and up to half as much again by chance."""
    return timedelta(seconds=min(5.0, 0.1 * 2 ** (tries - 1) * random.uniform(1, 1.5)))  # noqa: S311  no secret
