"""Backtests: what is kept of them, who keeps it, and what can go wrong."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import orjson
from pydantic import TypeAdapter

from app.errors import InputError, NotFoundError, TollgateError
from app.quant.backtest import BacktestConfig, BacktestResult, Trade
from app.quant.strategy import Strategy
from app.services.strategies.ports import WrongFieldsError
from app.vocabulary import BacktestStatus


class BacktestsUnavailableError(TollgateError):
    status = 503
    code = "backtests_unavailable"
    title = "Backtests cannot be read or written"


class BacktestQueueFullError(TollgateError):
    status = 503
    code = "backtest_queue_full"
    title = "Too many backtests wait to be run"


class BacktestNotFoundError(NotFoundError):
    code = "backtest_not_found"
    title = "There is no such backtest"

    def __init__(self, backtest_id: str) -> None:
        super().__init__(
            f"You have no backtest {backtest_id}; GET /api/v1/backtests or `tollgate backtest list` lists yours"
        )


class BacktestNotDoneError(InputError):
    """`fields` carry the `backtest_status`."""

    status = 409
    code = "backtest_not_done"
    title = "The backtest has no result"


class WrongOrderError(WrongFieldsError):
    """A backtest that cannot be run: what of it is wrong, and where."""

    code = "invalid_backtest"
    title = "The backtest cannot be run"


class WorkerDiedError(Exception):
    """The process that ran a backtest has ended before the backtest."""


# A result in three parts of JSON: what is short, the trades, and the curves, which are long and rarely asked for.
#
# Numbers are written with all their digits, so that a result comes back as it was, to the last bit.

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


# Backtests that somebody ordered, and the ports to where they are kept and wait.


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestOrder:
    """What to run: the same order over the same bars always gives the same result. No date: as far as the bars go."""

    strategy: Strategy
    symbol: str
    start_date: date | None
    end_date: date | None
    config: BacktestConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """An order and what has come of it.

    `strategy_id` and `strategy_version` tell where the order's strategy is from; None: it came with the order.
    `progress` is a fraction. `runs` counts how often it was begun. `failure` says why there is no result. `summary` is
    the result in short, as JSON; see `app.services.backtests.ports`.
    """

    backtest_id: str
    owner_id: str
    order: BacktestOrder
    strategy_id: str | None
    strategy_version: int | None
    queued_at: datetime
    status: BacktestStatus = BacktestStatus.QUEUED
    progress: float = 0.0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    runs: int = 0
    failure: str | None = None
    summary: bytes | None = None


@dataclass(frozen=True, slots=True)
class BacktestFilter:
    """Of one owner; None: of any status, of any strategy."""

    owner_id: str
    status: BacktestStatus | None = None
    strategy_id: str | None = None


class BacktestStore(Protocol):
    """Every method raises BacktestsUnavailableError where the store cannot be reached."""

    async def add(self, backtest: Backtest, *, most_waiting: int) -> bool:
        """Queues a backtest, if no more than so many wait then; False: too many do."""
        ...

    async def get(self, backtest_id: str) -> Backtest | None:
        """The backtest, whoever owns it; None where there is none."""
        ...

    async def page(self, which: BacktestFilter, *, limit: int, offset: int) -> tuple[Sequence[Backtest], int]:
        """The newest first, and how many there are in all."""
        ...

    async def parts(self, backtest_id: str) -> ResultParts | None:
        """The whole result; None where there is none."""
        ...

    async def delete(self, backtest_id: str) -> None:
        """Forgets the backtest, whatever its status; does nothing where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of this process to run a backtest. `run` tells it from the runs before."""

    backtest_id: str
    order: BacktestOrder
    run: int


class BacktestQueue(Protocol):
    """What runs backtests sees of them. A claim is lost where the backtest was deleted or its process taken for dead.

    Every method raises BacktestsUnavailableError where the store cannot be reached.
    """

    async def claim(self, now: datetime, backtest_id: str | None = None) -> Claim | None:
        """Takes the backtest that has waited longest, or this one, so that nobody else does; None: none waits."""
        ...

    async def advance(self, claim: Claim, progress: float) -> bool:
        """Notes how far it is; False: the claim was lost."""
        ...

    async def finish(self, claim: Claim, end: ResultParts | str, now: datetime) -> bool:
        """Keeps the result, or the sentence that says why there is none; False: the claim was lost."""
        ...

    async def give_back(self, claim: Claim, *, interrupted: bool) -> None:
        """Lets it wait again; the run counts only where it was interrupted by its own doing."""
        ...

    async def recover(self, now: datetime, most_runs: int) -> int:
        """Lets wait again what dead processes were running, and fails what was run so often; says how many it found."""
        ...
