"""Backtests in SQL: what was ordered, and what came of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.quant.backtest import BacktestConfig
from app.quant.strategy import Strategy
from app.services.backtests.errors import BacktestsUnavailableError
from app.services.backtests.ports import Backtest, BacktestFilter, BacktestOrder
from app.services.backtests.result_parts import ResultParts
from app.storage.database import Database
from app.storage.strategy_tables import backtest_details, backtests
from app.storage.transactions import Transactions
from app.vocabulary import BacktestStatus

UNREACHABLE = BacktestsUnavailableError, "Backtests cannot be read or written"
_COLUMNS = backtests.c
_PLAIN = (
    *("backtest_id", "owner_id", "strategy_id", "strategy_version", "progress", "queued_at", "started_at"),
    *("ended_at", "runs", "failure", "summary"),
)
"""The columns that are fields of a backtest as they are."""
_ONE_AT_A_TIME = 0x74_6F_6C_6C  # any number will do, as long as nobody else locks it


class SqlBacktestStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, *UNREACHABLE)

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


def order_of(row: RowMapping) -> BacktestOrder:
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
    return Backtest(**plain, order=order_of(row), status=BacktestStatus(row["status"]))
