"""Reports in SQL."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, func, insert, select

from app.schemas.gen_ai.common import GenAiResponse
from app.schemas.gen_ai.fact_check import FactCheckInfo
from app.schemas.gen_ai.narrative_report import Report, ReportListItem
from app.services.gen_ai.fact_check import BacktestFigures
from app.services.gen_ai.reports.ports import ReportsUnavailableError, StoredReport, report_item
from app.storage.database import Database
from app.storage.report_table import narrative_reports
from app.storage.transactions import Transactions

_COLUMNS = narrative_reports.c
_AS_JSON: dict[str, TypeAdapter[Any]] = {
    "report": TypeAdapter(Report),
    "fact_check": TypeAdapter(FactCheckInfo),
    "figures": TypeAdapter(BacktestFigures),
    "rules": TypeAdapter(tuple[str, ...]),
    "receipt": TypeAdapter(GenAiResponse),
}
_PLAIN = ("report_id", "owner_id", "backtest_id", "language", "detail", "created_at")
_IN_SHORT = tuple(_COLUMNS[name] for name in ReportListItem.model_fields)


class SqlReportStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, ReportsUnavailableError, "Reports cannot be read or written")

    async def add(self, report: StoredReport) -> None:
        await self._transactions.change(insert(narrative_reports).values(_values(report)))

    async def get(self, report_id: str) -> StoredReport | None:
        row = await self._transactions.row(select(narrative_reports).where(_COLUMNS.report_id == report_id))
        return None if row is None else _report(row)

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[ReportListItem], int]:
        where = _COLUMNS.owner_id == owner_id
        # The ids are in the order of time.
        page = select(*_IN_SHORT).where(where).order_by(_COLUMNS.report_id.desc()).limit(limit).offset(offset)
        count = select(func.count()).select_from(narrative_reports).where(where)
        rows, total = await self._transactions.page(count, page)
        return [ReportListItem.model_validate(row) for row in rows], total


def _values(report: StoredReport) -> dict[str, Any]:
    kept = {name: kind.dump_json(getattr(report, name)).decode() for name, kind in _AS_JSON.items()}
    return report_item(report).model_dump() | {name: getattr(report, name) for name in _PLAIN} | kept


def _report(row: RowMapping) -> StoredReport:
    kept = {name: kind.validate_json(row[name]) for name, kind in _AS_JSON.items()}
    return StoredReport(**{name: row[name] for name in _PLAIN}, **kept)
