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
from app.services.gen_ai.rules.prices import WINDOWS, Rates, ServiceTier

_PER_MILLION = Decimal(1_000_000)
_MOST_TOKENS = 1_000_000_000
"""No model takes or gives as much: a count beyond it is a negative one that was wrapped round, or no count at all."""
_ALIASES = {
    "": ServiceTier.DEFAULT,
    "auto": ServiceTier.DEFAULT,
    "standard": ServiceTier.DEFAULT,
    "fast": ServiceTier.PRIORITY,
}
"""`fast` is what answers of gpt-6 call priority, older ones say `priority`
(https://developers.openai.com/api/docs/guides/fast-mode). A server that names no tier has only the standard one.
"""
_ANSWERED = tuple(tier for tier in ServiceTier if tier not in WINDOWS.values())
"""What an answer can name. It would make itself cheaper by the name of a window, which no answer has."""


class UsageInconsistentError(ValueError):
    """The usage contradicts itself; what it cost is unknown."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Buckets that share no token and add up to the answer's total.

    `cache_write` is what was written into a cache for half an hour, `cache_write_12h` what was written for twelve.
    """

    input_uncached: int
    input_cached: int
    cache_write: int
    output_visible: int
    output_reasoning: int
    cache_write_12h: int = 0

    @property
    def cache_written(self) -> int:
        """For whichever time."""
        return self.cache_write + self.cache_write_12h

    @property
    def input_tokens(self) -> int:
        return self.input_uncached + self.input_cached + self.cache_written

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
            self.cache_write_12h + other.cache_write_12h,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """`usd` is exact. `price_id` names the model and the day from which its price holds.

    `read_saved_usd`: how much dearer it would have been if what was read from a cache had been plain input.
    `write_extra_usd`: how much cheaper, if what was written into one had been.
    """

    usd: Decimal
    price_id: str
    read_saved_usd: Decimal = Decimal(0)
    write_extra_usd: Decimal = Decimal(0)


def read_usage(usage: Mapping[str, Any]) -> TokenUsage:
    """The buckets of a `usage` object of Chat Completions, of Responses or of Embeddings.

    A detail that is missing means that the server has no such tokens: it counts 0 of them.

    Raises:
        UsageInconsistentError: a count is missing or is none, the parts do not fit the whole, or it has tokens for
            which no model of the catalogue has a rate.
    """
    _refuse_audio(usage)
    # Some gateways send both namings, one of them empty: the names of Chat Completions, which we ask for, go first.
    responses = usage.get("prompt_tokens") is None and "input_tokens" in usage
    prompt = _count(usage, "input_tokens" if responses else "prompt_tokens", required=True)
    completion = _count(usage, "output_tokens", required=True) if responses else _completion(usage, prompt)
    inputs = _details(usage, "input_tokens_details" if responses else "prompt_tokens_details")
    outputs = _details(usage, "output_tokens_details" if responses else "completion_tokens_details")
    cached = _cached(usage, inputs, prompt)
    written, long = _written(usage, inputs)
    reasoning = _count(outputs, "reasoning_tokens")
    uncached = prompt - cached - written - long
    if uncached < 0:
        raise UsageInconsistentError(
            f"{cached} cached and {written + long} written tokens exceed {prompt} input tokens"
        )
    if reasoning > completion:
        raise UsageInconsistentError(f"{reasoning} reasoning tokens exceed {completion} output tokens")
    if usage.get("total_tokens") is not None:
        total = _count(usage, "total_tokens")
        if total != prompt + completion:
            raise UsageInconsistentError(f"total_tokens is {total}, but {prompt} + {completion} were reported")
    return TokenUsage(uncached, cached, written, completion - reasoning, reasoning, long)


def check_allowed(tokens: TokenUsage, *, most_input: int, most_output: int) -> None:
    """Checks a usage against its request: what is beyond it cannot have been used.

    Args:
        tokens: the answer's usage.
        most_input: the most tokens that the model takes.
        most_output: the most tokens that the request allowed.

    Raises:
        UsageInconsistentError: it is more, or nothing came of nothing: no request is without a prompt.
    """
    if tokens.output_tokens and not tokens.input_tokens:
        raise UsageInconsistentError(f"{tokens.output_tokens} output tokens of no input")
    if tokens.input_tokens > most_input:
        raise UsageInconsistentError(f"{tokens.input_tokens} input tokens where the model takes {most_input}")
    if tokens.output_tokens > most_output:
        raise UsageInconsistentError(f"{tokens.output_tokens} output tokens where {most_output} were allowed")


def counts_input(usage: Mapping[str, Any]) -> bool:
    """Whether a usage says that there was input: an answer without any is none."""
    return bool(usage.get("prompt_tokens") or usage.get("input_tokens"))


def counts_output(usage: Mapping[str, Any]) -> bool:
    """Whether a usage says that there was output. Beside a text one that does not is a placeholder, not a count."""
    return bool(usage.get("completion_tokens") or usage.get("output_tokens"))


def _refuse_audio(usage: Mapping[str, Any]) -> None:
    """Audio has rates of its own, which the catalogue does not know."""
    parts: list[Mapping[str, Any]] = [usage]
    while parts:
        part = parts.pop()
        if audio := _count(part, "audio_tokens"):
            raise UsageInconsistentError(f"{audio} audio tokens, for which the catalogue has no rate")
        parts += [value for value in part.values() if isinstance(value, dict)]


