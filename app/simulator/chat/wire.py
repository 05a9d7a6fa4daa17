"""Answers in the form that Chat Completions has: one JSON object, or server-sent events.

https://platform.openai.com/docs/api-reference/chat/object and .../chat/streaming.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import orjson

from app.simulator.answer import Answer, Choice, Failure
from app.simulator.delivery import Part, padding
from app.simulator.errors import error_body
from app.simulator.metering import Meter, Piece, Usage

FINGERPRINT = "fp_tollgate_simulator"
DONE = b"data: [DONE]\n\n"


def chat_usage(meter: Meter, written: int) -> Usage:
    """The usage object once `written` tokens of text are there."""
    prompt_details = {"cached_tokens": meter.cache.read, "audio_tokens": 0}
    if meter.tells_writes:
        prompt_details["cache_write_tokens"] = meter.cache_writes
    completion = meter.reasoning + written
    return {
        "prompt_tokens": meter.prompt,
        "completion_tokens": completion,
        "total_tokens": meter.prompt + completion,
        "prompt_tokens_details": prompt_details,
        "completion_tokens_details": {
            "reasoning_tokens": meter.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def whole_body(answer: Answer) -> Part:
    """The `chat.completion` object; an error in its place where that is how the answer ends."""
    if answer.failure is not None and answer.failure.kind == "error":
        return Part(orjson.dumps(_error_frame(answer.failure)), answer.written)
    body = _frame(answer, "chat.completion")
    body["choices"] = [
        {
            "index": index,
            "message": _message(answer, index),
            "logprobs": None,
            "finish_reason": _finish_reason(answer, choice),
        }
        for index, choice in enumerate(answer.choices)
    ]
    if answer.tells_usage:
        body["usage"] = answer.usage()
    return Part(orjson.dumps({**body, **answer.false_fields}), answer.written)


def event_parts(answer: Answer, *, includes_usage: bool, obfuscates: bool) -> Iterator[Part]:
    """The events of a stream: roles, texts, finish reasons, usage where it was asked for, and the end mark.

    Several choices take turns.
    """
    yield from _ChunkWriter(answer, includes_usage=includes_usage, obfuscates=obfuscates).all()


class _ChunkWriter:
    def __init__(self, answer: Answer, *, includes_usage: bool, obfuscates: bool) -> None:
        self._answer = answer
        self._obfuscates = obfuscates
        self._tells_usage = includes_usage and answer.tells_usage
        self._written = 0

    def all(self) -> Iterator[Part]:
        answer = self._answer
        for index in range(len(answer.choices)):
            yield self._delta(index, _opening(answer, index))
        yield from self._pieces()
        if answer.failure is not None and answer.failure.kind == "error":
            yield Part(_event(_error_frame(answer.failure)), self._written)
        else:
            for index, choice in enumerate(answer.choices):
                yield self._delta(index, {}, _finish_reason(answer, choice))
            if self._tells_usage:
                yield self._chunk(choices=[], usage=answer.usage())
        yield Part(DONE, self._written)

    def _pieces(self) -> Iterator[Part]:
        begun = [0] * len(self._answer.choices)
        for turn in zip_longest(*(choice.pieces for choice in self._answer.choices)):
            for index, piece in enumerate(turn):
                if piece is None:
                    continue
                if piece.part > begun[index]:
                    begun[index] = piece.part
                    call = _tool_call(self._answer, index, piece.part, "")
                    yield self._delta(index, {"tool_calls": [{"index": piece.part, **call}]})
                self._written += piece.tokens
                yield self._delta(index, _delta(self._answer.choices[index], piece))

    def _delta(self, index: int, delta: dict[str, Any], finish_reason: str | None = None) -> Part:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        more: dict[str, Any] = {"usage": None} if self._tells_usage else {}
        if self._obfuscates:
            more["obfuscation"] = padding(orjson.dumps(delta).decode())
        return self._chunk(choices=[choice], **more)

    def _chunk(self, **fields: object) -> Part:
        chunk = {**_frame(self._answer, "chat.completion.chunk"), **fields, **self._answer.false_fields}
        return Part(_event(chunk), self._written)


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


def _error_frame(failure: Failure) -> dict[str, Any]:
    return error_body(failure.message, "server_error", code=failure.code)


def _frame(answer: Answer, kind: str) -> dict[str, Any]:
    return {
        "id": answer.id,
        "object": kind,
        "created": answer.created,
        "model": answer.model,
        "service_tier": answer.service_tier,
        "system_fingerprint": FINGERPRINT,
    }


def _finish_reason(answer: Answer, choice: Choice) -> str:
    if answer.failure is not None:
        return "error"
    if answer.is_filtered:
        return "content_filter"
    return "length" if choice.is_cut else choice.draft.finish_reason


def _message(answer: Answer, index: int) -> dict[str, Any]:
    choice = answer.choices[index]
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    if choice.draft.channel == "tool":
        message["tool_calls"] = [_tool_call(answer, index, part, text) for part, text in enumerate(choice.texts)]
    else:
        message[choice.draft.channel] = choice.texts[0]
    return message


def _opening(answer: Answer, index: int) -> dict[str, Any]:
    channel = answer.choices[index].draft.channel
    opening: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    if channel == "tool":
        opening["tool_calls"] = [{"index": 0, **_tool_call(answer, index, 0, "")}]
    else:
        opening[channel] = ""
    return opening


def _delta(choice: Choice, piece: Piece) -> dict[str, Any]:
    if choice.draft.channel == "tool":
        return {"tool_calls": [{"index": piece.part, "function": {"arguments": piece.text}}]}
    return {choice.draft.channel: piece.text}


def _tool_call(answer: Answer, index: int, part: int, arguments: str) -> dict[str, Any]:
    # The answer's own id, the choice and the number of the call in it make the call's id unique.
    call_id = f"{answer.id.replace('chatcmpl-', 'call_')}{index:03d}{part:02d}"
    name = answer.choices[index].draft.tools[part]
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
