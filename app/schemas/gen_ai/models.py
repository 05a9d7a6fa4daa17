"""What the model endpoints answer."""

from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from app.services.gen_ai.core.model_config import ModelConfig
from app.services.gen_ai.core.model_resolver import DeniedModel, ServiceOffer
from app.vocabulary import ModelCapability, ModelStatus, ModelTier


class ModelInfo(BaseModel):
    """A model as it stands today. Prices are USD per 1M tokens at the standard service tier."""

    model_id: str
    tier: ModelTier
    capabilities: list[ModelCapability]
    input_price_per_1m: float = Field(description="USD per 1M uncached input tokens")
    output_price_per_1m: float = Field(description="USD per 1M output tokens, reasoning included")
    description: str
    cached_input_price_per_1m: float | None = Field(description="USD per 1M cached input tokens; null: no caching")
    context_window: int = Field(description="Tokens of input and output together")
    max_output_tokens: int = Field(description="The most tokens that one answer can have")
    supports_rag: bool
    status: ModelStatus
    shutdown_on: date | None = Field(
        description="From this day (UTC) on the model does not answer; null: not announced"
    )
    replacement: str | None = Field(description="The model to use instead, once it has shut down")

    @classmethod
    def of(cls, config: ModelConfig) -> Self:
        cached = config.cached_input_price_per_1m
        return cls.model_validate(
            config.model_dump(exclude={"max_tokens", "cache_write_price_per_1m", "cached_input_price_per_1m"})
            | {
                "max_output_tokens": config.max_tokens,
                "cached_input_price_per_1m": None if cached is None else float(cached),
            }
        )


class ModelListResponse(BaseModel):
    models: list[ModelInfo]
    total: int


class DeniedModelInfo(BaseModel):
    model: ModelInfo
    reason: str = Field(description="Why the service may not use it today")

    @classmethod
    def of(cls, denied: DeniedModel) -> Self:
        return cls(model=ModelInfo.of(denied.config), reason=denied.reason)


class ServiceModelPolicyResponse(BaseModel):
    service_name: str
    allowed_models: list[ModelInfo]
    default_model: str | None = Field(
        description="The model used when none is chosen; null when no allowed model is left"
    )
    default_reason: str | None = Field(description="Why it is not the default of the policy, if it is not")
    denied_models: list[DeniedModelInfo]

    @classmethod
    def of(cls, offer: ServiceOffer) -> Self:
        return cls(
            service_name=offer.service_name,
            allowed_models=[ModelInfo.of(config) for config in offer.allowed],
            default_model=offer.default.record.model_id if offer.default else None,
            default_reason=offer.default.reason if offer.default else None,
            denied_models=[DeniedModelInfo.of(denied) for denied in offer.denied],
        )
