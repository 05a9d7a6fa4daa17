"""Orders of reports, and the ports to where they are kept and wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.quant.words import Language
from app.schemas.gen_ai.narrative_report import Detail, NarrativeReportRequest
from app.services.gen_ai.reports.ports import StoredReport


class ReportOrderStatus(StrEnum):
    WAITING = "waiting"
    """For its backtest to end, or for somebody to write it."""
    WRITING = "writing"
    WRITTEN = "written"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """A report on a backtest that may not have run yet; a backtest has one order at most.

    `report_id` is what the report will be called: whoever finds one of this name knows that it need not be written
    again. `tries` counts how often its writing was begun. `failure` says why there is no report.
    """

    backtest_id: str
    owner_id: str
    report_id: str
    language: Language
    detail: Detail
    model_id: str | None
    ordered_at: datetime
    status: ReportOrderStatus = ReportOrderStatus.WAITING
    tries: int = 0
    ended_at: datetime | None = None
    failure: str | None = None

    @property
    def request(self) -> NarrativeReportRequest:
        """The order as one would ask for the report once the backtest is done."""
        return NarrativeReportRequest(
            backtest_id=self.backtest_id, language=self.language, detail=self.detail, model_id=self.model_id
        )


class ReportOrderStore(Protocol):
    """Every method raises ReportsUnavailableError where the store cannot be reached."""

    async def add(self, order: ReportOrder) -> bool:
        """Keeps a new order; False: its backtest was deleted meanwhile."""
        ...

    async def of(self, backtest_ids: Sequence[str]) -> Mapping[str, ReportOrder]:
        """The orders on these backtests, each under the id of its backtest."""
        ...


class ReportOrderQueue(Protocol):
    """What writes reports sees of the orders. An order is lost where its backtest was deleted, or its process taken
    for dead.

    Every method raises ReportsUnavailableError where the store cannot be reached.
    """

    async def claim(self) -> ReportOrder | None:
        """Takes the order that has waited longest and whose backtest has ended, so that nobody else does."""
        ...

    async def finish(self, order: ReportOrder, failure: str | None, now: datetime) -> bool:
        """Notes that the report was written, or why it was not; False: the order was lost."""
        ...

    async def give_back(self, order: ReportOrder) -> None:
        """Lets it wait again; the try does not count."""
        ...

    async def recover(self, now: datetime, most_tries: int, failure: str) -> int:
        """Lets wait again what dead processes were writing, and fails what was tried so often; says how many."""
        ...


class ReportWriting(Protocol):
    """What the writer needs of the report service."""

    async def generate_report(
        self, request: NarrativeReportRequest, caller_id: str, report_id: str | None = None
    ) -> StoredReport:
        """Writes a report and keeps it; raises as `NarrativeReportService.generate_report`."""
        ...
