"""The reports that were written: listed, and read as JSON, as Markdown or as a page."""

from typing import Annotated, Any, Literal

from dependency_injector.wiring import inject
from fastapi import APIRouter, Header, Path, Query, Response

from app.api.dependencies import CallerDep, EndingsDep, ReportLibraryDep
from app.api.endings import ENDING_HEADERS, ending_headers
from app.api.errors import problem_responses
from app.api.media_types import preferred
from app.api.paging import ID_PATTERN, Limit, Offset
from app.schemas.gen_ai.narrative_report import NarrativeReportResponse, ReportListResponse
from app.services.gen_ai.reports.ports import report_response

router = APIRouter(prefix="/narrative-report", tags=["narrative report"])

Format = Literal["json", "markdown", "html"]
_MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "markdown": "text/markdown", "html": "text/html"}
_FORMATS = {media_type: name for name, media_type in _MEDIA_TYPES.items()}
# The page has no script and asks nobody for anything; whatever the prose says, it cannot make it.
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
}
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_CONTENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report",
        "content": {"text/markdown": _TEXT, "text/html": _TEXT},
        "headers": ENDING_HEADERS,
    }
}

ReportId = Annotated[
    str,
    Path(
        description="The id of one of your reports",
        pattern=ID_PATTERN,
        examples=["report_019abc0f21d83f1c9be07d4a62c58e10"],
    ),
]


@router.get(
    "",
    operation_id="list_narrative_reports",
    summary="List your reports",
    responses=problem_responses(422, 503),
)
@inject
async def list_narrative_reports(
    *, library: ReportLibraryDep, caller: CallerDep, limit: Limit = 50, offset: Offset = 0
) -> ReportListResponse:
    """The newest first, without their prose."""
    found, total = await library.page(caller.id, limit=limit, offset=offset)
    return ReportListResponse(reports=list(found), total=total, limit=limit, offset=offset)


@router.get(
    "/{report_id}",
    operation_id="get_narrative_report",
    summary="Read a report",
    response_model=NarrativeReportResponse,
    responses=_CONTENTS | problem_responses(404, 422, 503),
)
@inject
async def get_narrative_report(
    report_id: ReportId,
    *,
    library: ReportLibraryDep,
    caller: CallerDep,
    endings: EndingsDep,
    format: Annotated[  # noqa: A002  the name of the query parameter
        Format | None, Query(description="Takes precedence over the header Accept")
    ] = None,
    accept: Annotated[str, Header(description="text/markdown and text/html are the other two forms")] = "*/*",
) -> Response:
    """The report as it was written, with its fact check: as JSON, as Markdown, or as one HTML file with charts.

    Charts and trades are those of its backtest; without one, or when it was deleted, the page has none.
    """
    stored = await library.get(report_id, caller.id)
    form = format or _FORMATS[preferred(accept, tuple(_FORMATS))]
    headers = {"Vary": "Accept", **ending_headers(endings, stored.receipt.model_id)}
    if form == "markdown":
        return Response(await library.markdown(stored), media_type="text/markdown; charset=utf-8", headers=headers)
    if form == "html":
        page = await library.html(stored)
        return Response(page, media_type="text/html; charset=utf-8", headers=headers | _PAGE_HEADERS)
    text = report_response(stored).model_dump_json()
    return Response(text, media_type="application/json", headers=headers)
