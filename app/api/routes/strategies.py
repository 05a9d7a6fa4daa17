"""Stored strategies."""

from typing import Annotated

from dependency_injector.wiring import inject
from fastapi import APIRouter, Path, status

from app.api.dependencies import CallerDep, StrategiesDep
from app.api.errors import problem_responses
from app.api.paging import ID_PATTERN, LanguageQuery, Limit, Offset
from app.schemas.strategies import StrategyChangeRequest, StrategyListResponse, StrategyResponse
from app.services.strategies.service import strategy_response

router = APIRouter(prefix="/api/v1/strategies", tags=["strategies"])

StrategyId = Annotated[
    str,
    Path(
        description="The id of one of your strategies",
        pattern=ID_PATTERN,
        examples=["strat_019abc0f21d83f1c9be07d4a62c58e10"],
    ),
]


@router.get("", operation_id="list_strategies", summary="List your strategies", responses=problem_responses(422, 503))
@inject
async def list_strategies(
    strategies: StrategiesDep, caller: CallerDep, language: LanguageQuery = None, limit: Limit = 50, offset: Offset = 0
) -> StrategyListResponse:
    """The newest first."""
    found, total = await strategies.page(caller.id, limit=limit, offset=offset)
    answers = [strategy_response(stored, language) for stored in found]
    return StrategyListResponse(strategies=answers, total=total, limit=limit, offset=offset)


@router.get(
    "/{strategy_id}",
    operation_id="get_strategy",
    summary="Look at a strategy",
    responses=problem_responses(404, 422, 503),
)
@inject
async def get_strategy(
    strategy_id: StrategyId, strategies: StrategiesDep, caller: CallerDep, language: LanguageQuery = None
) -> StrategyResponse:
    """The strategy as data and in words."""
    return strategy_response(await strategies.get(strategy_id, caller.id), language)


@router.patch(
    "/{strategy_id}",
    operation_id="change_strategy",
    summary="Change a strategy",
    responses=problem_responses(404, 409, 413, 422, 503),
)
@inject
async def change_strategy(
    strategy_id: StrategyId,
    request: StrategyChangeRequest,
    strategies: StrategiesDep,
    caller: CallerDep,
    language: LanguageQuery = None,
) -> StrategyResponse:
    """What would come of the change is checked as a whole, and everything that is wrong is said at once.

    Give the `version` that you have read, and a change that somebody made meanwhile is not overwritten: 409. Backtests
    that were ordered before keep the strategy as it was.
    """
    changed = await strategies.change(strategy_id, request.changes(), caller.id, version=request.version)
    return strategy_response(changed, language)


@router.delete(
    "/{strategy_id}",
    operation_id="delete_strategy",
    summary="Delete a strategy",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(404, 422, 503),
)
@inject
async def delete_strategy(strategy_id: StrategyId, strategies: StrategiesDep, caller: CallerDep) -> None:
    """Forgets it; its backtests stay, with the strategy as they ran it."""
    await strategies.delete(strategy_id, caller.id)
