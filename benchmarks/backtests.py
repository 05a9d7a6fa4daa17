"""What a backtest over 20 years of daily bars takes: rules, series and configuration in, trades and all metrics out.

Beside it bt 1.4, an established backtester, with the same crossover on the same series, in a process of its own. All
lanes take turns. Run it with `make bench`.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from app.quant.backtest import BacktestResult, backtest
from app.quant.market import market_data
from app.quant.market.market_data import SAMPLES
from app.quant.strategy import Rules, Strategy
from benchmarks.statistics import Times
from tests.fakes.templates import DEFAULT_RISK, strategy_from_template

LIMIT_MS = 5.0
"""What is asked of one backtest of a rule strategy over 5,031 bars, at the median."""
COMPARED = "SMA crossover"
BT = "bt: SMA crossover"
_BT_PYTHON = Path(".venv/bt/bin/python")
_CLOSE_ENOUGH = 1e-4
_FEWEST_FOR_P99 = 100


def strategies() -> dict[str, Strategy]:
    """The four templates, one of them with stop loss and take profit, and a worst case."""
    limited = DEFAULT_RISK.model_copy(update={"stop_loss": 0.03, "take_profit": 0.05, "cooldown": 2})
    crossover = strategy_from_template("sma_crossover", {})
    always = Rules(combine="all", conditions=())
    return {
        COMPARED: crossover,
        "RSI mean reversion": strategy_from_template("rsi_mean_reversion", {}),
        "momentum with limits": strategy_from_template("momentum", {}, risk=limited),
        "buy and hold": strategy_from_template("buy_and_hold", {}),
        "worst case: a trade every other day": crossover.model_copy(update={"entry": always, "exit": always}),
    }


class BtProcess(AbstractContextManager["BtProcess"]):
    """bt in its own environment, which runs once for each call."""

    def __enter__(self) -> Self:
        command = [str(_BT_PYTHON), "-W", "ignore", "benchmarks/backtests_bt.py", str(SAMPLES / "GSPC_daily.csv")]
        self._process = subprocess.Popen(  # noqa: S603  the project's own file
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101  both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def measure(rounds: int, runs_a_round: int) -> tuple[dict[str, Times], dict[str, BacktestResult], dict[str, Any]]:
    """Times by lane, our results, and bt's last answer. In each round each of our lanes runs several times, bt once."""
    bars = market_data().bars("GSPC")
    lanes = strategies()
    times = {name: Times() for name in [*lanes, BT]}
    results = {name: backtest(strategy, bars) for name, strategy in lanes.items()}
    with BtProcess() as bt:
        answer = bt.run()
        for _ in range(rounds):
            for _ in range(runs_a_round):
                for name, strategy in lanes.items():
                    _timed(partial(backtest, strategy, bars), times[name])
            answer = bt.run()
            times[BT].wall.append(answer["wall"])
            times[BT].cpu.append(answer["cpu"])
    return times, results, answer


def _timed(run: Callable[[], object], times: Times) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    times.wall.append((time.perf_counter() - wall) * 1000)
    times.cpu.append((time.process_time() - cpu) * 1000)


def _show(times: Mapping[str, Times], results: Mapping[str, BacktestResult], answer: Mapping[str, Any]) -> None:
    table = Table(title="One backtest over 5,031 daily bars, in milliseconds", title_justify="left")
    for heading in ("", "runs", "median", "p99", "CPU median", "trades", "final value"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, found in times.items():
        p99 = f"{found.p99:.2f}" if len(found.wall) >= _FEWEST_FOR_P99 else f"max {max(found.wall):.0f}"
        trades, value = (
            (answer["fills"] // 2, answer["value"])
            if name == BT
            else (len(results[name].trades), results[name].metrics.final_value)
        )
        table.add_row(
            name.replace("bt:", f"bt {answer['version']}:"), str(len(found.wall)), f"{found.median:.2f}", p99,
            f"{found.cpu_median:.2f}", str(trades), f"{value:,.2f}",
        )  # fmt: skip
    Console().print(table)


def _complaints(
    times: Mapping[str, Times], results: Mapping[str, BacktestResult], answer: Mapping[str, Any]
) -> list[str]:
    said = []
    ours, theirs = results[COMPARED].metrics.final_value, answer["value"]
    if abs(ours / theirs - 1) > _CLOSE_ENOUGH:
        said.append(f"bt comes to {theirs:,.2f} and we to {ours:,.2f}: they do not do the same.")
    if times[COMPARED].median > LIMIT_MS:
        said.append(f"The median is above the {LIMIT_MS:g} ms that were asked for.")
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--runs-a-round", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    times, results, answer = measure(options.rounds, options.runs_a_round)
    if options.json:
        figures = {name: {"median": t.median, "p99": t.p99, "cpu_median": t.cpu_median} for name, t in times.items()}
        json.dump(figures, sys.stdout, indent=2)
    else:
        _show(times, results, answer)
    for complaint in _complaints(times, results, answer):
        Console(stderr=True).print(complaint)


if __name__ == "__main__":
    main()
