"""An OpenAI that answers what a test has written down, and remembers what it was asked; nothing leaves the process."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx2

Step = httpx2.Response | Exception | Callable[[], Awaitable[httpx2.Response]]
"""An answer, an exception of the transport, or a coroutine function that takes its time over either."""

USAGE = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
KEY = "sk-test-0123456789"
BASE_URL = "http://openai.invalid/v1"


class ScriptedUpstream:
    """Answers each request with the next step; a request more than there are steps fails the test."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[httpx2.Request] = []
        self.transport = httpx2.MockTransport(self._answer)

    def then(self, *steps: Step) -> None:
        """Adds steps to the script."""
        self._steps += steps

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.bodies.append(json.loads(request.content) if request.content else {})
        assert self._steps, "the upstream was asked more often than the script has steps"
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, httpx2.Response) else await step()


def completion(
    text: str | None = "Hello.",
    *,
    model: str | None = "gpt-4o-mini-2024-07-18",
    usage: Mapping[str, Any] | None = USAGE,
    service_tier: str | None = "default",
    finish_reason: str = "stop",
    refusal: str | None = None,
    calls: Sequence[tuple[str, str]] = (),
) -> httpx2.Response:
    """A chat completion as OpenAI sends it, without what is None. `calls` are names and arguments of tools."""
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": refusal}
    if calls:
        message["tool_calls"] = [called(*call, number) for number, call in enumerate(calls)]
        finish_reason = "tool_calls"
    content: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1795435200,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": finish_reason,
            }
        ],
        "usage": usage,
        "service_tier": service_tier,
    }
    present = {key: value for key, value in content.items() if value is not None}
    return httpx2.Response(200, json=present, headers={"x-request-id": "req_1"})


def called(name: str, arguments: str, number: int = 0) -> dict[str, Any]:
    """A call of a tool as an answer has it."""
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


def asking(*calls: tuple[str, str], text: str | None = None, model: str = "gpt-4o-2024-11-20") -> httpx2.Response:
    """An answer of gpt-4o that asks for tools, each given by its name and its arguments."""
    return completion(text, model=model, calls=calls)


def streamed(
    *deltas: dict[str, Any], finish_reason: str = "stop", usage: Mapping[str, Any] | None = USAGE, done: bool = True
) -> httpx2.Response:
    """A stream of gpt-4o as OpenAI sends it: a chunk for each delta, then why it ends, the usage, and the end mark."""
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-2024-11-20"}
    reasons = [*(None for _ in deltas), finish_reason]
    chunks = [
        frame | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        for delta, reason in zip((*deltas, {}), reasons, strict=True)
    ]
    lines = [json.dumps(chunk) for chunk in (*chunks, frame | {"choices": [], "usage": usage})]
    body = "".join(f"data: {line}\n\n" for line in ([*lines, "[DONE]"] if done else lines[:-2]))
    return raw(body.encode(), "text/event-stream")


def refusal(status: int, code: str | None = None, **headers: str) -> httpx2.Response:
    """An error of the API with its usual body; `retry_after="3"` becomes the header Retry-After."""
    error = {"message": "made up for a test", "type": "error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={"error": error}, headers={"x-request-id": "req_error"} | named)


def raw(body: bytes, content_type: str = "application/json") -> httpx2.Response:
    """A 200 with any body."""
    return httpx2.Response(200, content=body, headers={"content-type": content_type, "x-request-id": "req_raw"})
