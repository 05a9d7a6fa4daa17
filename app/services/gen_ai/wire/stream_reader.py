"""Reads a streamed answer: its text, its usage, and its tool calls put together from their pieces."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx2
import orjson

from app.services.gen_ai.wire.messages import Completion, Envelope, read_calls, text_or_empty


class CallDeltas:
    """OpenAI numbers the calls of an answer: the first piece of one has its id and its name, the others only a part of
    its arguments (`ChoiceDeltaToolCall` in OpenAI's SDK).

    Compatible servers differ. Some leave the number out, or give every call the number 0: there, a piece with a name
    and an id of its own begins a new call, and any other piece belongs to the call before it.
    """

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._by_index: dict[int, dict[str, Any]] = {}

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The calls so far, in the form of an answer that came in one piece."""
        return self._calls

    @property
    def text(self) -> str:
        """All that the model wrote for them so far."""
        return "".join(call["function"]["name"] + call["function"]["arguments"] for call in self._calls)

    def take(self, deltas: object) -> None:
        """Adds the `tool_calls` of a chunk; what has another form than it should is left out."""
        for delta in deltas if isinstance(deltas, list) else ():
            function = delta.get("function") if isinstance(delta, dict) else None
            if isinstance(function, dict):
                self._add(delta, text_or_empty(function.get("name")), text_or_empty(function.get("arguments")))

    def _add(self, delta: dict[str, Any], name: str, arguments: str) -> None:
        index, call_id = delta.get("index"), text_or_empty(delta.get("id"))
        known = self._by_index.get(index) if isinstance(index, int) else next(reversed(self._calls), None)
        if known is None or (name and call_id and known["id"] not in ("", call_id)):
            known = {"id": call_id, "function": {"name": "", "arguments": ""}}
            self._calls.append(known)
        if isinstance(index, int):
            self._by_index[index] = known
        known["id"] = known["id"] or call_id
        known["function"]["name"] = known["function"]["name"] or name
        known["function"]["arguments"] += arguments


# Server-sent events of a streamed answer: text as it comes, and at the end what was used.

_DATA = b"data:"
_DONE = b"[DONE]"


class StreamReader:
    """Reads one stream, once. What it has seen so far is in its attributes, also after the stream broke.

    `complete` is true once the end mark was read.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._lines = self._read_lines()
        self.text = ""
        self.refusal = ""
        self.calls = CallDeltas()
        self.finish_reason: str | None = None
        self.complete = False
        self._outside: dict[str, Any] = {}

    @property
    def request_id(self) -> str | None:
        request_id: str | None = self._response.headers.get("x-request-id")
        return request_id

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def envelope(self) -> Envelope:
        """The outside of the answer, as far as it was seen, as if it had come in one piece."""
        usage = self._outside.get("usage")
        return Envelope(
            upstream_id=self._outside.get("id"),
            answered_as=self._outside.get("model"),
            service_tier=self._outside.get("service_tier"),
            usage=usage if isinstance(usage, dict) else None,
            choices=[],
        )

    @property
    def completion(self) -> Completion:
        """What the model said so far."""
        return Completion(self.text, self.refusal or None, self.finish_reason, read_calls(self.calls.entries))

    @property
    def received(self) -> str:
        """All that the model wrote so far, whatever it is for."""
        return self.text + self.refusal + self.calls.text

    async def next_text(self) -> str | None:
        """The next piece of text; None at the end.

        Raises:
            httpx2.TransportError: the connection broke.
        """
        async for data in self._lines:
            if data == _DONE:
                self.complete = True
                return None
            piece = self._take(data)
            if piece:
                return piece
        return None

    async def close(self) -> None:
        """Also where it was not read to its end: what was left to the garbage collector would be closed anywhere, also
        in a thread, and complain.
        """
        await self._lines.aclose()
        await self._response.aclose()

    def _take(self, data: bytes) -> str:
        try:
            chunk = orjson.loads(data)
        except orjson.JSONDecodeError:
            return ""
        if not isinstance(chunk, dict):
            return ""
        for name in ("id", "model", "service_tier", "usage"):
            if chunk.get(name) is not None:
                self._outside[name] = chunk[name]
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        self.refusal += text_or_empty(delta.get("refusal"))
        self.calls.take(delta.get("tool_calls"))
        piece = text_or_empty(delta.get("content"))
        self.text += piece
        return piece

    async def _read_lines(self) -> AsyncGenerator[bytes, None]:
        """The data of each event; the parts of a body do not end where its lines do."""
        rest = b""
        async with aclosing(self._response.aiter_bytes()) as parts:
            async for part in parts:
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    if line.startswith(_DATA):
                        yield line[len(_DATA) :].strip()
