"""Backtests that somebody ordered, and the ports to where they are kept and wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.quant.backtest import BacktestConfig
from app.quant.strategy import Strategy
from app.services.backtests.result_parts import ResultParts
from app.vocabulary import BacktestStatus


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
    the result in short, as JSON; see `app.services.backtests.result_parts`.
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
