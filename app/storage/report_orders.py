"""Orders of reports in SQL: each is written by one process at a time, and by another where that one has died."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services.backtests.ports import BacktestStatus
from app.services.gen_ai.report_orders.ports import ReportOrder, ReportOrderStatus
from app.services.gen_ai.reports.errors import ReportsUnavailableError
from app.storage.database import Database, reachable
from app.storage.processes import Processes
from app.storage.report_table import narrative_reports, report_orders
from app.storage.strategy_tables import backtests
from app.storage.transactions import Transactions

_COLUMNS = report_orders.c
_PLAIN = (
    *("backtest_id", "owner_id", "report_id", "language", "detail", "model_id", "ordered_at", "tries"),
    *("ended_at", "failure"),
)
"""The columns that are fields of an order as they are."""
_WAITING, _WRITING = ReportOrderStatus.WAITING.value, ReportOrderStatus.WRITING.value
_WAITING_AGAIN = {"status": _WAITING, "process_id": None}
_UNREACHABLE = ReportsUnavailableError, "Reports cannot be ordered, nor can anybody see what became of an order"


class SqlReportOrders:
    """The store and the queue of orders: one table."""

    def __init__(self, database: Database, processes: Processes) -> None:
        self._transactions = Transactions(database, *_UNREACHABLE)
        self._processes = processes

    async def add(self, order: ReportOrder) -> bool:
        values = {name: getattr(order, name) for name in _PLAIN} | {"status": order.status.value}
        try:
            await self._transactions.change(insert(report_orders).values(values))
        except IntegrityError:
            return False
        return True

    async def of(self, backtest_ids: Sequence[str]) -> Mapping[str, ReportOrder]:
        if not backtest_ids:
            return {}
        statement = select(report_orders).where(_COLUMNS.backtest_id.in_(backtest_ids))
        return {row["backtest_id"]: _order(row) for row in await self._transactions.rows(statement)}

    async def claim(self) -> ReportOrder | None:
        statement = (
            update(report_orders)
            .where(_COLUMNS.backtest_id == _next().scalar_subquery(), _COLUMNS.status == _WAITING)
            .values(status=_WRITING, process_id=self._processes.process_id, tries=_COLUMNS.tries + 1)
            .returning(report_orders)
        )
        row = await self._transactions.row(statement)
        return None if row is None else _order(row)

    async def finish(self, order: ReportOrder, failure: str | None, now: datetime) -> bool:
        status = ReportOrderStatus.WRITTEN if failure is None else ReportOrderStatus.FAILED
        values = {"status": status.value, "failure": failure, "ended_at": now, "process_id": None}
        return await self._change(order, values)

    async def give_back(self, order: ReportOrder) -> None:
        await self._change(order, _WAITING_AGAIN | {"tries": _COLUMNS.tries - 1})

    async def recover(self, now: datetime, most_tries: int, failure: str) -> int:
        writing = select(_COLUMNS.process_id).where(_COLUMNS.status == _WRITING).distinct()
        owners = [row["process_id"] for row in await self._transactions.rows(writing)]
        with reachable(*_UNREACHABLE):
            dead = [owner for owner in owners if await self._processes.is_dead(owner)]
        failed = {"status": ReportOrderStatus.FAILED.value, "failure": failure, "ended_at": now, "process_id": None}
        return sum([await self._take_from(process_id, most_tries, failed) for process_id in dead])

    async def _take_from(self, process_id: str, most_tries: int, failed: Mapping[str, Any]) -> int:
        """Of a dead process: what was tried often enough has failed, the rest waits again."""
        left = _COLUMNS.process_id == process_id, _COLUMNS.status == _WRITING
        too_often = _COLUMNS.tries >= most_tries, ~_written().exists()
        given_up = update(report_orders).where(*left, *too_often).values(failed)
        again = update(report_orders).where(*left).values(_WAITING_AGAIN)

        async def both(connection: AsyncConnection) -> int:
            return (await connection.execute(given_up)).rowcount + (await connection.execute(again)).rowcount

        return await self._transactions.run(both)

    async def _change(self, order: ReportOrder, values: dict[str, Any]) -> bool:
        """Changes an order that is still this process's own to write; False: it is not."""
        mine: tuple[ColumnElement[bool], ...] = (
            _COLUMNS.backtest_id == order.backtest_id,
            _COLUMNS.status == _WRITING,
            _COLUMNS.process_id == self._processes.process_id,
            _COLUMNS.tries == order.tries,
        )
        return await self._transactions.change(update(report_orders).where(*mine).values(values)) == 1


def _next() -> Select[tuple[str]]:
    """The id of the one that has waited longest for nothing but to be written."""
    running = select(backtests.c.backtest_id).where(
        backtests.c.backtest_id == _COLUMNS.backtest_id,
        backtests.c.status.in_([BacktestStatus.QUEUED.value, BacktestStatus.RUNNING.value]),
    )
    waiting = select(_COLUMNS.backtest_id).where(_COLUMNS.status == _WAITING, ~running.exists())
    return waiting.order_by(_COLUMNS.backtest_id).limit(1).with_for_update(skip_locked=True)


def _written() -> Select[tuple[str]]:
    """The report of an order whose process died before it could say that it had written it."""
    return select(narrative_reports.c.report_id).where(narrative_reports.c.report_id == _COLUMNS.report_id)


def _order(row: RowMapping) -> ReportOrder:
    return ReportOrder(**{name: row[name] for name in _PLAIN}, status=ReportOrderStatus(row["status"]))
