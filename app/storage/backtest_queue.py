"""The queue of backtests in SQL: each is run by one process at a time, and by another where that one has died."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services.backtests.ports import Claim
from app.services.backtests.result_parts import ResultParts
from app.services.backtests.run import INTERRUPTED
from app.storage.backtests import UNREACHABLE, order_of
from app.storage.database import Database
from app.storage.processes import Processes
from app.storage.strategy_tables import backtest_details, backtests
from app.storage.taken_rows import TakenRows
from app.storage.transactions import Transactions
from app.vocabulary import BacktestStatus

_COLUMNS = backtests.c


class SqlBacktestQueue:
    def __init__(self, database: Database, processes: Processes) -> None:
        self._transactions = Transactions(database, *UNREACHABLE)
        self._taken = TakenRows(
            backtests,
            _COLUMNS.backtest_id,
            _COLUMNS.runs,
            waiting=BacktestStatus.QUEUED.value,
            working=BacktestStatus.RUNNING.value,
            failed=BacktestStatus.FAILED.value,
            transactions=self._transactions,
            processes=processes,
            anew={"progress": 0.0, "started_at": None},
        )

    async def claim(self, now: datetime, backtest_id: str | None = None) -> Claim | None:
        row = await self._taken.take(_next(backtest_id), started_at=now, progress=0.0)
        return None if row is None else Claim(row["backtest_id"], order_of(row), row["runs"])

    async def advance(self, claim: Claim, progress: float) -> bool:
        statement = update(backtests).where(*self._taken.held(claim.backtest_id, claim.run)).values(progress=progress)
        return await self._transactions.change(statement) == 1

    async def finish(self, claim: Claim, end: ResultParts | str, now: datetime) -> bool:
        if isinstance(end, str):
            values: dict[str, Any] = {"status": BacktestStatus.FAILED.value, "failure": end}
        else:
            values = {"status": BacktestStatus.DONE.value, "progress": 1.0, "summary": end.summary}
        statement = (
            update(backtests)
            .where(*self._taken.held(claim.backtest_id, claim.run))
            .values(ended_at=now, process_id=None, **values)
        )

        async def both(connection: AsyncConnection) -> bool:
            if (await connection.execute(statement)).rowcount == 0:
                return False
            if isinstance(end, ResultParts):
                details = {"backtest_id": claim.backtest_id, "trades": end.trades, "curves": end.curves}
                await connection.execute(insert(backtest_details).values(details))
            return True

        return await self._transactions.run(both)

    async def give_back(self, claim: Claim, *, interrupted: bool) -> None:
        await self._taken.give_back(claim.backtest_id, claim.run, counts=interrupted)

    async def recover(self, now: datetime, most_runs: int) -> int:
        return await self._taken.recover(now, INTERRUPTED, _COLUMNS.runs >= most_runs)


def _next(backtest_id: str | None) -> Select[tuple[str]]:
    """The id of the one that has waited longest; what another process is taking at this moment is passed over."""
    waiting = select(_COLUMNS.backtest_id).where(_COLUMNS.status == BacktestStatus.QUEUED.value)
    if backtest_id is not None:
        waiting = waiting.where(_COLUMNS.backtest_id == backtest_id)
    # NO KEY UPDATE: who keeps an order of a report on it at this moment holds its key, and takes nothing away.
    return waiting.order_by(_COLUMNS.backtest_id).limit(1).with_for_update(skip_locked=True, key_share=True)
