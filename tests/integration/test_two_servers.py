"""Two server processes on one PostgreSQL: a key is run once, whichever of them is asked, and the ledger is one."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.fakes.forked import Forked
from tests.postgres_server import PostgresServer

_SERVER = """
import socket, sys
import uvicorn
from app.bootstrap import build_container
from app.main import create_app

config = uvicorn.Config(create_app(build_container()), log_config=None)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""
_BUILD = "/api/v1/gen-ai/strategy-builder"
_WISH = {"query": "Buy when RSI is below 30, sell above 70"}


def _start(listener: socket.socket, database_url: str, folder: Path) -> Forked:
    """A server on a socket that listens already: whoever connects early waits in its queue."""
    unset = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "TOLLGATE_"))}
    environment = unset | {"TOLLGATE_DATABASE_URL": database_url}
    return Forked(_SERVER, environment=environment, folder=folder, descriptor=listener.fileno())


@pytest.fixture(scope="module")
def addresses(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two processes, for all tests of this file."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server.lent())
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        folders = [tmp_path_factory.mktemp("server") for _ in listeners]
        started = [_start(listener, url, folder) for listener, folder in zip(listeners, folders, strict=True)]
        yield [f"http://127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


@pytest.fixture
async def servers(addresses: list[str]) -> AsyncIterator[list[httpx2.AsyncClient]]:
    """A client of each of the two."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(httpx2.AsyncClient(base_url=address, timeout=60)) for address in addresses
        ]


async def _total(server: httpx2.AsyncClient) -> int:
    return int((await server.get("/api/v1/gen-ai/usage")).json()["total"])


async def test_a_key_is_run_once_whichever_server_is_asked(servers: list[httpx2.AsyncClient]) -> None:
    """All at once: one runs it, the others wait for its answer; in the ledger of both there is one attempt."""
    before = await _total(servers[0])
    headers = {"Idempotency-Key": "at-once"}
    requests = [client.post(_BUILD, json=_WISH, headers=headers) for client in servers for _ in range(3)]
    answers = await asyncio.gather(*requests)
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotency-Replayed", "-") for answer in answers) == ["-", *["true"] * 5]
    for client in servers:
        usage = (await client.get("/api/v1/gen-ai/usage")).json()
        assert (usage["total"], usage["usage"][0]["operation_id"]) == (before + 1, answers[0].json()["operation_id"])


async def test_another_request_with_the_key_is_refused_by_the_other_server(servers: list[httpx2.AsyncClient]) -> None:
    headers = {"Idempotency-Key": "one-after-the-other"}
    assert (await servers[0].post(_BUILD, json=_WISH, headers=headers)).status_code == 200
    other = await servers[1].post(_BUILD, json={"query": "Buy and hold the S&P 500"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_chat_goes_on_with_the_other_server(servers: list[httpx2.AsyncClient]) -> None:
    before = await _total(servers[0])
    session = (await servers[0].post("/api/v1/gen-ai/chatops/sessions")).json()["session_id"]
    for client in servers:
        said = await client.post(
            f"/api/v1/gen-ai/chatops/sessions/{session}/chat", json={"message": "What is the Sharpe ratio?"}
        )
        assert said.status_code == 200
    assert await _total(servers[0]) == before + 2
