"""A result in three parts of JSON: what is short, the trades, and the curves, which are long and rarely asked for.

Numbers are written with all their digits, so that a result comes back as it was, to the last bit.
"""

import zlib
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter

from app.quant.backtest import BacktestResult, Trade

CURVES = ("days", "equity", "drawdown", "benchmark_equity")
_RESULT = TypeAdapter(BacktestResult)
_TRADES = TypeAdapter(tuple[Trade, ...])
_LEVEL = 1
"""Of compression: three times smaller within 3 ms; a higher level gains little and takes ten times as long."""


@dataclass(frozen=True, slots=True)
class ResultParts:
    """`summary`: all fields of the result but the others'. `trades`: a list. `curves`: lists of equal length, one value
    a day, by the names in CURVES. Trades and curves are compressed.
    """

    summary: bytes
    trades: bytes
    curves: bytes


def taken_apart(result: BacktestResult) -> ResultParts:
    return ResultParts(
        summary=_RESULT.dump_json(result, exclude={*CURVES, "trades"}),
        trades=zlib.compress(_TRADES.dump_json(result.trades), _LEVEL),
        curves=zlib.compress(_RESULT.dump_json(result, include=set(CURVES)), _LEVEL),
    )


def unpacked(part: bytes) -> bytes:
    """The JSON of trades or curves."""
    return zlib.decompress(part)


def put_together(parts: ResultParts) -> BacktestResult:
    return _RESULT.validate_python(
        {
            **orjson.loads(parts.summary),
            **orjson.loads(unpacked(parts.curves)),
            "trades": orjson.loads(unpacked(parts.trades)),
        }
    )
