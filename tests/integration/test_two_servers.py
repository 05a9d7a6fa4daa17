"""Two server processes on one PostgreSQL: a key is run once, whichever of them is asked, and the ledger is one."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

_ROOT = Path(__file__).parents[2]
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


def _start(listener: socket.socket, database_url: str, folder: Path) -> subprocess.Popen[bytes]:
    """A server on a socket that listens already: whoever connects early waits in its queue."""
    return subprocess.Popen(  # noqa: S603  our own interpreter and our own script
        [sys.executable, "-c", _SERVER, str(listener.fileno())],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(_ROOT), "TOLLGATE_DATABASE_URL": database_url},
        stderr=subprocess.DEVNULL,
        pass_fds=[listener.fileno()],
    )


@pytest.fixture
async def servers(postgres_url: str, tmp_path: Path) -> AsyncIterator[list[httpx2.AsyncClient]]:
    """A client of each of two processes."""
    processes, clients = [], []
    async with AsyncExitStack() as stack:
        for number in range(2):
            folder = tmp_path / str(number)
            folder.mkdir()
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            processes.append(stack.enter_context(_start(listener, postgres_url, folder)))
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            clients.append(await stack.enter_async_context(httpx2.AsyncClient(base_url=address, timeout=60)))
        yield clients
        for process in processes:
            process.terminate()


async def test_a_key_is_run_once_whichever_server_is_asked(servers: list[httpx2.AsyncClient]) -> None:
    """All at once: one runs it, the others wait for its answer; in the ledger of both there is one attempt."""
    for client in servers:
        assert (await client.get("/health/ready")).status_code == 200
    headers = {"Idempotency-Key": "one-strategy"}
    requests = [client.post(_BUILD, json=_WISH, headers=headers) for client in servers for _ in range(3)]
    answers = await asyncio.gather(*requests)
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotency-Replayed", "-") for answer in answers) == ["-", *["true"] * 5]
    for client in servers:
        usage = (await client.get("/api/v1/gen-ai/usage")).json()
        assert (usage["total"], usage["usage"][0]["operation_id"]) == (1, answers[0].json()["operation_id"])


async def test_another_request_with_the_key_is_refused_by_the_other_server(servers: list[httpx2.AsyncClient]) -> None:
    headers = {"Idempotency-Key": "one-strategy"}
    assert (await servers[0].post(_BUILD, json=_WISH, headers=headers)).status_code == 200
    other = await servers[1].post(_BUILD, json={"query": "Buy and hold the S&P 500"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert (await servers[1].get("/api/v1/gen-ai/usage")).json()["total"] == 1


async def test_a_chat_goes_on_with_the_other_server(servers: list[httpx2.AsyncClient]) -> None:
    session = (await servers[0].post("/api/v1/gen-ai/chatops/sessions")).json()["session_id"]
    for client in servers:
        said = await client.post(
            f"/api/v1/gen-ai/chatops/sessions/{session}/chat", json={"message": "What is the Sharpe ratio?"}
        )
        assert said.status_code == 200
    assert (await servers[0].get("/api/v1/gen-ai/usage")).json()["total"] == 2
