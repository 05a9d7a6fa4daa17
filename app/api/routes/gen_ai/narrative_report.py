"""A backtest to a report."""

from dependency_injector.wiring import inject
from fastapi import APIRouter

from app.api.dependencies import CallerDep, NarrativeReportDep
from app.api.errors import problem_responses
from app.api.idempotency import IdempotentRoute
from app.schemas.gen_ai.common import receipt_fields
from app.schemas.gen_ai.narrative_report import NarrativeReportRequest, NarrativeReportResponse

router = APIRouter(tags=["narrative report"], route_class=IdempotentRoute)


@router.post(
    "/narrative-report",
    operation_id="write_narrative_report",
    summary="Write a report on a backtest",
    responses=problem_responses(400, 402, 413, 422, 502, 503, 504),
)
@inject
async def write_narrative_report(
    request: NarrativeReportRequest, service: NarrativeReportDep, caller: CallerDep
) -> NarrativeReportResponse:
    """Writes a report in Korean or English on the figures in the request.

    Sections that no figure stands behind are null: no tail risk without a value at risk, no market context without
    a benchmark.
    """
    written = await service.generate_report(request, caller.id)
    return NarrativeReportResponse(
        report=written.answer,
        language=request.language,
        detail=request.detail,
        **receipt_fields(written.receipt),
    )
