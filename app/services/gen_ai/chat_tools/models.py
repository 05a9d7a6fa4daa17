"""Models and policies: which there are, what they cost, and which a service may use."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from app.services.gen_ai.core import ModelCatalog, ModelResolver, PolicyRegistry, Tool, ToolArguments
from app.services.gen_ai.core.tools import Looked
from app.services.gen_ai.responses import model_info
from app.vocabulary import ModelTier

_UNTOLD = {"description", "supports_rag"}
"""What the catalogue says besides, and a question is hardly about."""


class ModelsArguments(ToolArguments):
    tier: ModelTier | None = Field(description="Only models of this tier; null: all")


class ServiceModelsArguments(ToolArguments):
    service: str = Field(description="The service's name")


class ModelTools:
    """Everybody sees the same catalogue and the same policies."""

    def __init__(self, catalog: ModelCatalog, resolver: ModelResolver, policies: PolicyRegistry) -> None:
        self._catalog = catalog
        self._resolver = resolver
        self._policies = policies

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:  # noqa: ARG002  see the class
        services = ", ".join(self._policies.service_names)
        catalog = (
            "Lists the models: tier, capabilities, prices in USD per 1M tokens, context, whether they still answer, "
            "when they shut down and what replaces them."
        )
        policy = (
            "Shows the policy of a service: which models it may use today, which one it uses when nobody chooses, why "
            f"it may not use the others, and to which it climbs. Services: {services}."
        )
        return [
            Tool("models", catalog, ModelsArguments, self._models),
            Tool("service_policy", policy, ServiceModelsArguments, self._service_policy),
        ]

    async def _models(self, arguments: ModelsArguments) -> Looked:
        infos = [model_info(config) for config in self._catalog.configs(arguments.tier)]
        return {"models": [info.model_dump(mode="json", exclude=_UNTOLD) for info in infos]}

    async def _service_policy(self, arguments: ServiceModelsArguments) -> Looked:
        offer, policy = self._resolver.offer(arguments.service), self._policies.policy(arguments.service)
        return {
            "service": offer.service_name,
            "allowed_models": [config.model_id for config in offer.allowed],
            "default_model": offer.default.record.model_id if offer.default else None,
            "default_reason": offer.default.reason if offer.default else None,
            "denied_models": [{"model_id": denied.config.model_id, "reason": denied.reason} for denied in offer.denied],
            "allowed_tiers": policy.allowed_tiers,
            "required_capabilities": policy.required_capabilities,
            "ladder": policy.ladder,
            "max_attempts": policy.max_attempts,
            "over_budget": policy.over_budget,
        }
