"""Talks with the chat over HTTP, as one caller or another, in one piece or as a stream."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import uvicorn

from app.api.dependencies import current_caller
from app.api.security import Caller
from containers import Container
from tests.application import application

API = "/api/v1/gen-ai"
SSE = {"accept": "text/event-stream"}
Event = tuple[str, dict[str, Any]]


async def begin(http: httpx2.AsyncClient) -> str:
    """The path of a new session's chat."""
    session_id: str = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    return f"{API}/chatops/sessions/{session_id}/chat"


async def ask(http: httpx2.AsyncClient, message: str, path: str | None = None, **more: Any) -> dict[str, Any]:
    """The answer to a message; in a new session where no path is given."""
    response = await http.post(path or await begin(http), json={"message": message, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def hear(http: httpx2.AsyncClient, message: str, path: str | None = None, **more: Any) -> list[Event]:
    """The events of the answer to a message."""
    response = await http.post(path or await begin(http), json={"message": message, **more}, headers=SSE)
    assert response.status_code == 200, response.text
    return read_events(response.text)


def read_events(text: str) -> list[Event]:
    found = []
    for block in text.strip().split("\n\n"):
        event, data = block.split("\n")
        found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def rows(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """The attempts in the ledger, the newest first."""
    found: list[dict[str, Any]] = (await http.get(f"{API}/usage", params={"limit": 500})).json()["usage"]
    return found


class Callers:
    """The application for several callers; `who` calls next."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http
        self.who = Caller("ann", "user")

    @classmethod
    @asynccontextmanager
    async def over(cls, container: Container) -> AsyncIterator["Callers"]:
        app = application(container)
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
                callers = cls(http)
                app.dependency_overrides[current_caller] = lambda: callers.who
                yield callers


@asynccontextmanager
async def over_a_socket(container: Container) -> AsyncIterator[httpx2.AsyncClient]:
    """A real server: only over a real connection can a client hang up."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(container), log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as http:
        yield http
    server.should_exit = True
    await serving
    listener.close()
