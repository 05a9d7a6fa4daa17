"""A dated price: what 1M tokens cost from a day on, and how service tiers and long contexts change it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

Usd = Annotated[Decimal, Field(ge=0)]
Factor = Annotated[Decimal, Field(gt=0)]


class ServiceTier(StrEnum):
    """The ways of processing that have a price of their own; `default` is the standard price.

    A window is how long a background request of Responses may wait for its answer, which names the standard tier
    (https://developers.openai.com/api/docs/guides/background).
    """

    DEFAULT = "default"
    BATCH = "batch"
    FLEX = "flex"
    PRIORITY = "priority"
    ULTRAFAST = "ultrafast"
    WINDOW_2H = "window_2h"
    WINDOW_8H = "window_8h"


RequestTier = Literal[ServiceTier.DEFAULT, ServiceTier.FLEX, ServiceTier.PRIORITY, ServiceTier.ULTRAFAST]
"""The tiers that a request can ask for; a batch is another way of asking, and Tollgate sends nothing to a window."""
WINDOWS = {"2h": ServiceTier.WINDOW_2H, "8h": ServiceTier.WINDOW_8H}
"""By the name that `background_options.completion_window` has for them."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rates(_Part):
    """USD per 1M tokens. `cache_write` is the rate for half an hour, `cache_write_12h` the one for twelve hours.

    Where a model has no rate of its own for cached input or cache writes, they cost as input.
    """

    input: Usd
    cached_input: Usd | None = None
    cache_write: Usd | None = None
    cache_write_12h: Usd | None = None
    output: Usd

    @property
    def reading(self) -> Decimal:
        """Of a token that is read from a cache."""
        return self.input if self.cached_input is None else self.cached_input

    @property
    def writing(self) -> Decimal:
        """Of a token that is written into a cache for half an hour."""
        return self.input if self.cache_write is None else self.cache_write

    @property
    def writing_12h(self) -> Decimal | None:
        """Of a token that is written for twelve hours; None: writing has a price, and this one is not known."""
        no_writing = self.input if self.cache_write is None else None
        return no_writing if self.cache_write_12h is None else self.cache_write_12h

    def times(self, input_factor: Decimal, output_factor: Decimal) -> Self:
        """The rates with input, cached input and cache writes times one factor, output times another."""
        known = {name: rate for name, rate in self if rate is not None}
        return self.model_copy(
            update={name: rate * (output_factor if name == "output" else input_factor) for name, rate in known.items()}
        )


class LongContext(_Part):
    """Above so many input tokens the whole request, not just the part above, is billed at these factors."""

    above_input_tokens: Annotated[int, Field(gt=0)]
    input_factor: Factor
    output_factor: Factor


class PricePeriod(_Part):
    """Holds from 00:00 UTC of `valid_from` until the next period. A tier that is not listed has no known price."""

    valid_from: date
    standard: Rates
    long_context: LongContext | None = None
    service_tiers: dict[ServiceTier, Rates] = Field(default_factory=dict)

    @field_validator("service_tiers")
    @classmethod
    def _standard_is_the_default(cls, tiers: dict[ServiceTier, Rates]) -> dict[ServiceTier, Rates]:
        if ServiceTier.DEFAULT in tiers:
            raise ValueError("the rates of the tier default stand under `standard`")
        return tiers

    def rates(self, tier: ServiceTier, input_tokens: int) -> Rates | None:
        """The rates for a request of `input_tokens` in a tier, or None where the tier has no known price."""
        rates = self.standard if tier is ServiceTier.DEFAULT else self.service_tiers.get(tier)
        if rates is None or self.long_context is None or input_tokens <= self.long_context.above_input_tokens:
            return rates
        return rates.times(self.long_context.input_factor, self.long_context.output_factor)

    def every_rate(self) -> Iterator[Decimal]:
        """All rates that this period can lead to, in USD per 1M tokens."""
        limit = self.long_context.above_input_tokens if self.long_context else 0
        for tier in (ServiceTier.DEFAULT, *self.service_tiers):
            for rates in (self.rates(tier, 0), self.rates(tier, limit + 1)):
                yield from (rate for _, rate in rates or () if rate is not None)


FREE = PricePeriod(
    valid_from=date(1970, 1, 1), standard=Rates.model_validate(dict.fromkeys(Rates.model_fields, Decimal(0)))
)
"""The price of a model whose calls cost nothing: that is known, other than a price that nobody knows."""
