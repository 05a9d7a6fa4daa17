"""The server behind `tollgate serve`: its address, its resources, and how it stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from app.cli.servers import LoopbackServer


class Stage:
    """An application whose one request takes until it is let go, and a note of everything that happens to it."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.drained_for: list[float] = []
        self.announced = asyncio.Event()
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            for _ in range(10):  # a row takes some turns of the loop to be written
                await asyncio.sleep(0)
            self.notes.append("written down")
            raise
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        self.notes.append("answered")

    @asynccontextmanager
    async def resources(self) -> AsyncIterator[None]:
        self.notes.append("opened")
        yield
        self.notes.append("closed")

    def announce(self, url: str) -> None:
        self.url = url
        self.notes.append("announced")
        self.announced.set()

    async def drain(self, seconds: float) -> None:
        self.drained_for.append(seconds)
        self.notes.append("drained")

    def server(self, *, host: str = "127.0.0.1", shutdown_seconds: float) -> LoopbackServer:
        return LoopbackServer(
            self,
            host=host,
            port=0,
            announce=self.announce,
            resources=self.resources(),
            drain=self.drain,
            shutdown_seconds=shutdown_seconds,
        )


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
async def test_its_address_is_told_once_it_listens(host: str, shown: str) -> None:
    """With the port that port 0 became."""
    stage = Stage()
    server = stage.server(host=host, shutdown_seconds=1)
    serving = asyncio.create_task(server.serve())
    await stage.announced.wait()
    stage.go.set()
    async with httpx2.AsyncClient() as http:
        assert (await http.get(stage.url)).status_code == 204
    server.should_exit = True
    await serving
    assert stage.url.startswith(shown)
    assert not stage.url.endswith(":0")


async def test_a_request_under_way_is_answered_before_anything_is_closed() -> None:
    """The background has what the requests left of the time."""
    stage = Stage()
    server = stage.server(shutdown_seconds=60)
    serving = asyncio.create_task(server.serve())
    await stage.announced.wait()
    async with httpx2.AsyncClient() as http:
        asking = asyncio.create_task(http.get(stage.url))
        await stage.asked.wait()
        server.should_exit = True
        stage.go.set()
        assert (await asking).status_code == 204
        await serving
    assert stage.notes == ["opened", "announced", "answered", "drained", "closed"]
    (seconds,) = stage.drained_for
    assert 0 < seconds < 60


async def test_a_request_that_takes_too_long_is_cut_off_and_may_write_down_what_it_has() -> None:
    """Before the background is drained, and before anything is closed."""
    stage = Stage()
    server = stage.server(shutdown_seconds=0)
    serving = asyncio.create_task(server.serve())
    await stage.announced.wait()
    async with httpx2.AsyncClient() as http:
        asking = asyncio.create_task(http.get(stage.url))
        await stage.asked.wait()
        server.should_exit = True
        await serving
        assert (await asking).is_server_error
    assert stage.notes == ["opened", "announced", "written down", "drained", "closed"]


async def test_what_cannot_be_opened_is_told_as_it_is() -> None:
    """Not as a log line of the web server."""
    stage = Stage()

    @asynccontextmanager
    async def broken() -> AsyncIterator[None]:
        raise ValueError("no such database")
        yield

    server = stage.server(shutdown_seconds=0)
    server._resources = broken()
    with pytest.raises(ValueError, match="no such database"):
        await server.serve()
    assert stage.notes == []
