"""How an answer is handed to the connection: whole, in parts, as a fault leaves it, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import shake_256
from itertools import islice

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.simulator.account import Bill
from app.simulator.errors import ApiError
from app.simulator.faults import Fault
from app.simulator.metering import Usage


@dataclass(frozen=True)
class Part:
    """Bytes of a body, and how many tokens of the answer's text are written once they are sent."""

    data: bytes
    written: int


_PADDED_TO = 16


def padding(text: str) -> str:
    """Characters that bring a delta of a stream to a full step, so that sizes do not tell what is in it.

    The same for the same text; OpenAI's are random:
    https://platform.openai.com/docs/api-reference/responses/create, `stream_options`.
    """
    missing = _PADDED_TO - len(text) % _PADDED_TO
    return shake_256(text.encode()).hexdigest(_PADDED_TO)[:missing]


@dataclass(frozen=True)
class Stall:
    """A wait within an answer, before the part with this index."""

    before: int
    wait: Callable[[], Awaitable[None]]


class MeteredResponse(StreamingResponse):
    """Sends an answer part by part and keeps its bill up to date, so that a client that hangs up is billed too.

    `usage` is the answer's once so many tokens of text are written. `dies` ends the connection after the last part
    without ending the body. StreamingResponse listens for the client's hanging up and then cancels what is sent here.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        usage: Callable[[int], Usage],
        bill: Bill,
        *,
        media_type: str,
        dies: bool = False,
        stall: Stall | None = None,
    ) -> None:
        super().__init__((), media_type=media_type)
        self._parts = parts
        self._usage = usage
        self._bill = bill
        self._dies = dies
        self._stall = stall

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for index, part in enumerate(self._parts):
            if self._stall is not None and self._stall.before == index:
                await self._stall.wait()
            # A server drops what a departed client cannot read, without ever waiting: this is where one is noticed.
            await asyncio.sleep(0)
            # Before the send: what is written is billed, whether or not anybody is left to read it.
            self._bill.usage = self._usage(part.written)
            await send({"type": "http.response.body", "body": part.data, "more_body": True})
        # A server closes the connection when a body is left without its end: that is how an answer is cut.
        if not self._dies:
            self._bill.delivered = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class NoResponse(Response):
    """Ends without an answer: the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends nothing."""


# Faults that take the place of an answer, and faults that break the bytes of one.

_WEB_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_SERVER_FAULT = 500
_RATE_LIMITED = 429


def response_instead(fault: Fault | None) -> Response | None:
    """What is answered before anything is generated, so that nothing is billed; None where the fault comes later.

    Raises:
        ApiError: for a fault of kind `status`.
    """
    match fault:
        case Fault(kind="status", status=int(status)):
            raise _status_error(fault, status)
        case Fault(kind="html"):
            return Response(_WEB_PAGE, media_type="text/html")
        case Fault(kind="empty"):
            return Response()
        case Fault(kind="disconnect"):
            return NoResponse()
        case _:
            return None


def _status_error(fault: Fault, status: int) -> ApiError:
    if status >= _SERVER_FAULT:
        kind = "server_error"
    elif status == _RATE_LIMITED:
        kind = "insufficient_quota" if fault.code == "insufficient_quota" else "requests"
    else:
        kind = "invalid_request_error"
    headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
    headers |= fault.headers or {}
    message = fault.text or f"The simulator was told to answer {status}."
    return ApiError(
        message, status=status, kind=fault.type or kind, param=fault.param, code=fault.code, headers=headers
    )


def broken_body(whole: Part, fault: Fault | None) -> Part:
    """The JSON body, or the first half of it where the connection or the JSON breaks off."""
    if fault is not None and fault.kind in {"malformed_json", "cut_stream"}:
        return replace(whole, data=whole.data[: len(whole.data) // 2])
    return whole


def broken_events(events: Iterable[Part], fault: Fault | None, end_mark: bytes) -> Iterator[Part]:
    """The events of a stream, up to where the connection dies, or with one whose JSON breaks off."""
    match fault:
        case Fault(kind="cut_stream"):
            yield from islice(events, fault.chunks)
        case Fault(kind="malformed_json"):
            first, second = islice(events, 2)
            yield first
            yield replace(second, data=second.data[: len(second.data) // 2] + b"\n\n")
            yield Part(end_mark, second.written)
        case _:
            yield from events
