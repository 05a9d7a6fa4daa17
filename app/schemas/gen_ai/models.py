"""What the model endpoints answer."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from app.vocabulary import ModelCapability, ModelStatus, ModelTier


class ModelInfo(BaseModel):
    """A model as it stands today. Prices are USD per 1M tokens at the standard service tier."""

    model_id: str
    tier: ModelTier
    capabilities: list[ModelCapability]
    input_price_per_1m: float | None = Field(description="USD per 1M uncached input tokens; null: nobody knows")
    output_price_per_1m: float | None = Field(
        description="USD per 1M output tokens, reasoning included; null: nobody knows"
    )
    description: str
    cached_input_price_per_1m: float | None = Field(description="USD per 1M cached input tokens; null: no caching")
    context_window: int = Field(description="Tokens of input and output together")
    max_output_tokens: int = Field(description="The most tokens that one answer can have; 0: it writes nothing")
    supports_rag: bool
    status: ModelStatus
    deprecated_on: date | None = Field(description="Since when its end is announced (UTC); null: not known")
    shutdown_on: date | None = Field(
        description="From this day (UTC) on the model does not answer; null: not announced"
    )
    replacement: str | None = Field(description="The model to use instead, once it has shut down: OpenAI's word")
    replacement_listed: bool = Field(description="False: the replacement is not in the catalogue, and cannot be asked")
    unsettled: list[str] = Field(description="What no source settles about it, and the reading that is taken")


class ModelListResponse(BaseModel):
    models: list[ModelInfo]
    total: int


class UpstreamRefusalInfo(BaseModel):
    """The upstream has refused the model of late: it is unknown there, or closed to this account, or lacks something.

    Until then nobody is given it who does not choose it. Who chooses it is not held back: the upstream decides, and an
    answer of the model ends this.
    """

    refused_at: datetime
    until: datetime = Field(description="From then on it is as if nothing had been")
    words: str = Field(description="What the upstream said")


class AllowedModelInfo(ModelInfo):
    refused_by_upstream: UpstreamRefusalInfo | None = Field(
        default=None, description="Whether the upstream has refused it in the last minutes, and why; null: it has not"
    )


class DeniedModelInfo(BaseModel):
    model: ModelInfo
    reason: str = Field(description="Why the service may not use it today")


class ServiceModelPolicyResponse(BaseModel):
    service_name: str
    allowed_models: list[AllowedModelInfo] = Field(description="What is accepted as `model_id`")
    default_model: str | None = Field(
        description="The model used when none is chosen; null when no allowed model is left"
    )
    default_reason: str | None = Field(description="Why it is not the default of the policy, if it is not")
    denied_models: list[DeniedModelInfo]
