"""Answers as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Self

import orjson
import structlog
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.errors import problem_of
from app.errors import TollgateError

log = structlog.get_logger(__name__)

MEDIA_TYPE = "text/event-stream"
STREAM_IN_OPENAPI: dict[str, Any] = {
    "content": {
        MEDIA_TYPE: {
            "schema": {"type": "string"},
            "example": (
                'event: tool\ndata: {"state":"called","call_id":"call_1","name":"budgets","arguments":{}}\n\n'
                'event: tool\ndata: {"state":"ended","call_id":"call_1","name":"budgets","arguments":{},'
                '"succeeded":true,"truncated":false,"error":null}\n\n'
                'event: delta\ndata: {"text":"You have "}\n\nevent: done\ndata: {"answer":"..."}\n\n'
            ),
        }
    }
}


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    event: str
    data: dict[str, Any]

    def encode(self) -> bytes:
        return b"event: " + self.event.encode() + b"\ndata: " + orjson.dumps(self.data) + b"\n\n"


class EventStream(StreamingResponse):
    """Closes its source in any case: also when the person hangs up, or before the first byte."""

    def __init__(self, first: ServerSentEvent, rest: AsyncGenerator[ServerSentEvent]) -> None:
        super().__init__(
            _encoded(first, rest),
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._rest = rest

    @classmethod
    async def begin(cls, events: AsyncGenerator[ServerSentEvent]) -> Self:
        """Waits for the first event: what goes wrong before it is an ordinary error answer.

        Raises: whatever the source raises before its first event.
        """
        try:
            first = await anext(events)
        except BaseException:
            await events.aclose()
            raise
        return cls(first, events)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._rest):
            await super().__call__(scope, receive, send)


async def _encoded(first: ServerSentEvent, rest: AsyncGenerator[ServerSentEvent]) -> AsyncGenerator[bytes]:
    yield first.encode()
    try:
        async for event in rest:
            yield event.encode()
    except TollgateError as error:
        log.warning("stream_failed", code=error.code, detail=error.detail)
        yield ServerSentEvent("error", problem_of(error)).encode()
