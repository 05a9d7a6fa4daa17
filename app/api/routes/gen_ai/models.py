"""Which models there are, and which of them a service may use."""

from typing import Annotated, Any

from dependency_injector.wiring import inject
from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator

from app.api.dependencies import CatalogDep, ResolverDep
from app.api.errors import problem_responses
from app.schemas.gen_ai.models import ModelListResponse, ServiceModelPolicyResponse
from app.services.gen_ai.responses import model_info, service_policy
from app.vocabulary import ModelTier

router = APIRouter(tags=["models"])


def _upper(value: Any) -> Any:  # noqa: ANN401  whatever the query string held
    return value.upper() if isinstance(value, str) else value


TierParameter = Annotated[
    ModelTier | None,
    BeforeValidator(_upper),
    Query(description="Only models of this tier, in any case", examples=["MINI"]),
]


@router.get(
    "/models",
    operation_id="list_models",
    summary="List the models",
    responses=problem_responses(422),
)
@inject
async def list_models(catalog: CatalogDep, tier: TierParameter = None) -> ModelListResponse:
    """Every model of the catalogue with today's prices and its status; also those that have shut down."""
    models = [model_info(config) for config in catalog.configs(tier)]
    return ModelListResponse(models=models, total=len(models))


@router.get(
    "/models/{service_name}",
    operation_id="list_service_models",
    summary="List the models that a service may use",
    responses=problem_responses(404),
)
@inject
async def list_service_models(
    resolver: ResolverDep, service_name: Annotated[str, Path(examples=["strategy_builder"])]
) -> ServiceModelPolicyResponse:
    """What the service accepts as `model_id` today, and why it accepts nothing else."""
    return service_policy(resolver.offer(service_name))
