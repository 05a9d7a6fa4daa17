"""kill -9 in the middle of a backtest: the next start on the same database runs it again, with the same result."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.quant.backtest import backtest
from app.quant.market import market_data
from app.quant.strategy import Strategy
from tests.fakes.forked import Forked
from tests.fakes.long_series import write_long_series
from tests.fakes.strategies import plan, sma, when

_SERVER = """
import socket, sys
import uvicorn
from app.bootstrap import build_container
from app.main import create_app

config = uvicorn.Config(create_app(build_container()), log_config=None)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""
_API = "/api/v1/backtests"
_BARS = 80_000
BUSY = plan([when(sma(2), "above", sma(3))], [when(sma(2), "below", sma(3))], stop_loss=0.05)
"""Trades every few days."""


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a series of 80,000 days: to read it and to run over it takes a second or two."""
    folder = tmp_path_factory.mktemp("bars")
    write_long_series(folder / "LONG.csv", bars=_BARS)
    return folder


@asynccontextmanager
async def _server(database_url: str, bars: Path, folder: Path) -> AsyncIterator[tuple[httpx2.AsyncClient, Forked]]:
    """A server in a process of its own, on a socket that listens already: who connects early waits in its queue."""
    unset = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "TOLLGATE_"))}
    own = {"TOLLGATE_DATABASE_URL": database_url, "TOLLGATE_DATA_DIR": str(bars), "TOLLGATE_BACKTEST_WORKERS": "2"}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        started = Forked(_SERVER, environment=unset | own, folder=folder, descriptor=listener.fileno())
    try:
        async with httpx2.AsyncClient(base_url=address, timeout=60) as http:
            yield http, started
    finally:
        started.terminate()
        started.wait()


async def _order(http: httpx2.AsyncClient, strategy: Strategy, symbol: str, *, report: bool = False) -> str:
    order = {"strategy": strategy.model_dump(mode="json"), "symbol": symbol, "report": report}
    response = await http.post(_API, json=order)
    assert response.status_code == 202, response.text
    location: str = response.headers["location"]
    return location


async def _seen(http: httpx2.AsyncClient, path: str, *status: str, **params: str) -> dict[str, Any]:
    """The backtest once it has one of these statuses; a test that waits in vain ends with its timeout."""
    while True:
        answer: dict[str, Any] = (await http.get(path, params=params)).json()
        if answer["status"] in status:
            return answer


async def test_a_backtest_that_a_kill_interrupted_is_run_again_with_the_same_result(
    database_url: str, bars: Path, tmp_path: Path
) -> None:
    """One that ran, and those that waited. The worker of the killed server ends with it."""
    async with _server(database_url, bars, tmp_path) as (http, server):
        running = await _order(http, BUSY, "LONG")
        waiting = [await _order(http, plan(stop_loss=stop), "GSPC") for stop in (0.05, 0.1, 0.2)]
        seen = await _seen(http, running, "running")
        workers = _children(server.pid)
        server.kill()
        server.wait()
    assert seen["result"] is None
    assert workers
    async with _server(database_url, bars, tmp_path) as (http, server):
        done = await _seen(http, running, "done", "failed", include="curves,trades")
        others = [await _seen(http, path, "done", "failed") for path in waiting]
    expected = backtest(BUSY, market_data(bars).bars("LONG"))
    assert (done["status"], done["failure"]) == ("done", None)
    assert done["curves"]["equity"] == list(expected.equity)
    assert [trade["profit"] for trade in done["trades"]] == [trade.profit for trade in expected.trades]
    assert done["started_at"] > seen["started_at"]
    assert [other["status"] for other in others] == ["done"] * 3
    for pid in workers:
        await asyncio.to_thread(_wait_for_end, pid)


async def test_a_report_that_was_ordered_before_a_kill_is_written_once_after_it(
    database_url: str, bars: Path, tmp_path: Path
) -> None:
    """Nobody asks for it again."""
    async with _server(database_url, bars, tmp_path) as (http, server):
        for _ in range(2):
            await _order(http, BUSY, "LONG")
        path = await _order(http, plan(stop_loss=0.1), "GSPC", report=True)
        seen = await _seen(http, path, "queued")
        server.kill()
        server.wait()
    assert seen["report"]["status"] == "waiting"
    async with _server(database_url, bars, tmp_path) as (http, server):
        while (report := (await _seen(http, path, "running", "queued", "done"))["report"])["status"] != "written":
            assert report["status"] in {"waiting", "writing"}, report["failure"]
        listed = (await http.get("/api/v1/gen-ai/narrative-report")).json()["reports"]
        usage = (await http.get("/api/v1/gen-ai/usage")).json()["usage"]
    assert [each["report_id"] for each in listed] == [report["report_id"]]
    assert [attempt["status"] for attempt in usage] == ["measured"]


async def test_of_two_servers_the_other_one_takes_over(postgres_url: str, bars: Path, tmp_path: Path) -> None:
    """On PostgreSQL, where they share the queue: nobody has to be started again."""
    async with (
        _server(postgres_url, bars, tmp_path) as (first, victim),
        _server(postgres_url, bars, tmp_path) as (other, _),
    ):
        await other.get("/health/ready")
        paths = [await _order(first, BUSY, "LONG") for _ in range(2)]
        for path in paths:
            await _seen(first, path, "running")
        victim.kill()
        victim.wait()
        ended = [await _seen(other, path, "done", "failed") for path in paths]
    assert [each["status"] for each in ended] == ["done"] * 2
    assert ended[0]["result"] == ended[1]["result"]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait_for_end(pid: int) -> None:
    """Waits until a process has ended; who becomes its parent need not have heard of it."""
    status = Path(f"/proc/{pid}/status")
    while status.exists() and "State:\tZ" not in status.read_text():
        os.sched_yield()
