"""A streamed attempt: whoever stops reading it, it is read to its end and settled."""

import asyncio
from dataclasses import dataclass
from typing import Self

import httpx2
import structlog

from app.background import BackgroundWork
from app.clock import Clock
from app.errors import UpstreamError, UpstreamTimeoutError
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.services.gen_ai.wire.streamed_answer import StreamedAnswer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds on the monotonic clock until which the answer may take, and seconds to read on for nobody."""

    deadline: float
    drain_seconds: float


class MeteredStream:
    """Iterate over it for the text; `aclose` it in any case. After the last piece `settlement` is there.

    A task of its own reads the answer: whoever stops listening, also in the middle of waiting for the next piece, does
    not break the reading off.
    """

    def __init__(
        self,
        *,
        attempt: Attempt,
        request: PreparedRequest,
        reader: StreamedAnswer,
        tracker: UsageTracker,
        background: BackgroundWork,
        clock: Clock,
        limits: StreamLimits,
        started: float,
    ) -> None:
        self.attempt = attempt
        self.reader = reader
        self.settlement: Settlement | None = None
        self._request = request
        self._tracker = tracker
        self._clock = clock
        self._limits = limits
        self._started = started
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._patience: asyncio.Timeout | None = None
        self._abandoned = False
        self._failure: Exception | None = None
        self._reading = background.spawn(self._read())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        """The next piece of text.

        Raises:
            UpstreamError: the stream broke or took too long; the attempt is settled as an estimate.
        """
        piece = await self._pieces.get()
        if piece is not None:
            return piece
        self._pieces.put_nowait(None)  # the end stays the end
        await asyncio.wait({self._reading})
        if not self._reading.cancelled():
            self._reading.result()
        if self._failure is not None or not self.reader.complete or self.reader.failure is not None:
            raise self._broken(self._failure) from self._failure
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the listening; what is left of the answer is read for its usage, for `drain_seconds` at most."""
        if not self._abandoned:
            self._abandoned = True
            if self._patience is not None and not self._patience.expired():
                self._patience.reschedule(asyncio.get_running_loop().time() + self._seconds())

    def _seconds(self) -> float:
        """How long the reading may take from now on."""
        if self._abandoned:
            return self._limits.drain_seconds
        return max(self._limits.deadline - self._clock.monotonic(), 0.0)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._seconds()) as self._patience:
                while (piece := await self.reader.next_text()) is not None:
                    self._pieces.put_nowait(piece)
        except (httpx2.TransportError, httpx2.StreamError, TimeoutError) as error:
            self._failure = error
            log.info("stream_broken", attempt_id=self.attempt.attempt_id, error=type(error).__name__)
        finally:
            # Also when the process shuts down before the end.
            self._patience = None
            self._pieces.put_nowait(None)
            await self._settle()

    async def _settle(self) -> None:
        latency_ms = (self._clock.monotonic() - self._started) * 1000
        try:
            self.settlement = await self._tracker.track_stream(
                self.attempt, self._request, self.reader, latency_ms=latency_ms
            )
        finally:
            await self.reader.close()

    def _broken(self, error: Exception | None) -> UpstreamError:
        fields = {"upstream_status": self.reader.status, "upstream_request_id": self.reader.request_id}
        if isinstance(error, TimeoutError | httpx2.TimeoutException):
            return UpstreamTimeoutError("OpenAI did not finish its answer in time; try again", **fields)
        broken = UpstreamError("OpenAI broke off its answer; try again", **fields)
        broken.code = "upstream_stream_cut"
        return broken
