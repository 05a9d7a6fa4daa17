"""A chat answer in its two forms: one JSON object, or the events of a stream. HTTP and the command line share them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from app.api.event_stream import ServerSentEvent
from app.schemas.gen_ai.chatops import ChatResponse, ToolUseInfo
from app.services.gen_ai.chatops_advanced import ChatAnswer, ChatPiece
from app.services.gen_ai.core import ToolCall, ToolUse
from app.services.gen_ai.responses import receipt_fields


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
                    yield ServerSentEvent("tool", _told(piece))
                case ChatAnswer():
                    answer = chat_response(session_id, piece).model_dump(mode="json")
                    yield ServerSentEvent("usage", {"usage": answer["usage"], "cost_usd": answer["cost_usd"]})
                    yield ServerSentEvent("done", answer)


def _told(piece: ToolCall | ToolUse) -> dict[str, Any]:
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
