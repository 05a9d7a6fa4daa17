"""Models as data: what each can do, costs and accepts, from when until when; and the catalogue of them all."""

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.clock import Clock, today
from app.errors import InvalidModelError
from app.services.gen_ai.rules.prices import FREE, PricePeriod, ServiceTier
from app.tokenizer import Encoding
from app.vocabulary import ModelCapability, ModelStatus, ModelTier, Wire

if TYPE_CHECKING:
    from app.services.gen_ai.rules.catalog_file import CatalogFile

_PICODOLLARS_PER_RATE = 1_000_000
"""1 USD per 1M tokens is 1e-6 USD, that is 1e6 picodollars, per token."""

Tokens = Annotated[int, Field(gt=0)]


ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Rule = Literal["always", "never"] | tuple[ReasoningEffort, ...]
"""Whether something is taken: always, never, or only at these efforts, said in the request."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WireProfile(_Record):
    """What a family of models takes on one of OpenAI's two text APIs. What is not listed is refused with 400."""

    reasoning_efforts: tuple[ReasoningEffort, ...] = ()
    tools: Rule
    sampling: Rule
    structured_output: Literal["json_schema", "json_object", "prompt"]
    verbosity: tuple[Literal["low", "medium", "high"], ...] = ()


class RequestProfile(_Record):
    """What a family of models accepts in a request.

    `token_limit` is the name that Chat Completions has for it. `reasoning_effort` is what Tollgate sends;
    `reasoning_allowance` (tokens) is added to the output limit of a model that cannot help reasoning, because what it
    reasons counts against the limit. `prompt_cache`: nothing is cached; OpenAI does it by itself; or a prefix is
    written, at a price, and found at a breakpoint only (https://developers.openai.com/api/docs/guides/prompt-caching).
    """

    instruction_role: Literal["system", "developer", "none"]
    token_limit: Literal["max_completion_tokens", "max_tokens"]
    reasoning_effort: ReasoningEffort | None = None
    reasoning_allowance: Annotated[int, Field(ge=0)] = 0
    streaming: bool
    encoding: Encoding
    prompt_cache: Literal["none", "automatic", "breakpoints"] = "none"
    chat_completions: WireProfile | None = None
    responses: WireProfile | None = None

    @model_validator(mode="after")
    def _effort_is_accepted(self) -> Self:
        for wire in (self.chat_completions, self.responses):
            efforts = wire.reasoning_efforts if wire is not None else ()
            if efforts and self.reasoning_effort not in (None, *efforts):
                raise ValueError(f"reasoning_effort {self.reasoning_effort} is not one of reasoning_efforts")
            if wire is not None and self.reasoning_effort is not None and not efforts:
                raise ValueError(f"reasoning_effort {self.reasoning_effort} is said where no reasoning_efforts are")
        return self

    def on(self, wire: Wire) -> WireProfile | None:
        """What it takes on a wire; None where it does not answer there."""
        return self.responses if wire is Wire.RESPONSES else self.chat_completions

    def permits(self, rule: Rule) -> bool:
        """Whether a rule lets something through at the effort that Tollgate sends."""
        return rule == "always" or (isinstance(rule, tuple) and self.reasoning_effort in rule)


class Lifecycle(_Record):
    """Days in UTC. From `shutdown_on` on, the model does not answer any more. `source`: the page that says so.

    `replacement` is OpenAI's word; where the catalogue does not have that model, `replacement_listed` says so.
    """

    deprecated_on: date | None = None
    shutdown_on: date | None = None
    replacement: str | None = None
    replacement_listed: bool = True
    source: AnyHttpUrl | None = None

    @model_validator(mode="after")
    def _is_announced_before_it_comes(self) -> Self:
        if self.deprecated_on is not None and self.shutdown_on is not None and self.shutdown_on < self.deprecated_on:
            raise ValueError(f"shutdown_on {self.shutdown_on} lies before deprecated_on {self.deprecated_on}")
        return self

    @property
    def successor(self) -> str | None:
        """The replacement where it can be asked: where the catalogue has it."""
        return self.replacement if self.replacement_listed else None

    def status(self, day: date) -> ModelStatus:
        if self.shutdown_on is not None and day >= self.shutdown_on:
            return ModelStatus.SHUT_DOWN
        announced = self.deprecated_on is None or day >= self.deprecated_on
        has_end = self.shutdown_on is not None or self.deprecated_on is not None
        return ModelStatus.DEPRECATED if has_end and announced else ModelStatus.ACTIVE


