"""An upstream that answers as compatible servers do, and the application over it: what one question came to."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import stamina
from dependency_injector import providers
from openai import OpenAIError

from app.clock import Clock
from containers import Container
from tests.conftest import serving
from tests.fakes.budgeted import budget, budgeted
from tests.fakes.scripted_upstream import BASE_URL, KEY, raw

API = "/api/v1/gen-ai"
TEXT = "Volatility is how far a price swings."
USAGE = {"prompt_tokens": 800, "completion_tokens": 40, "total_tokens": 840}
COST = "0.0024"
"""800 tokens in at 2.50 and 40 out at 10 USD per million, gpt-4o's price."""
GOOD: dict[str, Any] = {
    "id": "answer-1",  # the same for all: an id proves nothing about other attempts
    "object": "chat.completion",
    "model": "gpt-4o-2024-11-20",
    "service_tier": "default",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
    "usage": USAGE,
}


@dataclass(frozen=True)
class Outcome:
    """`told` is the answer, or the code of the error. `spent_usd`: what the budget has counted since."""

    status: int
    told: str
    rows: list[dict[str, Any]]
    spent_usd: Decimal
    reserved_usd: Decimal

    @property
    def row(self) -> dict[str, Any]:
        (row,) = self.rows
        return row

    @property
    def kind(self) -> tuple[str, str | None, str | None]:
        return self.row["status"], self.row["error"], self.row["cost_usd"]


class Upstream:
    """Gives one answer, however often it is asked; an exception stands for a connection that breaks."""

    answer: httpx2.Response | Exception
    asked = b""
    """The last request."""

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked = request.content
        if isinstance(self.answer, Exception):
            raise self.answer
        # Each time a new one: a body can be streamed only once.
        return httpx2.Response(self.answer.status_code, headers=self.answer.headers, content=self.answer.content)


class Application:
    """The whole application, asked over HTTP; what a question left behind is read over HTTP as well."""

    def __init__(self, container: Container, http: httpx2.AsyncClient, upstream: Upstream) -> None:
        self.upstream = upstream
        self._container = container
        self._http = http
        self._seen: set[str] = set()
        self._spent = Decimal(0)

    async def session(self) -> str:
        begun: str = (await self._http.post(f"{API}/chatops/sessions")).json()["session_id"]
        return begun

    async def chat(
        self, answer: httpx2.Response | Exception, *, streamed: bool = False, session: str | None = None
    ) -> Outcome:
        """Asks, without a session in one of its own, and gets this answer."""
        self.upstream.answer = answer
        session = session or await self.session()
        answered = await self._http.post(
            f"{API}/chatops/sessions/{session}/chat",
            json={"message": "What does volatility tell me?"},
            headers={"accept": "text/event-stream" if streamed else "application/json"},
        )
        body = _last_event(answered.text) if _is_stream(answered) else answered.json()
        told = body["answer"] if body.get("accepted") else body["code"]
        return await self._outcome(answered.status_code, told)

    async def create(self, body: bytes) -> Outcome:
        """Asks with the one client, as anybody's code may; `told` is what the SDK made of it."""
        self.upstream.answer = raw(body)
        client = self._container.gen_ai.manager().get_client("chatops_advanced", "local")
        try:
            await client.chat.completions.create(
                model="gpt-4o", max_completion_tokens=1500, messages=[{"role": "user", "content": "Volatility?"}]
            )
        except (OpenAIError, ValueError) as error:
            return await self._outcome(0, type(error).__name__)
        return await self._outcome(200, "")

    async def _outcome(self, status: int, told: str) -> Outcome:
        """What has come since the last one."""
        listed = (await self._http.get(f"{API}/usage", params={"limit": 10})).json()["usage"]
        rows = [row for row in listed if row["attempt_id"] not in self._seen]
        self._seen |= {row["attempt_id"] for row in rows}
        (standing,) = (await self._http.get(f"{API}/budgets")).json()["budgets"]
        spent, before = Decimal(standing["spent_usd"]), self._spent
        self._spent = spent
        return Outcome(status, told, rows, spent - before, Decimal(standing["reserved_usd"]))


@asynccontextmanager
async def application_over(upstream: Upstream, tmp_path: Path, clock: Clock) -> AsyncIterator[Application]:
    """With a hard budget that has room for all, and without pauses between tries."""
    client = providers.Factory(httpx2.AsyncClient, transport=httpx2.MockTransport(upstream.handle))
    with (
        budgeted(tmp_path, clock, budget(limit_usd="1000"), openai_api_key=KEY, openai_base_url=BASE_URL) as container,
        container.gen_ai.http_client.override(client),
        stamina.set_testing(True, attempts=3, cap=True),
    ):
        async with serving(container) as http:
            yield Application(container, http, upstream)


def _is_stream(answered: httpx2.Response) -> bool:
    return answered.headers["content-type"].startswith("text/event-stream")


def _last_event(text: str) -> dict[str, Any]:
    last = [line for line in text.split("\n") if line.startswith("data: ")][-1]
    body: dict[str, Any] = json.loads(last.removeprefix("data: "))
    return body


def whole(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


def message(finish_reason: str | None = "stop", **changes: Any) -> bytes:
    message = {"role": "assistant", "content": TEXT} | changes
    return whole(choices=[{"index": 0, "message": message, "finish_reason": finish_reason}])


def chunk(content: str | None = None, finish_reason: str | None = None, **changes: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {} if content is None else {"content": content}, "finish_reason": finish_reason}
    outside = {name: GOOD[name] for name in ("id", "model", "service_tier")}
    return outside | {"choices": [choice]} | changes


def stream(*events: dict[str, Any] | str | bytes, done: bool = True) -> httpx2.Response:
    """Events as objects, as texts of their data, or as the very bytes."""
    parts = [
        event
        if isinstance(event, bytes)
        else f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n".encode()
        for event in (*events, *(["[DONE]"] if done else []))
    ]
    return raw(b"".join(parts), "text/event-stream")


def streamed(**changes: Any) -> httpx2.Response:
    """The answer in three chunks, and a last one for its usage."""
    outside = {name: value for name, value in changes.items() if name != "usage"}
    usage = changes.get("usage", USAGE)
    return stream(
        chunk(TEXT[:10], **outside),
        chunk(TEXT[10:], **outside),
        chunk(None, "stop", **outside),
        chunk(**outside) | {"choices": [], "usage": usage},
    )
