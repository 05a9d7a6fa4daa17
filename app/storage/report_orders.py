"""Orders of reports in SQL: each is written by one process at a time, and by another where that one has died."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, Select, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.services.gen_ai.report_orders.ports import ReportOrder, ReportOrderStatus
from app.services.gen_ai.reports.errors import ReportsUnavailableError
from app.storage.database import Database
from app.storage.processes import Processes
from app.storage.report_table import narrative_reports, report_orders
from app.storage.strategy_tables import backtests
from app.storage.taken_rows import TakenRows
from app.storage.transactions import Transactions
from app.vocabulary import BacktestStatus

_COLUMNS = report_orders.c
_PLAIN = (
    *("backtest_id", "owner_id", "report_id", "language", "detail", "model_id", "ordered_at", "tries"),
    *("ended_at", "failure"),
)
"""The columns that are fields of an order as they are."""


class SqlReportOrders:
    """The store and the queue of orders: one table."""

    def __init__(self, database: Database, processes: Processes) -> None:
        self._transactions = Transactions(
            database,
            ReportsUnavailableError,
            "Reports cannot be ordered, nor can anybody see what became of an order",
        )
        self._taken = TakenRows(
            report_orders,
            _COLUMNS.backtest_id,
            _COLUMNS.tries,
            waiting=ReportOrderStatus.WAITING.value,
            working=ReportOrderStatus.WRITING.value,
            failed=ReportOrderStatus.FAILED.value,
            transactions=self._transactions,
            processes=processes,
            anew={},
        )

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
        row = await self._taken.take(_next())
        return None if row is None else _order(row)

    async def finish(self, order: ReportOrder, failure: str | None, now: datetime) -> bool:
        status = ReportOrderStatus.WRITTEN if failure is None else ReportOrderStatus.FAILED
        values = {"status": status.value, "failure": failure, "ended_at": now, "process_id": None}
        held = self._taken.held(order.backtest_id, order.tries)
        return await self._transactions.change(update(report_orders).where(*held).values(values)) == 1

    async def give_back(self, order: ReportOrder) -> None:
        await self._taken.give_back(order.backtest_id, order.tries, counts=False)

    async def recover(self, now: datetime, most_tries: int, failure: str) -> int:
        return await self._taken.recover(now, failure, and_(_COLUMNS.tries >= most_tries, ~_written().exists()))


def _next() -> Select[tuple[str]]:
    """The id of the one that has waited longest for nothing but to be written."""
    running = select(backtests.c.backtest_id).where(
        backtests.c.backtest_id == _COLUMNS.backtest_id,
        backtests.c.status.in_([BacktestStatus.QUEUED.value, BacktestStatus.RUNNING.value]),
    )
    waiting = select(_COLUMNS.backtest_id).where(_COLUMNS.status == ReportOrderStatus.WAITING.value, ~running.exists())
    return waiting.order_by(_COLUMNS.backtest_id).limit(1).with_for_update(skip_locked=True)


def _written() -> Select[tuple[str]]:
    """The report of an order whose process died before it could say that it had written it."""
    return select(narrative_reports.c.report_id).where(narrative_reports.c.report_id == _COLUMNS.report_id)


def _order(row: RowMapping) -> ReportOrder:
    return ReportOrder(**{name: row[name] for name in _PLAIN}, status=ReportOrderStatus(row["status"]))
