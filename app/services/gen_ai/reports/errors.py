"""What can go wrong with stored reports. Somebody else's is reported like one that never was."""

from app.errors import NotFoundError, TollgateError


class ReportsUnavailableError(TollgateError):
    status = 503
    code = "reports_unavailable"
    title = "Reports cannot be read or written"


class ReportNotFoundError(NotFoundError):
    code = "report_not_found"
    title = "There is no such report"

    def __init__(self, report_id: str) -> None:
        super().__init__(
            f"You have no report {report_id}; GET /api/v1/gen-ai/narrative-report or `tollgate report list` lists yours"
        )
