"""Somebody's own code in the server: it takes the one client, and sends with it as OpenAI's SDK lets it.

A route that only tests have, so that what such code was told, and that it was killed, is seen from outside. The module
is what the server's process runs in the place of the `tollgate` command.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import httpx2
import openai
from fastapi import APIRouter, FastAPI
from openai.types.chat import ChatCompletion
from openai.types.responses import Response
from pydantic import BaseModel

from app.cli import servers
from app.cli.main import main as tollgate
from app.main import create_app
from containers import Container

CALLER = "raw"
_MOST_TOKENS = 200
_DEFAULT = "gpt-4o-mini"
_ENDED_WELL = ("response.completed", "response.incomplete")
_FAULTS = (openai.APIError, json.JSONDecodeError, UnicodeDecodeError, httpx2.TransportError)
"""What the SDK raises without a meter under it too: its own errors, and what it hands on of a body that breaks off."""


class RawCall(BaseModel):
    """`retries` are the SDK's own; `asks_usage` is for a stream of chat completions. The call is given up after
    `seconds`, or left after so many `pieces` of a stream.
    """

    wire: Literal["chat_completions", "responses"]
    text: str
    model_id: str | None
    service: str | None
    retries: int
    stream: bool
    asks_usage: bool
    seconds: float | None
    pieces: int | None


class RawEnding(BaseModel):
    """`ending` is `answered`, how it was left, or the name of the exception. Only an answer has an id and a usage."""

    ending: str
    id: str | None = None
    usage: dict[str, Any] | None = None


async def make(client: openai.AsyncOpenAI, call: RawCall) -> RawEnding:
    """What becomes of a call; any other exception than those that the SDK raises anyway goes through."""
    try:
        async with asyncio.timeout(call.seconds):
            return await _WAYS[call.wire, call.stream](client, call)
    except TimeoutError:
        return RawEnding(ending="given up")
    except _FAULTS as fault:
        return RawEnding(ending=type(fault).__name__)


async def _chat(client: openai.AsyncOpenAI, call: RawCall) -> RawEnding:
    answer = await client.chat.completions.create(**_chat_body(call))
    if not isinstance(answer, ChatCompletion) or not answer.choices:
        return RawEnding(ending="no answer")
    return _answered(answer.id, answer.usage)


async def _chat_stream(client: openai.AsyncOpenAI, call: RawCall) -> RawEnding:
    """Whoever asks for the usage gets it; whoever does not finds a choice in every chunk. Who leaves closes nothing."""
    options: dict[str, Any] = {"stream_options": {"include_usage": True}} if call.asks_usage else {}
    answer_id, finished, usage = "", False, None
    left = call.pieces
    stream = await client.chat.completions.create(stream=True, **_chat_body(call), **options)
    async for chunk in stream:
        if left == 0:
            return RawEnding(ending="left")
        left = None if left is None else left - 1
        answer_id, usage = chunk.id, chunk.usage or usage
        if chunk.choices or not call.asks_usage:
            finished = finished or chunk.choices[0].finish_reason is not None
    return _answered(answer_id, usage) if finished else RawEnding(ending="no end")


def _chat_body(call: RawCall) -> dict[str, Any]:
    message = {"role": "user", "content": call.text}
    return {"model": call.model_id or _DEFAULT, "messages": [message], "max_completion_tokens": _MOST_TOKENS}


async def _response(client: openai.AsyncOpenAI, call: RawCall) -> RawEnding:
    answer = await client.responses.create(**_response_body(call))
    if not isinstance(answer, Response) or answer.status not in ("completed", "incomplete"):
        return RawEnding(ending="no answer")
    return _answered(answer.id, answer.usage)


async def _response_stream(client: openai.AsyncOpenAI, call: RawCall) -> RawEnding:
    left = call.pieces
    async with await client.responses.create(stream=True, **_response_body(call)) as stream:
        async for event in stream:
            if left == 0:
                return RawEnding(ending="left")
            left = None if left is None else left - 1
            if event.type in _ENDED_WELL:
                return _answered(event.response.id, event.response.usage)
    return RawEnding(ending="no end")


def _response_body(call: RawCall) -> dict[str, Any]:
    return {"model": call.model_id or _DEFAULT, "input": call.text, "max_output_tokens": _MOST_TOKENS}


def _answered(answer_id: str, usage: BaseModel | None) -> RawEnding:
    return RawEnding(ending="answered", id=answer_id, usage=None if usage is None else usage.model_dump(warnings=False))


_WAYS: Mapping[tuple[str, bool], Callable[[openai.AsyncOpenAI, RawCall], Awaitable[RawEnding]]] = {
    ("chat_completions", False): _chat,
    ("chat_completions", True): _chat_stream,
    ("responses", False): _response,
    ("responses", True): _response_stream,
}


def app_with_raw_calls(container: Container) -> FastAPI:
    """The application with one more route, `/raw`."""
    app = create_app(container)
    router = APIRouter(prefix="/api/v1/gen-ai")

    @router.post("/raw")
    async def raw(call: RawCall) -> RawEnding:
        client = container.gen_ai.manager().get_client(call.service, CALLER)
        return await make(client.with_options(max_retries=call.retries), call)

    app.include_router(router)
    return app


def main() -> None:
    """As `tollgate`; what it serves has the route."""
    servers.create_app = app_with_raw_calls  # type: ignore[assignment,attr-defined,unused-ignore]
    tollgate()
