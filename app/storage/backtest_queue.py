"""The queue of backtests in SQL: each is run by one process at a time, and by another where that one has died."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services.backtests.ports import BacktestStatus, Claim
from app.services.backtests.result_parts import ResultParts
from app.services.backtests.run import INTERRUPTED
from app.storage.backtests import UNREACHABLE, order_of
from app.storage.database import Database, reachable
from app.storage.processes import Processes
from app.storage.strategy_tables import backtest_details, backtests
from app.storage.transactions import Transactions

_COLUMNS = backtests.c
_QUEUED, _RUNNING = BacktestStatus.QUEUED.value, BacktestStatus.RUNNING.value
_WAITING_AGAIN = {"status": _QUEUED, "process_id": None, "progress": 0.0, "started_at": None}


class SqlBacktestQueue:
    def __init__(self, database: Database, processes: Processes) -> None:
        self._transactions = Transactions(database, *UNREACHABLE)
        self._processes = processes

    async def claim(self, now: datetime, backtest_id: str | None = None) -> Claim | None:
        statement = (
            update(backtests)
            .where(_COLUMNS.backtest_id == _next(backtest_id).scalar_subquery(), _COLUMNS.status == _QUEUED)
            .values(
                status=_RUNNING,
                process_id=self._processes.process_id,
                started_at=now,
                runs=_COLUMNS.runs + 1,
                progress=0.0,
            )
            .returning(backtests)
        )
        row = await self._transactions.row(statement)
        return None if row is None else Claim(row["backtest_id"], order_of(row), row["runs"])

    async def advance(self, claim: Claim, progress: float) -> bool:
        statement = update(backtests).where(*self._held(claim)).values(progress=progress)
        return await self._transactions.change(statement) == 1

    async def finish(self, claim: Claim, end: ResultParts | str, now: datetime) -> bool:
        if isinstance(end, str):
            values: dict[str, Any] = {"status": BacktestStatus.FAILED.value, "failure": end}
        else:
            values = {"status": BacktestStatus.DONE.value, "progress": 1.0, "summary": end.summary}
        statement = update(backtests).where(*self._held(claim)).values(ended_at=now, process_id=None, **values)

        async def both(connection: AsyncConnection) -> bool:
            if (await connection.execute(statement)).rowcount == 0:
                return False
            if isinstance(end, ResultParts):
                details = {"backtest_id": claim.backtest_id, "trades": end.trades, "curves": end.curves}
                await connection.execute(insert(backtest_details).values(details))
            return True

        return await self._transactions.run(both)

    async def give_back(self, claim: Claim, *, interrupted: bool) -> None:
        runs = _COLUMNS.runs if interrupted else _COLUMNS.runs - 1
        values = _WAITING_AGAIN | {"runs": runs}
        await self._transactions.change(update(backtests).where(*self._held(claim)).values(values))

    async def recover(self, now: datetime, most_runs: int) -> int:
        running = select(_COLUMNS.process_id).where(_COLUMNS.status == _RUNNING).distinct()
        owners = [row["process_id"] for row in await self._transactions.rows(running)]
        with reachable(*UNREACHABLE):
            dead = [owner for owner in owners if await self._processes.is_dead(owner)]
        return sum([await self._take_from(process_id, now, most_runs) for process_id in dead])

    async def _take_from(self, process_id: str, now: datetime, most_runs: int) -> int:
        """Of a dead process: what was run often enough fails, the rest waits again."""
        left = _COLUMNS.process_id == process_id, _COLUMNS.status == _RUNNING
        failed = {"status": BacktestStatus.FAILED.value, "failure": INTERRUPTED, "ended_at": now, "process_id": None}
        given_up = update(backtests).where(*left, _COLUMNS.runs >= most_runs).values(failed)
        again = update(backtests).where(*left).values(_WAITING_AGAIN)

        async def both(connection: AsyncConnection) -> int:
            return (await connection.execute(given_up)).rowcount + (await connection.execute(again)).rowcount

        return await self._transactions.run(both)

    def _held(self, claim: Claim) -> tuple[ColumnElement[bool], ...]:
        """That the claim has not been lost: to another process, or to a later run of this one."""
        return (
            _COLUMNS.backtest_id == claim.backtest_id,
            _COLUMNS.status == _RUNNING,
            _COLUMNS.process_id == self._processes.process_id,
            _COLUMNS.runs == claim.run,
        )


def _next(backtest_id: str | None) -> Select[tuple[str]]:
    """The id of the one that has waited longest; what another process is taking at this moment is passed over."""
    waiting = select(_COLUMNS.backtest_id).where(_COLUMNS.status == _QUEUED)
    if backtest_id is not None:
        waiting = waiting.where(_COLUMNS.backtest_id == backtest_id)
    return waiting.order_by(_COLUMNS.backtest_id).limit(1).with_for_update(skip_locked=True)
