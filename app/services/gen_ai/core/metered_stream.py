"""A streamed attempt: whoever stops reading it, it is read to its end and settled."""

import asyncio
from dataclasses import dataclass
from typing import Self

import httpx2
import structlog

from app.clock import Clock
from app.errors import UpstreamError, UpstreamTimeoutError
from app.services.gen_ai.core.background import BackgroundWork
from app.services.gen_ai.core.ledger import Attempt, Settlement
from app.services.gen_ai.core.prepared_request import PreparedRequest
from app.services.gen_ai.core.stream_reader import StreamReader
from app.services.gen_ai.core.usage_tracker import UsageTracker

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds on the monotonic clock until which the answer may take, and seconds to read on for nobody."""

    deadline: float
    drain_seconds: float


class MeteredStream:
    """Iterate over it for the text; `aclose` it in any case. After the last piece `settlement` is there."""

    def __init__(
        self,
        *,
        attempt: Attempt,
        request: PreparedRequest,
        reader: StreamReader,
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
        self._background = background
        self._clock = clock
        self._limits = limits
        self._started = started
        self._handed_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        """The next piece of text.

        Raises:
            UpstreamError: the stream broke or took too long; the attempt is settled as an estimate.
        """
        try:
            async with asyncio.timeout(max(self._limits.deadline - self._clock.monotonic(), 0)):
                piece = await self.reader.next_text()
        except (httpx2.TransportError, httpx2.StreamError, TimeoutError) as error:
            await self._background.finish(self._settle())
            raise self._broken(error) from error
        if piece is not None:
            return piece
        await self._background.finish(self._settle())
        if not self.reader.complete:
            raise self._broken(None)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the reading; what is left of the stream is read in the background, for its usage."""
        if self.settlement is None and not self._handed_over:
            self._handed_over = True
            self._background.spawn(self._drain())

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(self._limits.drain_seconds):
                while await self.reader.next_text() is not None:
                    pass
        except (httpx2.TransportError, httpx2.StreamError, TimeoutError):
            log.info("stream_not_drained", attempt_id=self.attempt.attempt_id)
        finally:
            # Also when the process shuts down before the end.
            await self._settle()

    async def _settle(self) -> None:
        if self.settlement is None:
            latency_ms = (self._clock.monotonic() - self._started) * 1000
            self.settlement = await self._tracker.track_stream(
                self.attempt, self._request, self.reader, latency_ms=latency_ms
            )
        await self.reader.close()

    def _broken(self, error: Exception | None) -> UpstreamError:
        fields = {"upstream_status": self.reader.status, "upstream_request_id": self.reader.request_id}
        if isinstance(error, TimeoutError):
            return UpstreamTimeoutError("OpenAI did not finish its answer in time; try again", **fields)
        broken = UpstreamError("OpenAI broke off its answer; try again", **fields)
        broken.code = "upstream_stream_cut"
        return broken
