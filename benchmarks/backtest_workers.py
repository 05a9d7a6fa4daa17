"""What a call waits while backtests run: in threads of the server, and in processes beside it.

Run it with `make bench-workers`. A probe asks the event loop for 2 ms of sleep over and over, as a call asks it for its
turn; what it gets later than that is what the backtests cost others. The null lane runs none.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Protocol

from rich.console import Console
from rich.table import Table

from app.quant.backtest import DEFAULT_CONFIG
from app.quant.market import market_data
from app.quant.strategy import Condition, MovingAverage, Relation, Risk, Rules, Strategy, StrategyType
from app.services.backtests.child import run_order
from app.services.backtests.ports import BacktestOrder, ResultParts
from app.services.backtests.worker import BacktestWorker

_NAP_SECONDS = 0.002


class _Worker(Protocol):
    async def run(self, order: BacktestOrder, progress: Callable[[float], None]) -> ResultParts: ...

    async def close(self) -> None: ...


class ThreadWorker:
    """What the product does not do: it computes in a thread of the server."""

    def __init__(self) -> None:
        self._market = market_data()

    async def run(self, order: BacktestOrder, progress: Callable[[float], None]) -> ResultParts:
        return await asyncio.to_thread(run_order, order, self._market, progress)

    async def close(self) -> None:
        """There is nothing to let go of."""


@dataclass
class Lane:
    """`late` is what the probe got too late, in milliseconds."""

    name: str
    workers: Sequence[_Worker]
    late: list[float]
    seconds: float = 0.0
    backtests: int = 0

    @property
    def figures(self) -> dict[str, float | None]:
        """Backtests a second, None where none ran; the probe's delays in milliseconds."""
        percentiles = quantiles(self.late, n=100)
        return {
            "per_second": self.backtests / self.seconds if self.backtests else None,
            "late_p50_ms": percentiles[49],
            "late_p90_ms": percentiles[89],
            "late_p99_ms": percentiles[98],
            "late_max_ms": max(self.late),
        }


def _order() -> BacktestOrder:
    """A strategy that trades often, over all of the S&P 500's sample."""

    def crosses(how: Relation) -> Condition:
        fast, slow = (MovingAverage(kind="SMA", period=period) for period in (2, 10))
        return Condition(left=fast, comparison=how, right=slow)

    strategy = Strategy(
        name="Busy",
        type=StrategyType.CUSTOM,
        description="",
        entry=Rules(combine="all", conditions=(crosses("crosses_above"),)),
        exit=Rules(combine="any", conditions=(crosses("crosses_below"),)),
        risk=Risk(position_size=0.2, stop_loss=0.05, take_profit=None, cooldown=0),
    )
    return BacktestOrder(strategy=strategy, symbol="GSPC", start_date=None, end_date=None, config=DEFAULT_CONFIG)


async def _round(lane: Lane, seconds: float) -> None:
    """Keeps all workers of a lane busy for so long, and probes the loop meanwhile."""
    order, ends = _order(), time.perf_counter() + seconds

    async def busy(worker: _Worker) -> None:
        while time.perf_counter() < ends:
            await worker.run(order, lambda _: None)
            lane.backtests += 1

    begun = time.perf_counter()
    work = asyncio.gather(*map(busy, lane.workers))
    while time.perf_counter() < ends:
        asked = time.perf_counter()
        await asyncio.sleep(_NAP_SECONDS)
        lane.late.append((time.perf_counter() - asked - _NAP_SECONDS) * 1000)
    await work
    lane.seconds += time.perf_counter() - begun


async def measure(rounds: int, seconds: float) -> list[Lane]:
    """The lanes take turns, so that what disturbs the machine disturbs all of them."""
    lanes = [
        Lane("no backtest", [], []),
        Lane("1 thread", [ThreadWorker()], []),
        Lane("1 process", [BacktestWorker(None)], []),
        Lane("2 threads", [ThreadWorker(), ThreadWorker()], []),
        Lane("2 processes", [BacktestWorker(None), BacktestWorker(None)], []),
    ]
    try:
        for lane in lanes:
            for worker in lane.workers:
                await worker.run(_order(), lambda _: None)  # reads the bars
        for _ in range(rounds):
            for lane in lanes:
                await _round(lane, seconds)
    finally:
        for lane in lanes:
            for worker in lane.workers:
                await worker.close()
    return lanes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each lane in each round")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    lanes = asyncio.run(measure(arguments.rounds, arguments.seconds))
    if arguments.json:
        json.dump({lane.name: lane.figures for lane in lanes}, sys.stdout, indent=2)
        return
    table = Table(title="What the event loop is late while backtests run (ms)", title_justify="left", box=None)
    for heading in ("", "backtests/s", "p50", "p90", "p99", "max"):
        table.add_column(heading, justify="right" if heading else "left")
    for lane in lanes:
        table.add_row(lane.name, *("-" if value is None else f"{value:.2f}" for value in lane.figures.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
