"""What Tollgate adds to a call (T1.4.4): the endpoint, the gate and the bare upstream call, side by side in one run.

The upstream is the embedded simulator in this process, with a fixed delay; it stands in for OpenAI, whose own time
would hide ours. Run it with `make bench`.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from app.bootstrap import build_container
from app.main import create_app
from app.settings import Settings
from app.simulator import StreamingASGITransport
from benchmarks.bare_client import bare_call
from benchmarks.statistics import Lane, Times, interleaved
from containers import Container

QUERY = "Buy when RSI falls below 30 and sell when it rises above 70, with a stop loss of 5 %"
LIMIT_MS = 10.0
"""The seed's demand: an overhead below 10 ms."""


def _recorded_call(answer: bytes, delay_ms: float) -> httpx2.MockTransport:
    """An upstream that takes a fixed time and gives a recorded answer, so that only our own time differs."""

    async def respond(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(delay_ms / 1000)
        return httpx2.Response(200, content=answer, headers={"content-type": "application/json"})

    return httpx2.MockTransport(respond)


class _Spy(httpx2.AsyncBaseTransport):
    """Looks at what passes between the gate and the simulator."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner
        self.sent: list[dict[str, Any]] = []
        self.got: list[bytes] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        self.sent.append(json.loads(request.content))
        self.got.append(await response.aread())
        return response


async def _record(container: Container) -> tuple[dict[str, Any], bytes]:
    """One real exchange of the strategy builder with the simulator: what it sends, and what it gets."""
    spy = _Spy(StreamingASGITransport(container.gen_ai.simulator()))
    with container.gen_ai.http_client.override(httpx2.AsyncClient(transport=spy)):
        async with _application(container) as http:
            await _ask(http)
    return spy.sent[0], spy.got[0]


@asynccontextmanager
async def _application(container: Container) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(container)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx2.ASGITransport(app=app)
        yield await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1"))
    container.unwire()


async def _ask(http: httpx2.AsyncClient) -> None:
    response = await http.post("/api/v1/gen-ai/strategy-builder", json={"query": QUERY})
    response.raise_for_status()


async def measure(rounds: int, delay_ms: float) -> dict[str, Times]:
    """The times of the endpoint and of the same request through the bare client, call by call in turn."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite+aiosqlite:///{folder}/bench.db", log_level="error")
        payload, answer = await _record(build_container(settings))
        upstream = httpx2.AsyncClient(transport=_recorded_call(answer, delay_ms))
        container = build_container(settings)
        with container.gen_ai.http_client.override(httpx2.AsyncClient(transport=_recorded_call(answer, delay_ms))):
            async with _application(container) as http:
                bare = bare_call(upstream, payload)
                lanes: dict[str, Lane] = {"endpoint": lambda: _ask(http), "upstream call alone": bare}
                return await interleaved(lanes, rounds=rounds)


def _show(times: dict[str, Times], rounds: int, delay_ms: float) -> None:
    table = Table(title=f"{rounds} calls each, upstream delay {delay_ms:g} ms, in milliseconds", title_justify="left")
    for heading in ("", "median", "p99", "CPU median"):
        table.add_column(heading, justify="right" if heading else "left")
    endpoint, bare = times.values()
    for name, found in times.items():
        table.add_row(name, f"{found.median:.2f}", f"{found.p99:.2f}", f"{found.cpu_median:.2f}")
    table.add_row(
        "overhead",
        f"{endpoint.median - bare.median:.2f}",
        f"{endpoint.p99 - bare.p99:.2f}",
        f"{endpoint.cpu_median - bare.cpu_median:.2f}",
        style="bold",
    )
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--delay-ms", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    times = asyncio.run(measure(options.rounds, options.delay_ms))
    if options.json:
        figures = {name: {"median": t.median, "p99": t.p99, "cpu_median": t.cpu_median} for name, t in times.items()}
        json.dump(figures, sys.stdout, indent=2)
    else:
        _show(times, options.rounds, options.delay_ms)
    endpoint, bare = times.values()
    if endpoint.median - bare.median > LIMIT_MS:
        Console(stderr=True).print(f"The overhead is above the {LIMIT_MS:g} ms that were asked for.")


if __name__ == "__main__":
    main()
