"""From an answer's usage to its exact cost.

Rules (https://developers.openai.com/api/docs/pricing): cached input and cache writes are parts of the input,
reasoning is a part of the output and billed as output; above the long-context limit the whole request is dearer;
the tier that the ANSWER names decides; regional processing multiplies by the model's factor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.prices import ServiceTier

_PER_MILLION = Decimal(1_000_000)
_ALIASES = {"auto": ServiceTier.DEFAULT, "fast": ServiceTier.PRIORITY}
"""`fast` is OpenAI's newer name for `priority`. A server that names no tier has only one, the standard one."""


class UsageInconsistentError(ValueError):
    """The usage contradicts itself; what it cost is unknown."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Five buckets that share no token and add up to the answer's total."""

    input_uncached: int
    input_cached: int
    cache_write: int
    output_visible: int
    output_reasoning: int

    @property
    def input_tokens(self) -> int:
        return self.input_uncached + self.input_cached + self.cache_write

    @property
    def output_tokens(self) -> int:
        return self.output_visible + self.output_reasoning

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.input_uncached + other.input_uncached,
            self.input_cached + other.input_cached,
            self.cache_write + other.cache_write,
            self.output_visible + other.output_visible,
            self.output_reasoning + other.output_reasoning,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """`usd` is exact. `price_id` names the model and the day from which its price holds."""

    usd: Decimal
    price_id: str


def read_usage(usage: Mapping[str, Any]) -> TokenUsage:
    """The buckets of a `usage` object of Chat Completions or of Responses.

    A detail that is missing means that the server has no such tokens: it counts 0 of them.

    Raises:
        UsageInconsistentError: a count is missing, negative or no integer, or the parts exceed the whole.
    """
    # Some gateways send both namings, one of them empty: the names of Chat Completions, which we ask for, go first.
    responses = usage.get("prompt_tokens") is None and "input_tokens" in usage
    prompt = _count(usage, "input_tokens" if responses else "prompt_tokens", required=True)
    completion = _count(usage, "output_tokens" if responses else "completion_tokens", required=True)
    inputs = _details(usage, "input_tokens_details" if responses else "prompt_tokens_details")
    outputs = _details(usage, "output_tokens_details" if responses else "completion_tokens_details")
    cached, written = _count(inputs, "cached_tokens"), _count(inputs, "cache_write_tokens")
    reasoning = _count(outputs, "reasoning_tokens")
    if cached + written > prompt:
        raise UsageInconsistentError(f"{cached} cached and {written} written tokens exceed {prompt} input tokens")
    if reasoning > completion:
        raise UsageInconsistentError(f"{reasoning} reasoning tokens exceed {completion} output tokens")
    if usage.get("total_tokens") is not None:
        total = _count(usage, "total_tokens")
        if total != prompt + completion:
            raise UsageInconsistentError(f"total_tokens is {total}, but {prompt} + {completion} were reported")
    return TokenUsage(prompt - cached - written, cached, written, completion - reasoning, reasoning)


def _details(usage: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    details = usage.get(key)
    if details is not None and not isinstance(details, Mapping):
        raise UsageInconsistentError(f"{key} is no object")
    return details or {}


def _count(usage: Mapping[str, Any], key: str, *, required: bool = False) -> int:
    value = usage.get(key)
    if value is None and not required:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        shown = repr(value) if value is None or isinstance(value, int | float) else f"a {type(value).__name__}"
        raise UsageInconsistentError(f"{key} is {shown}, not a count of tokens")
    return value


def price_usage(
    tokens: TokenUsage,
    model: ModelRecord,
    day: date,
    service_tier: str | None = None,
    *,
    regional: bool = False,
) -> Cost | None:
    """What an answer cost, exact.

    Args:
        tokens: the answer's usage.
        model: the model that answered.
        day: the day of the answer, in UTC.
        service_tier: the tier that the answer names.
        regional: whether the request was processed in a region.

    Returns:
        None where no price is known for this day or tier.
    """
    period = model.price_on(day)
    tier = _tier(service_tier)
    rates = None if period is None or tier is None else period.rates(tier, tokens.input_tokens)
    if period is None or rates is None:
        return None
    cached = rates.input if rates.cached_input is None else rates.cached_input
    written = rates.input if rates.cache_write is None else rates.cache_write
    usd = (
        tokens.input_uncached * rates.input
        + tokens.input_cached * cached
        + tokens.cache_write * written
        + tokens.output_tokens * rates.output
    ) / _PER_MILLION
    factor = model.regional_factor if regional and model.regional_factor is not None else Decimal(1)
    return Cost(usd * factor, f"{model.model_id}@{period.valid_from.isoformat()}")


def _tier(name: str | None) -> ServiceTier | None:
    if name is None:
        return ServiceTier.DEFAULT
    return _ALIASES.get(name) or next((tier for tier in ServiceTier if tier == name), None)
