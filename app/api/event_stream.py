"""An answer as it is written, as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Self

import orjson
import structlog
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.errors import problem_of, said_of
from app.errors import TollgateError
from app.schemas.gen_ai.chatops import ChatResponse, ToolUseInfo
from app.services.gen_ai.chatops_advanced import ChatAnswer, ChatPiece
from app.services.gen_ai.core import ToolCall, ToolUse
from app.services.gen_ai.responses import receipt_fields

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
        log.warning("stream_failed", code=error.code, detail=error.detail, **said_of(error))
        yield ServerSentEvent("error", problem_of(error)).encode()


# A chat answer in its two forms: one JSON object, or the events of a stream. HTTP and the command line share them.


def chat_response(session_id: str, answer: ChatAnswer) -> ChatResponse:
    return ChatResponse(
        session_id=session_id,
        answer=answer.text,
        tools=[_tool_use(use) for use in answer.tools],
        **receipt_fields(answer.receipt),
    )


async def chat_events(session_id: str, pieces: AsyncGenerator[ChatPiece]) -> AsyncGenerator[ServerSentEvent]:
    """`delta` for text, `tool` twice for each tool that is called, and at the end `usage` and `done`.

    The first event of a tool has the state `called`, the second `ended`, with what `ToolUseInfo` says of it. The answer
    is the text after the last tool; what came before it is a remark.
    """
    async with aclosing(pieces):
        async for piece in pieces:
            match piece:
                case str():
                    yield ServerSentEvent("delta", {"text": piece})
                case ToolCall() | ToolUse():
                    yield ServerSentEvent("tool", _tool_event(piece))
                case ChatAnswer():
                    answer = chat_response(session_id, piece).model_dump(mode="json")
                    yield ServerSentEvent("usage", {"usage": answer["usage"], "cost_usd": answer["cost_usd"]})
                    yield ServerSentEvent("done", answer)


def _tool_event(piece: ToolCall | ToolUse) -> dict[str, Any]:
    if isinstance(piece, ToolUse):
        return {"state": "ended", **_tool_use(piece).model_dump(mode="json")}
    asked = {"arguments": ToolUse(piece).arguments}
    return {"state": "called", "call_id": piece.call_id, "name": piece.name, **asked}


def _tool_use(use: ToolUse) -> ToolUseInfo:
    return ToolUseInfo(
        call_id=use.call.call_id,
        name=use.call.name,
        arguments=use.arguments,
        succeeded=use.succeeded,
        truncated=use.truncated,
        error=use.error,
    )
