"""Names that no two answers share, without randomness: the process's start and a counter."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson

from app.clock import Clock
from app.simulator.answer import Answer
from app.simulator.metering import Piece

# One counter for the process: two simulators in one test must not name two answers alike.
_numbers = count(1)


class Ids:
    def __init__(self, clock: Clock) -> None:
        self._start = int(clock.now().timestamp() * 1_000_000)

    def new(self, prefix: str) -> str:
        return f"{prefix}{self._start:x}{next(_numbers):08x}"


# Answers in the form that OpenAI sends them: one JSON object, or server-sent events.
#
# https://platform.openai.com/docs/api-reference/chat/object and .../chat/streaming.

FINGERPRINT = "fp_tollgate_simulator"
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Part:
    """Bytes of a body, and how many tokens of the answer's text are written once they are sent."""

    data: bytes
    written: int


def whole_body(answer: Answer) -> Part:
    """The `chat.completion` object."""
    body = _frame(answer, "chat.completion")
    body["choices"] = [
        {"index": 0, "message": _message(answer), "logprobs": None, "finish_reason": answer.finish_reason}
    ]
    if answer.tells_usage:
        body["usage"] = answer.usage()
    return Part(orjson.dumps(body), answer.written)


def event_parts(answer: Answer, *, includes_usage: bool) -> Iterator[Part]:
    """The events of a stream: role, text, finish reason, usage where it was asked for, and the end mark."""
    written = 0
    blank = {"usage": None} if includes_usage and answer.tells_usage else {}

    def part(delta: dict[str, Any], finish_reason: str | None = None) -> Part:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return Part(_event(_frame(answer, "chat.completion.chunk") | {"choices": [choice]} | blank), written)

    yield part(_opening(answer))
    begun = 0
    for piece in answer.pieces:
        if piece.part > begun:
            begun = piece.part
            yield part({"tool_calls": [{"index": begun, **_tool_call(answer, begun, "")}]})
        written += piece.tokens
        yield part(_delta(answer, piece))
    yield part({}, answer.finish_reason)
    if blank:
        last = {"choices": [], "usage": answer.usage()}
        yield Part(_event(_frame(answer, "chat.completion.chunk") | last), written)
    yield Part(DONE, written)


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


def _frame(answer: Answer, kind: str) -> dict[str, Any]:
    return {
        "id": answer.id,
        "object": kind,
        "created": answer.created,
        "model": answer.model,
        "service_tier": answer.service_tier,
        "system_fingerprint": FINGERPRINT,
    }


def _message(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    if answer.draft.channel == "tool":
        message["tool_calls"] = [_tool_call(answer, part, text) for part, text in enumerate(answer.texts)]
    else:
        message[answer.draft.channel] = answer.texts[0]
    return message


def _opening(answer: Answer) -> dict[str, Any]:
    opening: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    if answer.draft.channel == "tool":
        opening["tool_calls"] = [{"index": 0, **_tool_call(answer, 0, "")}]
    else:
        opening[answer.draft.channel] = ""
    return opening


def _delta(answer: Answer, piece: Piece) -> dict[str, Any]:
    if answer.draft.channel == "tool":
        return {"tool_calls": [{"index": piece.part, "function": {"arguments": piece.text}}]}
    return {answer.draft.channel: piece.text}


def _tool_call(answer: Answer, part: int, arguments: str) -> dict[str, Any]:
    # The answer's own id and the number of the call in it make the call's id unique.
    call_id = f"{answer.id.replace('chatcmpl-', 'call_')}{part:02d}"
    return {"id": call_id, "type": "function", "function": {"name": answer.draft.tools[part], "arguments": arguments}}
