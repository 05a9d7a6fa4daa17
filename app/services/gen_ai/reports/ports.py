"""Reports that were written, and the port to where they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.quant.words import Language
from app.schemas.gen_ai.common import GenAiResponse
from app.schemas.gen_ai.fact_check import FactCheckInfo
from app.schemas.gen_ai.narrative_report import Detail, Report, ReportListItem
from app.services.gen_ai.fact_check import BacktestFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """`figures` are those that the prose was held to. `backtest_id`: where curves and trades come from; None: the
    figures came with the request, and there are none. `rules`: the strategy in words, empty where it is not known.
    `receipt`: who wrote it, and what that cost.
    """

    report_id: str
    owner_id: str
    backtest_id: str | None
    language: Language
    detail: Detail
    report: Report
    fact_check: FactCheckInfo
    figures: BacktestFigures
    rules: tuple[str, ...]
    receipt: GenAiResponse
    created_at: datetime


class ReportStore(Protocol):
    """Every method raises ReportsUnavailableError where the store cannot be reached."""

    async def add(self, report: StoredReport) -> None:
        """Keeps a new report."""
        ...

    async def get(self, report_id: str) -> StoredReport | None:
        """The report, whoever owns it; None where there never was one."""
        ...

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[ReportListItem], int]:
        """An owner's reports in short, the newest first, and how many there are in all."""
        ...
