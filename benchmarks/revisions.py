"""A call of the gate in this revision beside the same call in another one: what a change costs in CPU.

    git worktree add ../before REVISION
    make bench-revisions AGAINST=../before

Two processes, one for each checkout, take turns in an order by chance: each makes a block of calls against an upstream
in its own process that answers at once, with the ledger on. The figures are microseconds of CPU a call, of the whole
process. What the machine does beside it disturbs both alike: look at the 10th percentile first.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_BLOCK = 25
_ANSWER = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 1795435200,
    "model": "gpt-4o-2024-11-20",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42},
    "service_tier": "default",
}


async def _work() -> None:
    """Makes a block of calls for each line that comes in, and prints the microseconds of CPU of a call."""
    # Imported here: `app` is that of the checkout which this process was started in.
    import httpx2  # noqa: PLC0415
    from openai import AsyncOpenAI  # noqa: PLC0415

    from app.bootstrap import build_container, running  # noqa: PLC0415
    from app.services.gen_ai.core import GenerationTask, Message, PlainText  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415

    numbers = iter(range(10**9))

    async def respond(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={**_ANSWER, "id": f"chatcmpl-{next(numbers)}"})

    http_client = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    task: GenerationTask[PlainText, None] = GenerationTask(
        service="chatops_advanced",
        operation="chat",
        caller_id="bench",
        messages=(Message("instruction", "Answer shortly."), Message("user", "Is the Sharpe ratio a ratio?")),
        answer=PlainText,
        max_output_tokens=100,
    )
    with tempfile.TemporaryDirectory() as folder:
        url, journal = f"sqlite+aiosqlite:///{folder}/bench.db", Path(folder) / "journal"
        container: Any = build_container(Settings(database_url=url, journal_dir=journal, log_level="error"))
        if hasattr(container.gen_ai, "http_client"):
            container.gen_ai.http_client.override(http_client)
        else:  # before the meter moved into the client's transport
            bare = AsyncOpenAI(api_key="bench", base_url="http://x.invalid/v1", max_retries=0, http_client=http_client)
            container.gen_ai.openai_client.override(bare)
        async with running(container):
            manager = container.gen_ai.manager()
            while await asyncio.to_thread(sys.stdin.readline):
                start = time.process_time()
                for _ in range(_BLOCK):
                    await manager.generate(task)
                print((time.process_time() - start) / _BLOCK * 1e6, flush=True)


class _Worker:
    def __init__(self, checkout: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603  this very script
            [sys.executable, "-P", str(Path(__file__).resolve()), "--worker"],
            cwd=checkout,
            env=os.environ | {"PYTHONPATH": str(checkout)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def block(self) -> float:
        pipes: Any = self._process
        pipes.stdin.write("\n")
        pipes.stdin.flush()
        return float(pipes.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def compare(against: Path, rounds: int) -> dict[str, list[float]]:
    """Microseconds of CPU a call, for each block of each revision."""
    workers = {"this": _Worker(_ROOT), "before": _Worker(against.resolve())}
    found: dict[str, list[float]] = {name: [] for name in workers}
    for number in range(rounds + 4):
        for name in random.sample(list(workers), k=2):
            time_of_block = workers[name].block()
            if number >= 4:  # the first rounds warm up
                found[name].append(time_of_block)
    for worker in workers.values():
        worker.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="the checkout of another revision")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        asyncio.run(_work())
        return
    if options.against is None:
        parser.error("--against is missing: the checkout of another revision")
    found = compare(options.against, options.rounds)
    figures = {name: {"p10_us": quantiles(us, n=10)[0], "p50_us": median(us)} for name, us in found.items()}
    paired = [this - before for this, before in zip(found["this"], found["before"], strict=True)]
    figures["difference"] = {
        "p10_us": figures["this"]["p10_us"] - figures["before"]["p10_us"],
        "p50_us": figures["this"]["p50_us"] - figures["before"]["p50_us"],
        "median_of_pairs_us": median(paired),
    }
    if options.json:
        json.dump(figures, sys.stdout, indent=2)
        return
    for name, values in figures.items():
        print(f"{name:11}", "  ".join(f"{key} {value:8.1f}" for key, value in values.items()))


if __name__ == "__main__":
    main()
