"""What may still be spent."""

from typing import Annotated

from dependency_injector.wiring import inject
from fastapi import APIRouter, Query

from app.api.dependencies import BudgetsDep, CallerDep
from app.api.errors import problem_responses
from app.schemas.gen_ai.budgets import BudgetListResponse
from app.schemas.gen_ai.common import STORABLE
from app.services.gen_ai.responses import budget_info

router = APIRouter(tags=["budgets"])


@router.get("/budgets", operation_id="list_budgets", summary="Show the budgets", responses=problem_responses(422))
@inject
async def list_budgets(
    budgets: BudgetsDep,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    upstream: Annotated[
        Annotated[str, STORABLE] | None,
        Query(description="The state of this upstream; without, of who answers today", examples=["simulator"]),
    ] = None,
) -> BudgetListResponse:
    """Limit, spent, reserved and left of every budget that your calls can fall under, and when it begins anew.

    Each upstream has a state of its own: what a simulator answered takes nothing from the real budget. An admin also
    sees the budgets of every other caller who has called this month.
    """
    everybody = caller.role == "admin"
    standings, total = await budgets.page(caller.id, everybody=everybody, limit=limit, offset=offset, upstream=upstream)
    answers = [budget_info(standing) for standing in standings]
    return BudgetListResponse(
        upstream=upstream or budgets.upstream,
        other_upstreams=list(await budgets.other_upstreams(upstream=upstream)),
        budgets=answers,
        total=total,
        limit=limit,
        offset=offset,
    )
