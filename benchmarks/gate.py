"""The gate's own time: a whole metered call minus its upstream call, with the ledger on. Run it with `make bench`.

One call at a time, and bursts of 8, against an upstream in this process that takes 20 ms. The null lane is the
upstream call alone, timed in the same way: what it shows is the noise of the machine, not the gate. After 20 ms of
waiting the caches of the processor are cold: `--delay-ms 1` shows what the same work takes when they are warm.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

import httpx2
from openai import AsyncOpenAI
from rich.console import Console
from rich.table import Table

from app.bootstrap import build_container, running
from app.services.gen_ai.core import GenerationTask, Message, PlainText
from app.services.gen_ai.wire.upstream import Upstream, UpstreamReply
from app.settings import Settings
from benchmarks.statistics import Times

ANSWER = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1795435200,
        "model": "gpt-4o-2024-11-20",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42},
        "service_tier": "default",
    }
).encode()
TASK: GenerationTask[PlainText, None] = GenerationTask(
    service="chatops_advanced",
    operation="chat",
    caller_id="bench",
    messages=(Message("instruction", "Answer shortly."), Message("user", "Is the Sharpe ratio a ratio?")),
    answer=PlainText,
    max_output_tokens=100,
)
PAYLOAD = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Is the Sharpe ratio a ratio?"}]}

_upstream_seconds: ContextVar[list[float]] = ContextVar("upstream_seconds")


class TimedUpstream(Upstream):
    """Notes how long each upstream call took, for the call that it belongs to."""

    async def send(self, payload: Mapping[str, Any], *, client_request_id: str, seconds: float) -> UpstreamReply:
        start = time.perf_counter()
        try:
            return await super().send(payload, client_request_id=client_request_id, seconds=seconds)
        finally:
            _upstream_seconds.get().append(time.perf_counter() - start)


def _transport(delay_ms: float) -> httpx2.MockTransport:
    async def respond(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(delay_ms / 1000)
        headers = {"content-type": "application/json", "x-request-id": "req_bench"}
        return httpx2.Response(200, content=ANSWER.replace(b"bench", time.perf_counter_ns().to_bytes(8).hex().encode()),
                               headers=headers)  # fmt: skip

    return httpx2.MockTransport(respond)


async def _own_ms(call: Callable[[], Awaitable[object]]) -> float:
    upstream: list[float] = []
    token = _upstream_seconds.set(upstream)
    start = time.perf_counter()
    await call()
    whole = time.perf_counter() - start
    _upstream_seconds.reset(token)
    return (whole - sum(upstream)) * 1000


async def measure(rounds: int, delay_ms: float) -> dict[str, Times]:
    """Own times by lane, in milliseconds, and the CPU time of a whole call; the lanes take turns."""
    with tempfile.TemporaryDirectory() as folder:
        container = build_container(
            Settings(database_url=f"sqlite+aiosqlite:///{folder}/bench.db", log_format="json", log_level="error")
        )
        client = AsyncOpenAI(
            api_key="bench", base_url="http://recorded.invalid/v1", max_retries=0,
            http_client=httpx2.AsyncClient(transport=_transport(delay_ms)),
        )  # fmt: skip
        container.gen_ai.openai_client.override(client)
        timed = TimedUpstream(client)
        container.gen_ai.upstream.override(timed)
        async with running(container):
            manager = container.gen_ai.manager()

            async def gate() -> None:
                await manager.generate(TASK)

            async def null() -> None:
                await timed.send(PAYLOAD, client_request_id="bench", seconds=60)

            own: dict[str, Times] = {}
            for number in range(rounds + 20):
                for name, call in (("null", null), ("gate", gate)):
                    for burst in (1, 8):
                        cpu = time.process_time()
                        times = await asyncio.gather(*(_own_ms(call) for _ in range(burst)))
                        cpu_ms = (time.process_time() - cpu) * 1000 / burst
                        if number >= 20:  # the first rounds warm up
                            lane = own.setdefault(f"{name}, {burst} at a time", Times())
                            lane.wall.extend(times)
                            lane.cpu.append(cpu_ms)
            return own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--delay-ms", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    own = asyncio.run(measure(options.rounds, options.delay_ms))
    if options.json:
        figures = {
            name: {"p50_ms": times.median, "p99_ms": times.p99, "cpu_ms_a_call": times.cpu_median}
            for name, times in own.items()
        }
        json.dump(figures, sys.stdout, indent=2)
        return
    table = Table(title="The gate's own time, ledger on, in milliseconds", title_justify="left")
    for heading in ("lane", "p50", "p99", "CPU of a whole call"):
        table.add_column(heading, justify="left" if heading == "lane" else "right")
    for name, times in own.items():
        table.add_row(name, f"{times.median:.3f}", f"{times.p99:.3f}", f"{times.cpu_median:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
