"""A whole metered call beside a call of OpenAI's client alone, with the ledger on. Run it with `make bench`.

One call at a time, and bursts of 8, against an upstream in this process that takes 20 ms. What the gate adds is the
difference of two lanes of one run. After 20 ms of waiting the caches of the processor are cold: `--delay-ms 1` shows
what the same work takes when they are warm.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

import httpx2
from rich.console import Console
from rich.table import Table

from app.bootstrap import build_container, running
from app.services.gen_ai.core import GenerationTask, Message, PlainText
from app.settings import Settings
from benchmarks.bare_client import bare_call
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


def _transport(delay_ms: float) -> httpx2.MockTransport:
    async def respond(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(delay_ms / 1000)
        headers = {"content-type": "application/json", "x-request-id": "req_bench"}
        return httpx2.Response(200, content=ANSWER.replace(b"bench", time.perf_counter_ns().to_bytes(8).hex().encode()),
                               headers=headers)  # fmt: skip

    return httpx2.MockTransport(respond)


async def _wall_ms(call: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    await call()
    return (time.perf_counter() - start) * 1000


async def measure(rounds: int, delay_ms: float) -> dict[str, Times]:
    """Whole times by lane, in milliseconds, and the CPU time of a call; the lanes take turns, in an order by chance."""
    with tempfile.TemporaryDirectory() as folder:
        container = build_container(
            Settings(database_url=f"sqlite+aiosqlite:///{folder}/bench.db", log_format="json", log_level="error")
        )
        upstream = _transport(delay_ms)
        container.gen_ai.http_client.override(httpx2.AsyncClient(transport=upstream))
        async with running(container):
            manager = container.gen_ai.manager()

            async def gate() -> None:
                await manager.generate(TASK)

            lanes = [("bare client", bare_call(httpx2.AsyncClient(transport=upstream), PAYLOAD)), ("gate", gate)]
            found: dict[str, Times] = {}
            for number in range(rounds + 20):
                random.shuffle(lanes)
                for name, call in lanes:
                    for burst in (1, 8):
                        cpu = time.process_time()
                        times = await asyncio.gather(*(_wall_ms(call) for _ in range(burst)))
                        cpu_ms = (time.process_time() - cpu) * 1000 / burst
                        if number >= 20:  # the first rounds warm up
                            lane = found.setdefault(f"{name}, {burst} at a time", Times())
                            lane.wall.extend(times)
                            lane.cpu.append(cpu_ms)
            return dict(sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--delay-ms", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    found = asyncio.run(measure(options.rounds, options.delay_ms))
    if options.json:
        figures = {
            name: {
                "p50_ms": times.median,
                "p99_ms": times.p99,
                "cpu_ms_a_call": times.cpu_median,
                "cpu_p10_ms_a_call": times.cpu_p10,
            }
            for name, times in found.items()
        }
        json.dump(figures, sys.stdout, indent=2)
        return
    table = Table(title="A call, ledger on, in milliseconds", title_justify="left")
    for heading in ("lane", "p50", "p99", "CPU"):
        table.add_column(heading, justify="left" if heading == "lane" else "right")
    for name, times in found.items():
        table.add_row(name, f"{times.median:.3f}", f"{times.p99:.3f}", f"{times.cpu_median:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
