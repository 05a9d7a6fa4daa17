"""Backtests: ordered, run beside the server, asked for."""

from typing import Annotated, Any, get_args

import orjson
from dependency_injector.wiring import inject
from fastapi import APIRouter, Path, Query, Response, status
from pydantic import BeforeValidator

from app.api.backtest_orders import ACCEPTED, BACKTESTS_PATH, ordered
from app.api.dependencies import BacktestsDep, CallerDep, ReportOrdersDep
from app.api.errors import problem_responses
from app.api.idempotency import IdempotentRoute
from app.api.paging import ID_PATTERN, LanguageQuery, Limit, Offset
from app.schemas.backtests import BacktestListResponse, BacktestRequest, BacktestResponse, Part
from app.services.backtests.ports import BacktestFilter, unpacked
from app.services.gen_ai.reports.orders import backtest_responses
from app.vocabulary import BacktestStatus

router = APIRouter(prefix=BACKTESTS_PATH, tags=["backtests"], route_class=IdempotentRoute)

BacktestId = Annotated[
    str,
    Path(
        description="The id of one of your backtests",
        pattern=ID_PATTERN,
        examples=["bt_019abc0f21d83f1c9be07d4a62c58e10"],
    ),
]


def _split(values: Any) -> Any:  # noqa: ANN401  whatever the query string held
    """Both `include=curves,trades` and `include=curves&include=trades`."""
    return [part.strip() for value in values for part in value.split(",")] if isinstance(values, list) else values


Include = Annotated[
    list[Part],
    BeforeValidator(_split),
    Query(
        description=f"What is long and comes only on demand: {' and '.join(get_args(Part))}, with a comma between, or "
        "the parameter more than once",
        examples=[["curves", "trades"]],
    ),
]


@router.post(
    "",
    operation_id="order_backtest",
    summary="Run a backtest",
    status_code=status.HTTP_202_ACCEPTED,
    responses=ACCEPTED | problem_responses(400, 404, 409, 413, 422, 503),
)
@inject
async def order_backtest(
    request: BacktestRequest,
    response: Response,
    orders: ReportOrdersDep,
    caller: CallerDep,
    language: LanguageQuery = None,
) -> BacktestResponse:
    """Queues a backtest of a stored strategy, or of rules in the body; `Location` says where to ask for it.

    The strategy is kept with the backtest as it is now. A backtest survives a restart of the server: it is run again,
    and gives the same result. With `report`, a report is written as soon as it is done, also where nobody asks for it
    any more; `report.report_id` finds it then.
    """
    return await ordered(request, orders, caller.id, language, response)


@router.get("", operation_id="list_backtests", summary="List your backtests", responses=problem_responses(422, 503))
@inject
async def list_backtests(
    *,
    backtests: BacktestsDep,
    orders: ReportOrdersDep,
    caller: CallerDep,
    status: Annotated[BacktestStatus | None, Query(description="Only these")] = None,
    strategy_id: Annotated[str | None, Query(description="Only those of this strategy", pattern=ID_PATTERN)] = None,
    language: LanguageQuery = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> BacktestListResponse:
    """The newest first, with metrics and without trades and curves."""
    which = BacktestFilter(caller.id, status, strategy_id)
    found, total = await backtests.page(which, limit=limit, offset=offset)
    answers = await backtest_responses(found, orders, language)
    return BacktestListResponse(backtests=answers, total=total, limit=limit, offset=offset)


@router.get(
    "/{backtest_id}",
    operation_id="get_backtest",
    summary="Ask for a backtest",
    response_model=BacktestResponse,
    responses=problem_responses(404, 422, 503),
)
@inject
async def get_backtest(
    backtest_id: BacktestId,
    *,
    backtests: BacktestsDep,
    orders: ReportOrdersDep,
    caller: CallerDep,
    include: Include = [],  # noqa: B006  FastAPI copies it
    language: LanguageQuery = None,
) -> Response:
    """Its status and progress, and when it is done its result: metrics, conventions, benchmark.

    Trades and curves come with `include=curves,trades`: for 20 years of days the curves alone are 400 kB.
    """
    backtest = await backtests.get(backtest_id, caller.id)
    (response,) = await backtest_responses([backtest], orders, language)
    answer: dict[str, Any] = response.model_dump(mode="json")
    parts = await backtests.parts(backtest) if include else None
    if parts is not None:
        # As they are kept: reading and writing them once more would hold up everybody else.
        answer |= {name: orjson.Fragment(unpacked(getattr(parts, name))) for name in include}
    return Response(orjson.dumps(answer), media_type="application/json")


@router.delete(
    "/{backtest_id}",
    operation_id="delete_backtest",
    summary="Delete a backtest",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(404, 422, 503),
)
@inject
async def delete_backtest(backtest_id: BacktestId, backtests: BacktestsDep, caller: CallerDep) -> None:
    """Forgets it, whatever its status; one that is running is stopped."""
    await backtests.delete(backtest_id, caller.id)
