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
    """The processing tiers that have a price of their own; `default` is the standard price."""

    DEFAULT = "default"
    BATCH = "batch"
    FLEX = "flex"
    PRIORITY = "priority"


RequestTier = Literal[ServiceTier.DEFAULT, ServiceTier.FLEX, ServiceTier.PRIORITY]
"""The tiers that a request can ask for; a batch is another way of asking."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rates(_Part):
    """USD per 1M tokens. Where a model has no rate of its own for cached input or cache writes, they cost as input."""

    input: Usd
    cached_input: Usd | None = None
    cache_write: Usd | None = None
    output: Usd

    def times(self, input_factor: Decimal, output_factor: Decimal) -> Self:
        """The rates with input, cached input and cache writes times one factor, output times another."""
        return self.model_copy(
            update={
                "input": self.input * input_factor,
                "cached_input": None if self.cached_input is None else self.cached_input * input_factor,
                "cache_write": None if self.cache_write is None else self.cache_write * input_factor,
                "output": self.output * output_factor,
            }
        )


class LongContext(_Part):
    """Above so many input tokens the whole request, not just the part above, is billed at these factors."""

    above_input_tokens: Annotated[int, Field(gt=0)]
    input_factor: Factor
    output_factor: Factor


class PricePeriod(_Part):
    """Holds from 00:00 UTC of `valid_from` until the next period. A tier is a factor on the standard rates, or rates
    of its own where the provider publishes others. A tier that is not listed has no known price.
    """

    valid_from: date
    standard: Rates
    long_context: LongContext | None = None
    service_tiers: dict[ServiceTier, Factor | Rates] = Field(default_factory=dict)

    @field_validator("service_tiers")
    @classmethod
    def _standard_is_the_default(cls, tiers: dict[ServiceTier, Factor | Rates]) -> dict[ServiceTier, Factor | Rates]:
        if ServiceTier.DEFAULT in tiers:
            raise ValueError("the rates of the tier default stand under `standard`")
        return tiers

    def rates(self, tier: ServiceTier, input_tokens: int) -> Rates | None:
        """The rates for a request of `input_tokens` in a tier, or None where the tier has no known price."""
        rates = self._tier_rates(tier)
        if rates is None or self.long_context is None or input_tokens <= self.long_context.above_input_tokens:
            return rates
        return rates.times(self.long_context.input_factor, self.long_context.output_factor)

    def every_rate(self) -> Iterator[Decimal]:
        """All rates that this period can lead to, in USD per 1M tokens."""
        limit = self.long_context.above_input_tokens if self.long_context else 0
        for tier in (ServiceTier.DEFAULT, *self.service_tiers):
            for rates in (self.rates(tier, 0), self.rates(tier, limit + 1)):
                yield from (rate for _, rate in rates or () if rate is not None)

    def _tier_rates(self, tier: ServiceTier) -> Rates | None:
        if tier is ServiceTier.DEFAULT:
            return self.standard
        found = self.service_tiers.get(tier)
        return self.standard.times(found, found) if isinstance(found, Decimal) else found
