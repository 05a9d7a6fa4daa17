"""Reports in SQL: those that were written, and the orders of those that are to be.

Each order is carried out by one process at a time, and by another where that one has died.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, Select, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.schemas.gen_ai.common import GenAiResponse
from app.schemas.gen_ai.fact_check import FactCheckInfo
from app.schemas.gen_ai.narrative_report import Report, ReportListItem
from app.services.gen_ai.fact_check import BacktestFigures
from app.services.gen_ai.reports.orders import ReportOrder, ReportOrderStatus
from app.services.gen_ai.reports.ports import ReportsUnavailableError, StoredReport, report_item
from app.storage.database import Database, Transactions
from app.storage.processes import Processes
from app.storage.tables import backtests, narrative_reports, report_orders
from app.storage.taken_rows import TakenRows
from app.vocabulary import BacktestStatus

_REPORTS = narrative_reports.c
_AS_JSON: dict[str, TypeAdapter[Any]] = {
    "report": TypeAdapter(Report),
    "fact_check": TypeAdapter(FactCheckInfo),
    "figures": TypeAdapter(BacktestFigures),
    "rules": TypeAdapter(tuple[str, ...]),
    "receipt": TypeAdapter(GenAiResponse),
}
_REPORT_FIELDS = ("report_id", "owner_id", "backtest_id", "language", "detail", "created_at")
_IN_SHORT = tuple(_REPORTS[name] for name in ReportListItem.model_fields)


class SqlReportStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, ReportsUnavailableError, "Reports cannot be read or written")

    async def add(self, report: StoredReport) -> None:
        await self._transactions.change(insert(narrative_reports).values(_values(report)))

    async def get(self, report_id: str) -> StoredReport | None:
        row = await self._transactions.row(select(narrative_reports).where(_REPORTS.report_id == report_id))
        return None if row is None else _report(row)

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[ReportListItem], int]:
        where = _REPORTS.owner_id == owner_id
        # The ids are in the order of time.
        page = select(*_IN_SHORT).where(where).order_by(_REPORTS.report_id.desc()).limit(limit).offset(offset)
        count = select(func.count()).select_from(narrative_reports).where(where)
        rows, total = await self._transactions.page(count, page)
        return [ReportListItem.model_validate(row) for row in rows], total


def _values(report: StoredReport) -> dict[str, Any]:
    kept = {name: kind.dump_json(getattr(report, name)).decode() for name, kind in _AS_JSON.items()}
    return report_item(report).model_dump() | {name: getattr(report, name) for name in _REPORT_FIELDS} | kept


def _report(row: RowMapping) -> StoredReport:
    kept = {name: kind.validate_json(row[name]) for name, kind in _AS_JSON.items()}
    return StoredReport(**{name: row[name] for name in _REPORT_FIELDS}, **kept)


_ORDERS = report_orders.c
_ORDER_FIELDS = (
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
            _ORDERS.backtest_id,
            _ORDERS.tries,
            waiting=ReportOrderStatus.WAITING.value,
            working=ReportOrderStatus.WRITING.value,
            failed=ReportOrderStatus.FAILED.value,
            transactions=self._transactions,
            processes=processes,
            anew={},
        )

    async def add(self, order: ReportOrder) -> bool:
        values = {name: getattr(order, name) for name in _ORDER_FIELDS} | {"status": order.status.value}
        try:
            await self._transactions.change(insert(report_orders).values(values))
        except IntegrityError:
            return False
        return True

    async def of(self, backtest_ids: Sequence[str]) -> Mapping[str, ReportOrder]:
        if not backtest_ids:
            return {}
        statement = select(report_orders).where(_ORDERS.backtest_id.in_(backtest_ids))
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
        return await self._taken.recover(now, failure, and_(_ORDERS.tries >= most_tries, ~_written().exists()))


def _next() -> Select[tuple[str]]:
    """The id of the one that has waited longest for nothing but to be written."""
    running = select(backtests.c.backtest_id).where(
        backtests.c.backtest_id == _ORDERS.backtest_id,
        backtests.c.status.in_([BacktestStatus.QUEUED.value, BacktestStatus.RUNNING.value]),
    )
    waiting = select(_ORDERS.backtest_id).where(_ORDERS.status == ReportOrderStatus.WAITING.value, ~running.exists())
    return waiting.order_by(_ORDERS.backtest_id).limit(1).with_for_update(skip_locked=True)


def _written() -> Select[tuple[str]]:
    """The report of an order whose process died before it could say that it had written it."""
    return select(narrative_reports.c.report_id).where(narrative_reports.c.report_id == _ORDERS.report_id)


def _order(row: RowMapping) -> ReportOrder:
    return ReportOrder(**{name: row[name] for name in _ORDER_FIELDS}, status=ReportOrderStatus(row["status"]))