def _spelled_out(prices: object) -> object:
    """`free` and `unpriced` as the periods that they mean."""
    words = {"free": (FREE,), "unpriced": ()}
    if isinstance(prices, str) and prices in words:
        return words[prices]
    if isinstance(prices, str) or prices == []:
        raise ValueError("give at least 1 period, or `free`, or `unpriced`")
    return prices


class ModelRecord(_Record):
    """One entry of `models.yaml`: everything about a model, with dates and sources.

    `tier` None: known and priced, but for no service (the baseline). `snapshots` are the dated ids under which the
    model answers; `dated_snapshots` accepts every id of the form model-YYYY-MM-DD as one. `max_input_tokens` is the
    most of one request, given where it is not the context window: a model that embeds takes many texts, each as long
    as its window. `max_output_tokens` is 0 where a model writes nothing; left out it is the window.

    `prices`: dated periods with the pages that state them in `sources`; `free`, where a call costs nothing; or
    `unpriced`, as what is left out, where nobody knows. `unsettled`: what no source settles, a sentence each, with the
    reading that is taken. `openai_fields`: whether a request to it may carry what only OpenAI knows (service tier,
    cache and safety fields) where the base URL is not OpenAI's; None: as the settings say.

    What is left out is what a model on a server of one's own mostly is: it chats, writes code and calls functions, in
    the form that compatible servers take.
    """

    model_id: Annotated[str, Field(min_length=1)]
    tier: ModelTier | None
    capabilities: tuple[ModelCapability, ...] = (
        ModelCapability.CHAT,
        ModelCapability.CODE_GENERATION,
        ModelCapability.ANALYSIS,
        ModelCapability.FUNCTION_CALLING,
    )
    supports_rag: bool = True
    description: str = ""
    context_window: Tokens
    max_input_tokens: Tokens | None = None
    max_output_tokens: Annotated[int, Field(ge=0)] = 0
    snapshots: tuple[str, ...] = ()
    dated_snapshots: bool = False
    request_profile: str = "compatible"
    openai_fields: bool | None = None
    lifecycle: Lifecycle = Lifecycle()
    regional_factor: Annotated[Decimal, Field(ge=1)] | None = None
    unsettled: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    sources: Annotated[tuple[AnyHttpUrl, ...], Field(min_length=1)] = ()
    prices: Annotated[tuple[PricePeriod, ...], BeforeValidator(_spelled_out)] = ()

    @model_validator(mode="before")
    @classmethod
    def _an_answer_is_at_most_the_window(cls, entry: object) -> object:
        if isinstance(entry, dict) and "max_output_tokens" not in entry and "context_window" in entry:
            window = entry["context_window"]
            return {**entry, "max_output_tokens": window if isinstance(window, int) else 0}
        return entry

    @model_validator(mode="after")
    def _prices_have_a_source(self) -> Self:
        if self.prices and not self.is_free and not self.sources:
            raise ValueError("dated prices need `sources`: the pages that state them")
        return self

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

    @property
    def is_free(self) -> bool:
        """Whether the entry says that a call costs nothing."""
        return self.prices == (FREE,)

    def price_on(self, day: date) -> PricePeriod | None:
        """The price period that holds on a day (UTC); None before the first one."""
        return next((period for period in reversed(self.prices) if period.valid_from <= day), None)

    def tier_on(self, day: date, wanted: ServiceTier) -> ServiceTier:
        """The tier that is wanted, where it has a price on a day (UTC); else the standard one."""
        price = self.price_on(day)
        return wanted if price is not None and price.rates(wanted, 0) is not None else ServiceTier.DEFAULT

    def on(self, day: date) -> "ModelConfig":
        """What holds of the model on a day (UTC). Before its first price, the first one is shown."""
        period = self.price_on(day) or next(iter(self.prices), None)
        price = None if period is None else period.standard
        return ModelConfig(
            model_id=self.model_id,
            tier=self.tier,
            capabilities=self.capabilities,
            input_price_per_1m=price and price.input,
            cached_input_price_per_1m=price and price.cached_input,
            cache_write_price_per_1m=price and price.cache_write,
            output_price_per_1m=price and price.output,
            max_tokens=self.max_output_tokens,
            context_window=self.context_window,
            supports_rag=self.supports_rag,
            description=self.description,
            status=self.lifecycle.status(day),
            deprecated_on=self.lifecycle.deprecated_on,
            shutdown_on=self.lifecycle.shutdown_on,
            replacement=self.lifecycle.replacement,
            replacement_listed=self.lifecycle.replacement_listed,
            unsettled=self.unsettled,
        )


