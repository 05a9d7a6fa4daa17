"""What all tests share: no network beyond this machine, no key, a clock that stands still, and the application."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
import uvicorn
from dependency_injector import providers
from hypothesis import settings as hypothesis_settings

from app.clock import FixedClock
from app.settings import Settings
from containers import Container
from tests.application import application, lent_container
from tests.databases import (
    database_url,
    each_database,
    empty_database_url,
    empty_postgres_url,
    postgres_database,
    postgres_server,
    postgres_url,
    sqlite_template,
    sqlite_url,
)
from tests.fakes.workers import InlineWorker

__all__ = [
    "database_url",
    "each_database",
    "empty_database_url",
    "empty_postgres_url",
    "postgres_database",
    "postgres_server",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
]
"""Fixtures for all tests; pytest finds them here."""

hypothesis_settings.register_profile("tollgate", deadline=None)  # machines are noisy: a slow example is no failure
hypothesis_settings.load_profile("tollgate")

TODAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Fails whatever tries to leave this machine."""
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host is None or host in ("localhost", "127.0.0.1", "::1", b"localhost"):
        return
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise RuntimeError(f"a test tried to reach {host!r}: tests never leave this machine")


sys.addaudithook(_guard)


def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the settings of the developer's shell away."""
    for name in os.environ:
        if name.startswith(("OPENAI_", "TOLLGATE_")) and not name.startswith("TOLLGATE_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting of the developer's shell, no .env, no database of theirs; logging as it was before."""
    without_settings(monkeypatch)
    monkeypatch.chdir(tmp_path)
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TODAY)


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(database_url=sqlite_url)


@pytest.fixture
def container(settings: Settings, clock: FixedClock) -> Iterator[Container]:
    """A container as if it were new, on the fixed clock, with the embedded simulator as upstream; backtests run in this
    process.
    """
    with lent_container(settings) as lent:
        lent.core.clock.override(clock)
        lent.services.backtest_worker.override(providers.Factory(InlineWorker))
        yield lent


@asynccontextmanager
async def serving(container: Container) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole application over a container, and a client of it; faults of the server become answers."""
    app = application(container)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        yield await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1"))


@asynccontextmanager
async def over_a_socket(container: Container) -> AsyncIterator[httpx2.AsyncClient]:
    """A real server: only over a real connection can a client hang up."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(container), log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=base) as http:
        yield http
    server.should_exit = True
    await serving
    listener.close()


@pytest.fixture
async def http(container: Container) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(container) as client:
        yield client
