"""The caller's reports: which there are, and what one of them says."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from app.services.gen_ai.core import Tool, ToolArguments
from app.services.gen_ai.core.tools import Looked
from app.services.gen_ai.reports.answers import report_item
from app.services.gen_ai.reports.library import ReportLibrary
from app.services.gen_ai.reports.prose import prose_of

_LIST = (
    "Lists the person's reports on backtests, the newest first: id, title, backtest, strategy, language, level of "
    "detail, what each recommends. For questions about which reports there are, and to find the id of one."
)
_READ = (
    "Reads one of the person's reports: its whole text, section by section, what it recommends, and whether every "
    "number of it was found true. For questions about what a report says."
)
_LISTED = 20


class ReportsArguments(ToolArguments):
    offset: Annotated[int, Field(ge=0)] = Field(description=f"How many to leave out: 0 for the first {_LISTED}")


class ReportTextArguments(ToolArguments):
    report_id: str = Field(description="The report's id")


class ReportTools:
    def __init__(self, library: ReportLibrary) -> None:
        self._library = library

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [
            Tool("reports", _LIST, ReportsArguments, partial(self._list, caller_id)),
            Tool("report_text", _READ, ReportTextArguments, partial(self._read, caller_id)),
        ]

    async def _list(self, caller_id: str, arguments: ReportsArguments) -> Looked:
        found, total = await self._library.page(caller_id, limit=_LISTED, offset=arguments.offset)
        return {"reports_in_all": total, "reports": [item.model_dump() for item in found]}

    async def _read(self, caller_id: str, arguments: ReportTextArguments) -> Looked:
        stored = await self._library.get(arguments.report_id.strip(), caller_id)
        checked = stored.fact_check
        return {
            **report_item(stored).model_dump(),
            "numbers_checked": len(checked.numbers),
            "claims_checked": len(checked.claims),
            "all_true": checked.passed,
            "text": prose_of(stored.report),
        }
