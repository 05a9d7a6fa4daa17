"""The gate's own calls: one request, sent as often as it makes sense, each time under the meter."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import orjson
import stamina
import structlog
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from app.clock import Clock
from app.errors import UpstreamTimeoutError
from app.services.gen_ai.core.metered_client import MeteredOpenAI
from app.services.gen_ai.core.metered_stream import MeteredStream
from app.services.gen_ai.core.operation import Operation, SettledAttempt
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.core.ticket import Ticket
from app.services.gen_ai.wire.faults import UpstreamFaultError
from app.services.gen_ai.wire.formats import format_of
from app.services.gen_ai.wire.messages import Envelope

log = structlog.get_logger(__name__)

ResultT = TypeVar("ResultT")


def _log_retry(details: RetryDetails) -> None:
    log.info("tried_again", because=str(details.caused_by), tries=details.retry_num, wait_seconds=details.wait_for)


# stamina's own line names no request. Nothing else uses it.
set_on_retry_hooks([_log_retry])


class MeteredCaller:
    """Sends through the one client as everybody does; what comes back, its transport leaves in the ticket."""

    def __init__(self, client: MeteredOpenAI, clock: Clock, *, max_tries: int) -> None:
        self._client = client
        self._clock = clock
        self._max_tries = max_tries

    async def call(self, operation: Operation, request: PreparedRequest, settled: list[SettledAttempt]) -> Envelope:
        """The answer's envelope. Every attempt, also a failed one, is appended to `settled`.

        Raises:
            UpstreamError: no try brought an answer before the operation's deadline.
        """

        async def once() -> Envelope:
            ticket = await self._send(operation, request, settled, streamed=False)
            assert ticket.envelope is not None  # noqa: S101  the transport raises where it has none
            return ticket.envelope

        return await self._with_retries(operation, once, settled)

    async def stream(
        self, operation: Operation, request: PreparedRequest, settled: list[SettledAttempt]
    ) -> MeteredStream[str]:
        """A stream that has begun; until then faults are tried again, after it they are not.

        Raises: as `call`.
        """

        async def once() -> MeteredStream[str]:
            ticket = await self._send(operation, request, settled, streamed=True)
            assert ticket.stream is not None  # noqa: S101  as above
            return ticket.stream

        return await self._with_retries(operation, once, settled)

    async def _send(
        self, operation: Operation, request: PreparedRequest, settled: list[SettledAttempt], *, streamed: bool
    ) -> Ticket:
        seconds = self._left(operation)
        if seconds <= 0:
            raise UpstreamTimeoutError("The time for this operation is used up; try again")
        ticket = Ticket(operation, request.wire, request.record.model_id, request, streamed, settled)
        try:
            await self._client.send_own(
                format_of(request.wire).path, ticket, orjson.dumps(request.payload), seconds=seconds
            )
        except BaseException:
            if ticket.stream is not None:
                ticket.stream.hang_up()
            raise
        return ticket

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

    def _left(self, operation: Operation) -> float:
        return operation.deadline - self._clock.monotonic()


def _pause(tries: int) -> timedelta:
    """0.1 seconds, doubled with each try, at most 5, and up to half as much again by chance."""
    return timedelta(seconds=min(5.0, 0.1 * 2 ** (tries - 1) * random.uniform(1, 1.5)))  # noqa: S311  no secret
