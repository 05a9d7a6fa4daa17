"""What the catalogue says about a model: the words for it, its dated record, and what holds of it today."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, model_validator

from app.services.gen_ai.core.price_period import PricePeriod, ServiceTier
from app.tokenizer import Encoding
from app.vocabulary import ModelCapability, ModelStatus, ModelTier

_PICODOLLARS_PER_RATE = 1_000_000
"""1 USD per 1M tokens is 1e-6 USD, that is 1e6 picodollars, per token."""

Tokens = Annotated[int, Field(gt=0)]


ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Allowed = Literal["always", "never", "without_reasoning"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RequestProfile(_Record):
    """What a family of models accepts in a request (Chat Completions).

    `reasoning_effort` is what Tollgate sends; `reasoning_allowance` (tokens) is added to the output limit of a
    model that cannot help reasoning, because what it reasons counts against the limit.
    """

    instruction_role: Literal["system", "developer", "none"]
    token_limit: Literal["max_completion_tokens", "max_tokens"]
    sampling: Allowed
    reasoning_efforts: tuple[ReasoningEffort, ...] = ()
    reasoning_effort: ReasoningEffort | None = None
    reasoning_allowance: Annotated[int, Field(ge=0)] = 0
    structured_output: Literal["json_schema", "json_object", "prompt"]
    function_calling: Allowed
    streaming: bool
    encoding: Encoding

    @model_validator(mode="after")
    def _effort_is_accepted(self) -> Self:
        if self.reasoning_effort is not None and self.reasoning_effort not in self.reasoning_efforts:
            raise ValueError(f"reasoning_effort {self.reasoning_effort} is not one of reasoning_efforts")
        return self

    def permits(self, rule: Allowed) -> bool:
        """Whether a rule lets something through at the effort that Tollgate sends."""
        return rule == "always" or (rule == "without_reasoning" and self.reasoning_effort == "none")


class Lifecycle(_Record):
    """Days in UTC. From `shutdown_on` on, the model does not answer any more."""

    deprecated_on: date | None = None
    shutdown_on: date | None = None
    replacement: str | None = None

    def status(self, day: date) -> ModelStatus:
        if self.shutdown_on is not None and day >= self.shutdown_on:
            return ModelStatus.SHUT_DOWN
        announced = self.deprecated_on is None or day >= self.deprecated_on
        has_end = self.shutdown_on is not None or self.deprecated_on is not None
        return ModelStatus.DEPRECATED if has_end and announced else ModelStatus.ACTIVE


class ModelRecord(_Record):
    """One entry of `models.yaml`: everything about a model, with dates and sources.

    `tier` None: known and priced, but for no service (the baseline). `snapshots` are the dated ids under which the
    model answers; `dated_snapshots` accepts every id of the form model-YYYY-MM-DD as one. `max_input_tokens` is given
    where it is less than the context window.
    """

    model_id: Annotated[str, Field(min_length=1)]
    tier: ModelTier | None
    capabilities: tuple[ModelCapability, ...]
    supports_rag: bool
    description: str
    context_window: Tokens
    max_input_tokens: Tokens | None = None
    max_output_tokens: Tokens
    snapshots: tuple[str, ...]
    dated_snapshots: bool = False
    request_profile: str
    lifecycle: Lifecycle
    regional_factor: Annotated[Decimal, Field(ge=1)] | None = None
    sources: Annotated[tuple[AnyHttpUrl, ...], Field(min_length=1)]
    prices: Annotated[tuple[PricePeriod, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _periods_ascend(self) -> Self:
        starts = [period.valid_from for period in self.prices]
        if starts != sorted(set(starts)):
            raise ValueError("prices must be listed by valid_from, each day once, the oldest first")
        return self

    @model_validator(mode="after")
    def _a_token_costs_whole_picodollars(self) -> Self:
        """The ledger counts in 1e-12 USD; a finer price could not be kept exactly."""
        factor = self.regional_factor or Decimal(1)
        for period in self.prices:
            for rate in period.every_rate():
                for price in (rate, rate * factor):
                    if (price * _PICODOLLARS_PER_RATE) % 1:
                        raise ValueError(f"{price} USD per 1M tokens has more than 6 decimals")
        return self

    def price_on(self, day: date) -> PricePeriod | None:
        """The price period that holds on a day (UTC); None before the first one."""
        return next((period for period in reversed(self.prices) if period.valid_from <= day), None)

    def tier_on(self, day: date, wanted: ServiceTier) -> ServiceTier:
        """The tier that is wanted, where it has a price on a day (UTC); else the standard one."""
        price = self.price_on(day)
        return wanted if price is not None and price.rates(wanted, 0) is not None else ServiceTier.DEFAULT

    def on(self, day: date) -> "ModelConfig":
        """What holds of the model on a day (UTC). Before its first price, the first one is shown."""
        price = (self.price_on(day) or self.prices[0]).standard
        return ModelConfig(
            model_id=self.model_id,
            tier=self.tier,
            capabilities=self.capabilities,
            input_price_per_1m=price.input,
            cached_input_price_per_1m=price.cached_input,
            cache_write_price_per_1m=price.cache_write,
            output_price_per_1m=price.output,
            max_tokens=self.max_output_tokens,
            context_window=self.context_window,
            supports_rag=self.supports_rag,
            description=self.description,
            status=self.lifecycle.status(day),
            shutdown_on=self.lifecycle.shutdown_on,
            replacement=self.lifecycle.replacement,
        )


class ModelConfig(_Record):
    """A model as it stands today. Prices are USD per 1M tokens; `max_tokens` is the largest output."""

    model_id: str
    tier: ModelTier | None
    capabilities: tuple[ModelCapability, ...]
    input_price_per_1m: Decimal
    cached_input_price_per_1m: Decimal | None
    cache_write_price_per_1m: Decimal | None
    output_price_per_1m: Decimal
    max_tokens: int
    context_window: int
    supports_rag: bool
    description: str
    status: ModelStatus
    shutdown_on: date | None
    replacement: str | None
