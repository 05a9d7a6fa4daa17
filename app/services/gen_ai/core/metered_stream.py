"""A streamed attempt: whoever stops reading it, it is read to its end and settled."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import httpx2
import structlog
from typing_extensions import override

from app.background import BackgroundWork
from app.clock import Clock
from app.errors import UpstreamError, UpstreamTimeoutError
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.core.usage_tracker import UsageTracker, log_words
from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.services.gen_ai.wire.faults import BROKEN
from app.services.gen_ai.wire.messages import UpstreamReply
from app.services.gen_ai.wire.sse import EventDecoder, ServerEvent
from app.services.gen_ai.wire.stream_reader import StreamReader, Taken
from app.services.gen_ai.wire.upstream_words import NOTHING_SAID, UpstreamWords, words_of

log = structlog.get_logger(__name__)

PieceT = TypeVar("PieceT", str, bytes)
Relay = Callable[[ServerEvent, Taken], PieceT]
"""What of an event a listener gets: nothing, where it is empty."""

_OF_THE_WAY = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})

_MOST_WAITING = 16 * 1024 * 1024
"""Characters or bytes that wait for a reader; more is left with the upstream until some of them are read."""
_MOST_BYTES = 256 * 1024 * 1024
"""No model writes as much: what goes on beyond it is cut off."""
_NO_EVENT = ServerEvent(None, b"", b"")
_SECONDS_AFTER_END = 1.0
"""How long the body is read on after its last event, so that the connection can be used again, or after an error."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds on the monotonic clock until which the answer may take, and seconds to read on for nobody."""

    deadline: float
    drain_seconds: float


class MeteredStream(Generic[PieceT]):
    """Iterate over it for its pieces; `hang_up` in any case. At the last piece `settlement` is there.

    A task of its own reads the answer: whoever stops listening, also in the middle of waiting for the next piece, does
    not break the reading off.
    """

    def __init__(
        self,
        *,
        attempt: Attempt,
        request: PreparedRequest,
        response: httpx2.Response,
        reader: StreamReader,
        relay: Relay[PieceT],
        tracker: UsageTracker,
        background: BackgroundWork,
        clock: Clock,
        limits: StreamLimits,
        started: float,
        settled: Callable[[], None],
        secrets: Collection[str] = (),
    ) -> None:
        self.attempt = attempt
        self.reader = reader
        self.settlement: Settlement | None = None
        self.failure: BaseException | None = None
        """What broke the reading off."""
        self._request = request
        self._response = response
        self._relay: Relay[PieceT] = relay
        self._tracker = tracker
        self._clock = clock
        self._limits = limits
        self._started = started
        self._settled = settled
        self._secrets = secrets
        self._pieces: asyncio.Queue[PieceT | None] = asyncio.Queue()
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._patience: asyncio.Timeout | None = None
        self._hung_up = False
        self._reading = background.spawn(self._read())

    @property
    def reply(self) -> UpstreamReply:
        return UpstreamReply(self._response.status_code, self._response.headers.get("x-request-id"))

    @property
    def words(self) -> UpstreamWords:
        """What the upstream said, where the stream brought an error."""
        failure = self.reader.failure
        return NOTHING_SAID if failure is None else words_of(failure, self._secrets)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> PieceT:
        """The next piece; the end stays the end. What broke it off, if anything did, is in `failure`."""
        piece = await self._pieces.get()
        if piece is None:
            self._pieces.put_nowait(None)
            raise StopAsyncIteration
        self._waiting -= len(piece)
        self._has_room.set()
        return piece

    def hang_up(self) -> None:
        """Ends the listening; what is left of the answer is read for its usage, for `drain_seconds` at most."""
        if self._hung_up:
            return
        self._hung_up = True
        self._has_room.set()
        self._read_for(self._limits.drain_seconds)

    def _read_for(self, seconds: float) -> None:
        """Reads on for so long at most, and for no longer than before."""
        if self._patience is None or self._patience.expired():
            return
        until, now = self._patience.when(), asyncio.get_running_loop().time()
        if until is None or until > now + seconds:
            self._patience.reschedule(now + seconds)

    async def _read(self) -> None:
        seconds = max(self._limits.deadline - self._clock.monotonic(), 0.0)
        if self._hung_up:
            seconds = min(seconds, self._limits.drain_seconds)
        try:
            async with asyncio.timeout(seconds) as self._patience:
                decoder, received = EventDecoder(), 0
                # What was left to the garbage collector would be closed anywhere, also in a thread, and complain.
                async with aclosing(self._response.aiter_bytes()) as parts:
                    async for part in parts:
                        received += len(part)
                        if received > _MOST_BYTES:
                            raise httpx2.ReadError(f"the stream has more than {_MOST_BYTES} bytes")  # noqa: TRY301  it breaks as any other
                        for event in decoder.feed(part):
                            await self._take(event)
                for event in decoder.flush():
                    await self._take(event)
                rest = self._relay(_NO_EVENT, Taken(self.reader.end()))
                if rest:
                    self._pieces.put_nowait(rest)
        except BaseException as error:
            # Also of a shutdown, or of what no transport should raise: to the reader it must not look like an end.
            if self.settlement is None:
                self.failure = error
                log.info("stream_broken", attempt_id=self.attempt.attempt_id, error=type(error).__name__)
            if not isinstance(error, (*BROKEN, TimeoutError)):
                raise
        finally:
            # Also when the process shuts down before the end.
            self._patience = None
            try:
                await self._settle()
            finally:
                self._pieces.put_nowait(None)
                await self._close()

    async def _take(self, event: ServerEvent) -> None:
        taken = self.reader.take(event)
        if taken.is_end and self.settlement is None:
            # Before the last event goes out: who has seen it finds the attempt settled.
            await self._settle()
            self._read_for(_SECONDS_AFTER_END)
        elif self.reader.failure is not None:
            self._read_for(_SECONDS_AFTER_END)  # an end with the usage may come after an error, and nothing else
        piece = self._relay(event, taken)
        if piece and not self._hung_up:
            self._pieces.put_nowait(piece)
            self._waiting += len(piece)
            while self._waiting > _MOST_WAITING and not self._hung_up:
                self._has_room.clear()
                await self._has_room.wait()
        if taken.is_end:
            self._pieces.put_nowait(None)

    async def _settle(self) -> None:
        if self.settlement is None:
            latency_ms = (self._clock.monotonic() - self._started) * 1000
            self.settlement = await self._tracker.track_stream(
                self.attempt, self._request, self.reader, self.reply, latency_ms=latency_ms
            )
            log_words(self.attempt, self.settlement, self.words)
            self._settled()

    async def _close(self) -> None:
        """A connection that breaks while it is closed has nothing left to tell."""
        with suppress(*BROKEN):
            await self._response.aclose()


