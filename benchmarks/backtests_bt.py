"""Backtests an SMA crossover with bt, in bt's own environment: one run for each line on standard input.

It is a program of its own because bt is compared with and not depended upon. The first argument is the CSV file of the
series. Each answer is a line of JSON: times in milliseconds, the value at the end, the number of purchases and sales.

The same strategy as that of `backtests.py`: signals at the close, filled at the next open, a fifth of the capital.
bt knows no slippage; it is added to the commission, which comes to the same but for a millionth.
"""

import json
import sys
import time
from importlib import import_module
from importlib.metadata import version
from typing import Any

SHORT, LONG = 20, 60
COSTS = 0.0015


def _run(bt: Any, pandas: Any, data: Any) -> Any:  # noqa: ANN401  neither is installed where types are checked
    """From prices to statistics, as bt's documentation shows it."""
    fast, slow = data["close"].rolling(SHORT).mean(), data["close"].rolling(LONG).mean()
    above, below = fast > slow, fast < slow
    weights = pandas.Series(float("nan"), index=data.index)
    weights[above & (fast.shift() <= slow.shift())] = 0.2
    weights[below & (fast.shift() >= slow.shift())] = 0.0
    orders = weights.shift(1).dropna().to_frame("series")
    orders = orders[orders["series"] != orders["series"].shift()]
    return bt.run(
        bt.Backtest(
            bt.Strategy("crossover", [bt.algos.WeighTarget(orders), bt.algos.Rebalance()]),
            data[["open"]].rename(columns={"open": "series"}),
            initial_capital=100_000.0,
            commissions=lambda quantity, price: abs(quantity) * price * COSTS,
            integer_positions=False,
            progress_bar=False,
        )
    )


def main() -> None:
    bt, pandas = import_module("bt"), import_module("pandas")
    data = pandas.read_csv(sys.argv[1], index_col="date", parse_dates=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        result = _run(bt, pandas, data)
        times = {"wall": (time.perf_counter() - wall) * 1000, "cpu": (time.process_time() - cpu) * 1000}
        value = float(result.backtests["crossover"].strategy.values.iloc[-1])
        fills = len(result.get_transactions("crossover"))
        sys.stdout.write(json.dumps(times | {"value": value, "fills": fills, "version": version("bt")}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
