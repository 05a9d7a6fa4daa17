"""A backtest to a report, and any text against a backtest."""

from dependency_injector.wiring import inject
from fastapi import APIRouter, Response

from app.api.dependencies import CallerDep, EndingsDep, NarrativeReportDep, ReportBasesDep
from app.api.endings import MODEL_ANSWER, ending_headers
from app.api.errors import problem_responses
from app.api.idempotency import IdempotentRoute
from app.schemas.gen_ai.fact_check import FactCheckInfo, FactCheckRequest
from app.schemas.gen_ai.narrative_report import NarrativeReportRequest, NarrativeReportResponse
from app.services.gen_ai.reports.ports import report_response

router = APIRouter(prefix="/narrative-report", tags=["narrative report"], route_class=IdempotentRoute)


@router.post(
    "",
    operation_id="write_narrative_report",
    summary="Write a report on a backtest",
    responses=MODEL_ANSWER | problem_responses(400, 402, 404, 409, 413, 422, 502, 503, 504),
)
@inject
async def write_narrative_report(
    request: NarrativeReportRequest,
    response: Response,
    service: NarrativeReportDep,
    caller: CallerDep,
    endings: EndingsDep,
) -> NarrativeReportResponse:
    """Writes a report in Korean or English on one of your finished backtests, or on the figures in the request.

    Every number of its prose has been matched to a fact, and every claim of more or less, better or worse compared
    with the facts; `fact_check` lists them. Sections that no fact stands behind are null: no tail risk without a value
    at risk, no market context without a benchmark, no sensitivity and no regimes without a stored backtest. The report
    is kept: `report_id` finds it.
    """
    answer = report_response(await service.generate_report(request, caller.id))
    response.headers.update(ending_headers(endings, answer.model_id))
    return answer


@router.post(
    "/check",
    operation_id="check_text_against_backtest",
    summary="Check a text against a backtest",
    responses=problem_responses(404, 409, 413, 422, 503),
)
@inject
async def check_text_against_backtest(
    request: FactCheckRequest, bases: ReportBasesDep, caller: CallerDep
) -> FactCheckInfo:
    """Finds every number and every claim of a text, and what the facts of the backtest say of it.

    No model is asked: it costs nothing, and the same text always gets the same answer.
    """
    return await bases.check(request, caller.id)
