"""Answers of POST /v1/responses as OpenAI sends them, whole and as a stream of events.

All that is built here is held against the types of OpenAI's own SDK, so that no test shows how the gate reads what
nobody sends. What OpenAI would not send is changed afterwards, in the test that says so.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import httpx2
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.fakes.scripted_upstream import raw

Item = dict[str, Any]
Event = dict[str, Any]
MODEL = "gpt-6.2-sol"
_TERMINAL = ("completed", "incomplete", "failed")


def usage(
    input_tokens: int = 1000, output_tokens: int = 120, *, cached: int = 200, written: int = 300, reasoning: int = 80
) -> dict[str, Any]:
    return {
        "input_tokens": input_tokens,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "output_tokens": output_tokens,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": input_tokens + output_tokens,
    }


USED = usage()


def thought(number: int = 1, *summary: str, encrypted: str = "gAAAAB-secret") -> Item:
    parts = [{"type": "summary_text", "text": text} for text in summary]
    return {"id": f"rs_{number}", "type": "reasoning", "summary": parts, "encrypted_content": f"{encrypted}-{number}"}


def message(*parts: str | Item, number: int = 1, phase: str | None = None) -> Item:
    """A message of texts, or of parts that are built already."""
    content = [_spoken(part) if isinstance(part, str) else part for part in parts]
    said = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed", "content": content}
    return said if phase is None else said | {"phase": phase}


def _spoken(text: str) -> Item:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def declined(text: str) -> Item:
    return {"type": "refusal", "refusal": text}


def call(name: str, arguments: str, number: int = 1, *, call_id: str | None = None, status: str = "completed") -> Item:
    names = {"id": f"fc_{number}", "call_id": call_id or f"call_{number}", "name": name}
    return names | {"type": "function_call", "arguments": arguments, "status": status}


def body(
    *items: Item,
    status: str = "completed",
    why: str | None = None,
    error: tuple[str, str] | None = None,
    used: dict[str, Any] | None = USED,
    **more: Any,
) -> dict[str, Any]:
    """The object of a response. `why` it is incomplete; `error`: the code and the words of one that failed."""
    content: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1795435200,
        "status": status,
        "error": None if error is None else {"code": error[0], "message": error[1]},
        "incomplete_details": None if why is None else {"reason": why},
        "model": MODEL,
        "output": list(items),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "store": False,
        "service_tier": "default",
        "usage": used,
        **more,
    }
    Response.model_validate(content)
    return content


def whole(*items: Item, **more: Any) -> httpx2.Response:
    """An answer in one piece; see `body`."""
    return httpx2.Response(200, json=body(*items, **more), headers={"x-request-id": "req_1"})


def events(*items: Item, **more: Any) -> list[Event]:
    """The same answer as a stream, in OpenAI's order, each text in two pieces, with padding beside each piece."""
    ended = body(*items, **more)
    begun = ended | {"status": "in_progress", "output": [], "usage": None, "error": None, "incomplete_details": None}
    pieces = [piece for index, item in enumerate(items) for piece in _of_item(item, index)]
    told = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        *pieces,
        *([{"type": f"response.{ended['status']}", "response": ended}] if ended["status"] in _TERMINAL else []),
    ]
    return [valid(one | {"sequence_number": number}) for number, one in enumerate(told)]


def _of_item(item: Item, index: int) -> Iterator[Event]:
    where = {"item_id": item["id"], "output_index": index}
    empty: Item = {"arguments": ""} if item["type"] == "function_call" else {"content": []}
    opened = item | ({"encrypted_content": "gAAAAB-cut"} if item["type"] == "reasoning" else empty)
    yield {"type": "response.output_item.added", "output_index": index, "item": opened | {"status": "in_progress"}}
    match item["type"]:
        case "reasoning":
            for number, part in enumerate(item["summary"]):
                at = where | {"summary_index": number}
                yield from _pieces("reasoning_summary_text", part["text"], at)
                yield {"type": "response.reasoning_summary_text.done", "text": part["text"], **at}
        case "message":
            for number, part in enumerate(item["content"]):
                yield from _of_part(part, where | {"content_index": number})
        case "function_call":
            yield from _pieces("function_call_arguments", item["arguments"], where)
            yield {"type": "response.function_call_arguments.done", "arguments": item["arguments"],
                   "name": item["name"], **where}  # fmt: skip
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _of_part(part: Item, where: dict[str, Any]) -> Iterator[Event]:
    if part["type"] == "refusal":
        yield from _pieces("refusal", part["refusal"], where)
        yield {"type": "response.refusal.done", "refusal": part["refusal"], **where}
        return
    yield {"type": "response.content_part.added", "part": part | {"text": ""}, **where}
    yield from _pieces("output_text", part["text"], where | {"logprobs": []})
    yield {"type": "response.output_text.done", "text": part["text"], "logprobs": [], **where}
    yield {"type": "response.content_part.done", "part": part, **where}


def _pieces(kind: str, text: str, where: dict[str, Any]) -> Iterator[Event]:
    half = len(text) // 2
    for piece in (text[:half], text[half:]):
        yield {"type": f"response.{kind}.delta", "delta": piece, "obfuscation": "x7Qp-aB3", **where}


def failed_instead(code: str = "server_error", text: str = "no worker is left") -> Event:
    """The event that may come in place of an end."""
    return valid({"type": "error", "code": code, "message": text, "param": None, "sequence_number": 99})


@cache
def _type_of_events() -> TypeAdapter[Any]:
    return TypeAdapter(ResponseStreamEvent)


def valid(event: Event) -> Event:
    """The event, if it is one that the SDK knows."""
    _type_of_events().validate_python(event)
    return event


def sent(told: Iterable[Event]) -> httpx2.Response:
    """A stream of these events, as they go over the wire: there is no end mark."""
    lines = (f"event: {one.get('type')}\ndata: {json.dumps(one)}\n\n" for one in told)
    return raw("".join(lines).encode(), "text/event-stream; charset=utf-8")
