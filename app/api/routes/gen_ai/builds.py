"""What the strategy builder has built, and a person's decision on it."""

from typing import Annotated

from dependency_injector.wiring import inject
from fastapi import APIRouter, Path, Query

from app.api.dependencies import BuildsDep, CallerDep
from app.api.errors import problem_responses
from app.api.idempotency import IdempotentRoute
from app.api.paging import ID_PATTERN, LanguageQuery, Limit, Offset
from app.schemas.gen_ai.builds import ApprovalRequest, BuildListResponse, BuildResponse
from app.services.strategies.service import build_response
from app.vocabulary import BuildStatus

router = APIRouter(prefix="/strategy-builder", tags=["strategy builder"], route_class=IdempotentRoute)

BuildId = Annotated[
    str,
    Path(
        description="The id of one of your builds",
        pattern=ID_PATTERN,
        examples=["build_019abc0f21d83f1c9be07d4a62c58e10"],
    ),
]


@router.get(
    "",
    operation_id="list_builds",
    summary="List what was built",
    responses=problem_responses(422, 503),
)
@inject
async def list_builds(
    *,
    builds: BuildsDep,
    caller: CallerDep,
    status: Annotated[BuildStatus | None, Query(description="Only these: `pending` waits for a person")] = None,
    language: LanguageQuery = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> BuildListResponse:
    """Your builds, the newest first."""
    found, total = await builds.page(caller.id, status, limit=limit, offset=offset)
    answers = [build_response(build, language) for build in found]
    return BuildListResponse(builds=answers, total=total, limit=limit, offset=offset)


@router.get(
    "/{build_id}",
    operation_id="get_build",
    summary="Look at a build",
    responses=problem_responses(404, 422, 503),
)
@inject
async def get_build(
    build_id: BuildId, builds: BuildsDep, caller: CallerDep, language: LanguageQuery = None
) -> BuildResponse:
    """What was asked, what was built and assumed, and whether it was approved."""
    return build_response(await builds.get(build_id, caller.id), language)


@router.post(
    "/{build_id}/approval",
    operation_id="decide_on_build",
    summary="Approve, reject or modify a build",
    responses=problem_responses(404, 409, 413, 422, 503),
)
@inject
async def decide_on_build(
    build_id: BuildId, request: ApprovalRequest, builds: BuildsDep, caller: CallerDep, language: LanguageQuery = None
) -> BuildResponse:
    """Stores the strategy, as it was built or as you change it, or rejects it; the answer has its `strategy_id`.

    The same decision once more changes nothing and gets the same answer; another one gets 409.
    """
    build = await builds.decide(build_id, request.action, caller.id, changed=request.strategy)
    return build_response(build, language)