class ModelConfig(_Record):
    """A model as it stands today. Prices are USD per 1M tokens, None where not known; `max_tokens` is the largest
    output.
    """

    model_id: str
    tier: ModelTier | None
    capabilities: tuple[ModelCapability, ...]
    input_price_per_1m: Decimal | None
    cached_input_price_per_1m: Decimal | None
    cache_write_price_per_1m: Decimal | None
    output_price_per_1m: Decimal | None
    max_tokens: int
    context_window: int
    supports_rag: bool
    description: str
    status: ModelStatus
    deprecated_on: date | None
    shutdown_on: date | None
    replacement: str | None
    replacement_listed: bool
    unsettled: tuple[str, ...]


# The model catalogue: the records of `models.yaml`, looked up by id or by the snapshot that an answer names.

_DATED = re.compile(r"(?P<model>.+)-\d{4}-\d{2}-\d{2}")


class ModelCatalog:
    """A cheap view of the loaded file on the injected clock."""

    def __init__(self, file: "CatalogFile", clock: Clock) -> None:
        self._profiles = file.request_profiles
        self._records = {model.model_id: model for model in file.models}
        self._by_name = {name: model for model in file.models for name in (model.model_id, *model.snapshots)}
        self._clock = clock

    def record(self, model_id: str) -> ModelRecord:
        """The record of a model.

        Raises:
            InvalidModelError: no model has this id.
        """
        try:
            return self._records[model_id]
        except KeyError:
            known = ", ".join(self._records)
            raise InvalidModelError(f"Model {model_id} is not in the catalogue; known: {known}") from None

    def find(self, answered_as: str | None) -> ModelRecord | None:
        """The record behind the name in an answer, an id or a dated snapshot; None where it is not known."""
        if answered_as is None:
            return None
        found = self._by_name.get(answered_as)
        if found is None and (dated := _DATED.fullmatch(answered_as)):
            model = self._records.get(dated["model"])
            return model if model is not None and model.dated_snapshots else None
        return found

    def config(self, model_id: str) -> ModelConfig:
        """A model as it stands today.

        Raises:
            InvalidModelError: no model has this id.
        """
        return self.record(model_id).on(today(self._clock))

    def profile(self, record: ModelRecord) -> RequestProfile:
        return self._profiles[record.request_profile]

    def configs(self, tier: ModelTier | None = None) -> list[ModelConfig]:
        """Every model that a service could use, as it stands today; only those of a tier if one is given."""
        day = today(self._clock)
        return [
            record.on(day)
            for record in self._records.values()
            if record.tier is not None and (tier is None or record.tier is tier)
        ]
