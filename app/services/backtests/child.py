"""The process that runs backtests: beside the server, so that computing holds up no call.

It reads orders from its standard input, one JSON object a line, and answers each on its standard output: lines with
the `progress`, then a line with the lengths of the three parts of the `result`, followed by these; or a line that says
why there is none, `refused` or `failed`. It ends when its input does, as when the server has died.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import orjson
from pydantic import TypeAdapter

from app.errors import TollgateError
from app.quant.backtest import backtest
from app.quant.market import MarketData, market_data
from app.services.backtests.ports import BacktestOrder, ResultParts, taken_apart

ORDER = TypeAdapter(BacktestOrder)
_STEP = 0.01
"""Smaller steps of progress are not worth a line."""
_NICENESS = 10
"""The system lets the server go first, whose calls are short and waited for."""


def run_order(order: BacktestOrder, market: MarketData, progress: Callable[[float], None]) -> ResultParts:
    """Runs a backtest.

    Raises:
        TollgateError: it cannot be run; the message says why.
    """
    bars = market.bars(order.symbol, order.start_date, order.end_date)
    return taken_apart(backtest(order.strategy, bars, order.config, progress=progress))


def serve(orders: IO[bytes], answers: IO[bytes], market: MarketData) -> None:
    """Answers orders until there are no more."""
    for line in orders:
        reported = 0.0

        def progress(fraction: float) -> None:
            nonlocal reported
            if fraction - reported >= _STEP:
                reported = fraction
                _say(answers, {"progress": fraction})

        try:
            parts = run_order(ORDER.validate_json(line), market, progress)
        except BrokenPipeError:
            raise
        except TollgateError as error:
            _say(answers, {"refused": str(error)})
        except Exception as error:  # noqa: BLE001  it ends this backtest, not those after it
            traceback.print_exc()
            _say(answers, {"failed": f"{type(error).__name__}: {error}"})
        else:
            pieces = parts.summary, parts.trades, parts.curves
            _say(answers, {"result": [len(piece) for piece in pieces]}, *pieces)


def _say(answers: IO[bytes], header: dict[str, Any], *pieces: bytes) -> None:
    answers.write(orjson.dumps(header) + b"\n" + b"".join(pieces))
    answers.flush()


def main() -> None:
    """`python -m app.services.backtests.child [FOLDER]`, the folder being that of TOLLGATE_DATA_DIR."""
    os.nice(_NICENESS)
    # What prints by mistake must not print into the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    own_folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    try:
        serve(sys.stdin.buffer, answers, market_data(own_folder))
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more; closing the pipe would complain once more


if __name__ == "__main__":
    main()
