"""The indicators that a strategy can use."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.errors import problem_responses
from app.quant.indicators import search_indicators
from app.schemas.gen_ai.indicators import IndicatorInfo, IndicatorListResponse

router = APIRouter(tags=["indicators"])


@router.get(
    "/indicators",
    operation_id="search_indicators",
    summary="Search the indicators",
    responses=problem_responses(422),
)
async def search(
    query: Annotated[
        str,
        Query(max_length=200, description="Words in Korean or English; none: all indicators", examples=["이동평균"]),
    ] = "",
) -> IndicatorListResponse:
    """The indicators in which every word occurs: in the name, in what else people call it, or in the description."""
    found = [IndicatorInfo.of(indicator) for indicator in search_indicators(query)]
    return IndicatorListResponse(indicators=found, total=len(found))
