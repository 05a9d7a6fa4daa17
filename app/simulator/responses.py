"""ASGI responses that know what they cost, and one that never comes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.simulator.account import Bill
from app.simulator.answer import Answer
from app.simulator.wire import Part


@dataclass(frozen=True)
class Stall:
    """A wait within an answer, before the part with this index."""

    before: int
    wait: Callable[[], Awaitable[None]]


class MeteredResponse(StreamingResponse):
    """Sends an answer part by part and keeps its bill up to date, so that a client that hangs up is billed too.

    `dies` ends the connection after the last part without ending the body. StreamingResponse listens for the
    client's hanging up and then cancels what is sent here.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        answer: Answer,
        bill: Bill,
        *,
        media_type: str,
        dies: bool = False,
        stall: Stall | None = None,
    ) -> None:
        super().__init__((), media_type=media_type)
        self._parts = parts
        self._answer = answer
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
            self._bill.usage = self._answer.usage(part.written)
            await send({"type": "http.response.body", "body": part.data, "more_body": True})
        # A server closes the connection when a body is left without its end: that is how an answer is cut.
        if not self._dies:
            self._bill.delivered = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class NoResponse(Response):
    """Ends without an answer: the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends nothing."""