def _completion(usage: Mapping[str, Any], prompt: int) -> int:
    """An answer of Embeddings names no output, and a total that is its input."""
    if "completion_tokens" not in usage and "total_tokens" in usage and _count(usage, "total_tokens") == prompt:
        return 0
    return _count(usage, "completion_tokens", required=True)


def _cached(usage: Mapping[str, Any], inputs: Mapping[str, Any], prompt: int) -> int:
    """Tokens read from a cache, under whichever of the names that servers give them.

    `prompt_cache_hit_tokens` and `prompt_cache_miss_tokens` are DeepSeek's, and share the prompt between them.
    """
    hit, miss = usage.get("prompt_cache_hit_tokens"), usage.get("prompt_cache_miss_tokens")
    if miss is not None:
        missed = _count(usage, "prompt_cache_miss_tokens")
        found = prompt - missed if hit is None else _count(usage, "prompt_cache_hit_tokens")
        # Both at nothing: the server has the names, and no cache.
        if found + missed != prompt and found + missed > 0:
            raise UsageInconsistentError(f"{found} tokens hit and {missed} missed the cache, of {prompt}")
        if found < 0:
            raise UsageInconsistentError(f"{missed} tokens missed the cache, of {prompt}")
    else:
        found = _count(usage, "prompt_cache_hit_tokens")
    return _agreed(
        "cached",
        _count(inputs, "cached_tokens"),
        found,
        _count(usage, "cached_tokens"),
        _count(usage, "cache_read_input_tokens"),
    )


def _written(usage: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens written into a cache for half an hour, and for twelve hours. Where only the whole is told, it is half an
    hour: what asks for more is told so (the SDK's `cache_write_tokens_details`).
    """
    details = _details(inputs, "cache_write_tokens_details")
    short, long = _count(details, "ttl_30m_tokens"), _count(details, "ttl_12h_tokens")
    whole = _agreed(
        "written",
        _count(inputs, "cache_write_tokens"),
        short + long,
        _count(usage, "cache_creation_input_tokens"),
    )
    return whole - long, long


def _agreed(what: str, *counts: int) -> int:
    """The one number behind several names, of which some may be left empty."""
    if not any(counts):
        return 0
    told = {count for count in counts if count}
    if len(told) > 1:
        raise UsageInconsistentError(f"{' or '.join(map(str, sorted(told)))} {what} tokens?")
    return told.pop()


def _details(usage: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    details = usage.get(key)
    if details is not None and not isinstance(details, Mapping):
        raise UsageInconsistentError(f"{key} is no object")
    return details or {}


def _count(usage: Mapping[str, Any], key: str, *, required: bool = False) -> int:
    value = usage.get(key)
    if value is None and not required:
        return 0
    if type(value) is int and 0 <= value <= _MOST_TOKENS:  # no bool; most counts end here
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON does not tell 1000.0 from 1000
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_TOKENS:
        shown = repr(value) if value is None or isinstance(value, int | float) else f"a {type(value).__name__}"
        raise UsageInconsistentError(f"{key} is {shown[:40]}, not a count of tokens")
    return value


def price_usage(
    tokens: TokenUsage,
    model: ModelRecord,
    day: date,
    service_tier: str | None = None,
    *,
    regional: bool = False,
    window: str | None = None,
) -> Cost | None:
    """What an answer cost, exact.

    Args:
        tokens: the answer's usage.
        model: the model that answered.
        day: the day of the answer, in UTC.
        service_tier: the tier that the answer names.
        regional: whether the request was processed in a region.
        window: the window (2h, 8h) that a background request has asked for; no answer names it. It is for the
            standard tier alone.

    Returns:
        None where no price is known for this day, this tier, this window, or for writing into a cache for so long.
    """
    period = model.price_on(day)
    tier = _tier(service_tier)
    if window is not None:
        tier = WINDOWS.get(window) if tier is ServiceTier.DEFAULT else None
    rates = None if period is None or tier is None else period.rates(tier, tokens.input_tokens)
    if period is None or rates is None or (tokens.cache_write_12h and rates.writing_12h is None):
        return None
    usd = (
        tokens.input_uncached * rates.input
        + tokens.input_cached * rates.reading
        + tokens.cache_write * rates.writing
        + tokens.cache_write_12h * (rates.writing_12h or 0)
        + tokens.output_tokens * rates.output
    ) / _PER_MILLION
    factor = model.regional_factor if regional and model.regional_factor is not None else Decimal(1)
    price_id = f"{model.model_id}@{period.valid_from.isoformat()}"
    if tokens.input_uncached == tokens.input_tokens:
        return Cost(usd * factor, price_id)
    saved, extra = _caching(tokens, rates)
    return Cost(usd * factor, price_id, saved * factor, extra * factor)


def _caching(tokens: TokenUsage, rates: Rates) -> tuple[Decimal, Decimal]:
    """What reading saved, and what writing cost on top, against the same tokens as plain input, in USD."""
    saved = tokens.input_cached * (rates.input - rates.reading)
    short, long = rates.writing - rates.input, (rates.writing_12h or rates.input) - rates.input
    return saved / _PER_MILLION, (tokens.cache_write * short + tokens.cache_write_12h * long) / _PER_MILLION


def _tier(name: str | None) -> ServiceTier | None:
    if name is None:
        return ServiceTier.DEFAULT
    return _ALIASES.get(name) or next((tier for tier in _ANSWERED if tier == name), None)
