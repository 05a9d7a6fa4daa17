"""Backtests in SQL: what was ordered, what came of it, and the queue of those that wait.

Each is run by one process at a time, and by another where that one has died.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.quant.backtest import BacktestConfig
from app.quant.strategy import Strategy
from app.services.backtests.ports import (
    Backtest,
    BacktestFilter,
    BacktestOrder,
    BacktestsUnavailableError,
    Claim,
    ResultParts,
)
from app.services.backtests.run import INTERRUPTED
from app.storage.database import Database, Transactions
from app.storage.processes import Processes
from app.storage.tables import backtest_details, backtests
from app.storage.taken_rows import TakenRows
from app.vocabulary import BacktestStatus

_UNREACHABLE = BacktestsUnavailableError, "Backtests cannot be read or written"
_COLUMNS = backtests.c
_PLAIN = (
    *("backtest_id", "owner_id", "strategy_id", "strategy_version", "progress", "queued_at", "started_at"),
    *("ended_at", "runs", "failure", "summary"),
)
"""The columns that are fields of a backtest as they are."""
_ONE_AT_A_TIME = 0x74_6F_6C_6C  # any number will do, as long as nobody else locks it


class SqlBacktestStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, *_UNREACHABLE)

    async def add(self, backtest: Backtest, *, most_waiting: int) -> bool:
        waiting = select(func.count()).select_from(backtests).where(_COLUMNS.status == BacktestStatus.QUEUED.value)

        async def add(connection: AsyncConnection) -> bool:
            if connection.dialect.name == "postgresql":
                # Otherwise two that come at once would not see each other; SQLite lets one write at a time anyway.
                await connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            await connection.execute(insert(backtests).values(_values(backtest)))
            if (await connection.scalar(waiting) or 0) <= most_waiting:
                return True
            await connection.rollback()
            return False

        return await self._transactions.run(add)

    async def get(self, backtest_id: str) -> Backtest | None:
        row = await self._transactions.row(select(backtests).where(_COLUMNS.backtest_id == backtest_id))
        return None if row is None else _backtest(row)

    async def page(self, which: BacktestFilter, *, limit: int, offset: int) -> tuple[Sequence[Backtest], int]:
        where = [_COLUMNS.owner_id == which.owner_id]
        if which.status is not None:
            where.append(_COLUMNS.status == which.status.value)
        if which.strategy_id is not None:
            where.append(_COLUMNS.strategy_id == which.strategy_id)
        # The ids are in the order of time.
        page = select(backtests).where(*where).order_by(_COLUMNS.backtest_id.desc()).limit(limit).offset(offset)
        rows, total = await self._transactions.page(select(func.count()).select_from(backtests).where(*where), page)
        return [_backtest(row) for row in rows], total

    async def parts(self, backtest_id: str) -> ResultParts | None:
        details = backtest_details.c
        statement = (
            select(_COLUMNS.summary, details.trades, details.curves)
            .join(backtest_details, details.backtest_id == _COLUMNS.backtest_id)
            .where(_COLUMNS.backtest_id == backtest_id)
        )
        row = await self._transactions.row(statement)
        return None if row is None else ResultParts(**row)

    async def delete(self, backtest_id: str) -> None:
        await self._transactions.change(delete(backtests).where(_COLUMNS.backtest_id == backtest_id))


def _order(row: RowMapping) -> BacktestOrder:
    return BacktestOrder(
        strategy=Strategy.model_validate_json(row["strategy"]),
        symbol=row["symbol"],
        start_date=row["start_date"],
        end_date=row["end_date"],
        config=BacktestConfig.model_validate_json(row["config"]),
    )


def _values(backtest: Backtest) -> dict[str, Any]:
    order = backtest.order
    return {name: getattr(backtest, name) for name in _PLAIN} | {
        "strategy": order.strategy.model_dump_json(),
        "symbol": order.symbol,
        "start_date": order.start_date,
        "end_date": order.end_date,
        "config": order.config.model_dump_json(),
        "status": backtest.status.value,
    }


def _backtest(row: RowMapping) -> Backtest:
    plain = {name: row[name] for name in _PLAIN}
    return Backtest(**plain, order=_order(row), status=BacktestStatus(row["status"]))


class SqlBacktestQueue:
    def __init__(self, database: Database, processes: Processes) -> None:
        self._transactions = Transactions(database, *_UNREACHABLE)
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
        return None if row is None else Claim(row["backtest_id"], _order(row), row["runs"])

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
