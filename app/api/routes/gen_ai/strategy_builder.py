"""A sentence to a strategy."""

from dependency_injector.wiring import inject
from fastapi import APIRouter, Response

from app.api.dependencies import CallerDep, EndingsDep, StrategyBuilderDep
from app.api.endings import MODEL_ANSWER, ending_headers
from app.api.errors import problem_responses
from app.api.idempotency import IdempotentRoute
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest, StrategyBuilderResponse
from app.services.gen_ai.responses import receipt_fields
from app.services.gen_ai.strategy_builder import BuiltStrategy

router = APIRouter(tags=["strategy builder"], route_class=IdempotentRoute)


@router.post(
    "/strategy-builder",
    operation_id="build_strategy",
    summary="Build a strategy from a sentence",
    responses=MODEL_ANSWER | problem_responses(400, 402, 404, 413, 422, 502, 503, 504),
)
@inject
async def build_strategy(
    request: StrategyBuilderRequest,
    response: Response,
    service: StrategyBuilderDep,
    caller: CallerDep,
    endings: EndingsDep,
) -> StrategyBuilderResponse:
    """Reads a wish in Korean or English and answers with a strategy as executable data.

    The strategy has been checked to make sense (parameters in range, rules that can hold, a way out) and to trade on
    the chosen series. An existing one is changed, explained, given parameters or optimised, as the words ask. What was
    built is kept, for a person to approve or reject; with `require_approval` false it is stored at once.
    """
    answer = response_of(await service.build_strategy(request, caller.id))
    response.headers.update(ending_headers(endings, answer.model_id))
    return answer


def response_of(built: BuiltStrategy) -> StrategyBuilderResponse:
    """What the endpoint answers, and `tollgate strategy build` prints."""
    return StrategyBuilderResponse(
        intent=built.answer.intent,
        strategy=built.answer.strategy,
        rules_in_words=built.rules_in_words,
        explanation=built.answer.explanation,
        assumptions=built.answer.assumptions,
        build_id=built.kept.build.build_id,
        requires_approval=built.kept.requires_approval,
        approval_reasons=built.kept.approval_reasons,
        strategy_id=built.kept.build.strategy_id,
        **dict(built.review),
        **receipt_fields(built.receipt),
    )