def text_of(_: ServerEvent, taken: Taken) -> str:
    """What the gate's own calls hear of an event."""
    return taken.text


def relay_to_others(*, hides_usage: bool) -> Relay[bytes]:
    """What anybody else hears of it: its bytes, but not the usage that only the meter has asked for."""
    return lambda event, taken: b"" if hides_usage and taken.only_usage else event.raw


def broken_stream(stream: MeteredStream[str]) -> UpstreamError | None:
    """What the gate's own caller is told of a stream that did not end well; None where it did."""
    error, reader = stream.failure, stream.reader
    fields: dict[str, Any] = {"upstream_status": stream.reply.status, "upstream_request_id": stream.reply.request_id}
    if reader.failure is not None:
        fields |= stream.words.fields()
        failed = UpstreamError("OpenAI broke off its answer with an error; try again", **fields)
        failed.code = "upstream_stream_failed"
        return failed
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return UpstreamTimeoutError("OpenAI did not finish its answer in time; try again", **fields)
    if error is not None or not reader.complete:
        broken = UpstreamError("OpenAI broke off its answer; try again", **fields)
        broken.code = "upstream_stream_cut"
        return broken
    return None


class RelayedBody(httpx2.AsyncByteStream):
    """The body of a stream for somebody's own code, event by event. Whoever forgets it hangs up too."""

    def __init__(self, stream: MeteredStream[bytes], request: httpx2.Request) -> None:
        self._stream = stream
        self._request = request
        loop = asyncio.get_running_loop()
        weakref.finalize(self, _hang_up_in, loop, stream).atexit = False

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        """A second iteration goes on where the first one ended: the SDK drains what is left in that way."""
        async for piece in self._stream:
            yield piece
        error = self._stream.failure
        if isinstance(error, TimeoutError):
            raise httpx2.ReadTimeout("the answer did not end in time", request=self._request) from error
        if isinstance(error, httpx2.RequestError):
            raise error
        if error is not None:
            raise httpx2.ReadError(str(error), request=self._request) from error

    @override
    async def aclose(self) -> None:
        self._stream.hang_up()


def decoded(response: httpx2.Response, **body: Any) -> httpx2.Response:  # noqa: ANN401  content or stream
    """The same answer with a body that was read: without the headers that speak of how it came."""
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_WAY]
    return httpx2.Response(response.status_code, headers=headers, extensions=response.extensions, **body)


def _hang_up_in(loop: asyncio.AbstractEventLoop, stream: MeteredStream[bytes]) -> None:
    with suppress(RuntimeError):  # the loop has closed, and the reading with it
        loop.call_soon_threadsafe(stream.hang_up)
