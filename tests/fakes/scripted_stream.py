"""A streamed answer as a script: chunks, pauses that a test ends, and breaks."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2

from tests.fakes.scripted_upstream import USAGE

Part = bytes | asyncio.Event | Exception
"""Bytes that arrive, an event to wait for, or how the connection breaks."""

DONE = b"data: [DONE]\n\n"


class ScriptedBody(httpx2.AsyncByteStream):
    """`waits` is set once the reader waits at an event; `closed` once it has let go of the connection."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self.waits = asyncio.Event()
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, bytes):
                yield part
            else:
                self.waits.set()
                await part.wait()

    async def aclose(self) -> None:
        self.closed = True


def streamed(body: ScriptedBody) -> httpx2.Response:
    headers = {"content-type": "text/event-stream", "x-request-id": "req_stream"}
    return httpx2.Response(200, stream=body, headers=headers)


def chunk(text: str | None = None, *, finish_reason: str | None = None, refusal: str | None = None) -> bytes:
    """One event with a piece of the answer."""
    delta = {key: value for key, value in (("content", text), ("refusal", refusal)) if value is not None}
    return _event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})


def usage_chunk(usage: Mapping[str, Any] = USAGE) -> bytes:
    """The last event before the end mark, where usage was asked for."""
    return _event({"choices": [], "usage": usage})


def _event(content: Mapping[str, Any]) -> bytes:
    frame = {"id": "chatcmpl-7", "model": "gpt-4o-mini-2024-07-18", "service_tier": "default"}
    return b"data: " + json.dumps({**frame, **content}).encode() + b"\n\n"
