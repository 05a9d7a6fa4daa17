"""The most that a request can use and cost, known before it is sent: what budgets reserve and intervals end with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.prices import Rates, ServiceTier
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage
from app.tokenizer import Encoding, count_tokens

PER_MESSAGE = 5
"""Tokens of a message beside its text: its role and its frame."""
_PER_REQUEST = 16
_PER_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class WorstCase:
    """`prompt_tokens` is an estimate from above; `usd` is None where the model has no price on this day."""

    prompt_tokens: int
    output_tokens: int
    usd: Decimal | None

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.output_tokens


def worst_case(
    payload: Mapping[str, Any], record: ModelRecord, encoding: Encoding, day: date, *, regional: bool
) -> WorstCase:
    """The prompt counted, the output at its limit, everything at its dearest rate.

    Args:
        payload: the body of the request.
        record: the model that it is for.
        encoding: the model's vocabulary.
        day: the day (UTC) of the request.
        regional: whether it is processed in a region.
    """
    prompt = min(prompt_tokens(payload, encoding), longest_prompt(record))
    limit = output_limit(payload, record)
    tier = ServiceTier(payload.get("service_tier", ServiceTier.DEFAULT))
    return worst_of(record, prompt, limit, day, tier, regional=regional)


def worst_of(
    record: ModelRecord,
    prompt: int,
    output: int,
    day: date,
    tier: ServiceTier,
    *,
    regional: bool,
    written_12h: bool = False,
) -> WorstCase:
    """So many tokens of prompt and output, at the dearest rate of a tier; of the rates for what is written into a cache
    for twelve hours only where that was asked for.

    A request that is served in another tier than it asks for is served in the standard one, which is no dearer than
    the priority that was asked for; flex is served as flex or not at all.
    """
    period = record.price_on(day)
    rates = None if period is None else period.rates(tier, prompt)
    if rates is not None and written_12h:
        rates = rates.model_copy(update={"cache_write": rates.writing_12h})
    dearest = None if rates is None else _dearest(record, rates, prompt, output, regional=regional)
    return WorstCase(prompt, output, dearest)


def longest_prompt(record: ModelRecord) -> int:
    """The most tokens that a prompt of the model can have, or the texts of one request of a model that embeds."""
    return record.max_input_tokens or record.context_window


def output_limit(payload: Mapping[str, Any], record: ModelRecord) -> int:
    """The most tokens that one answer to a request can have."""
    said = (payload.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"))
    return next(filter(None, said), record.max_output_tokens)


def prompt_tokens(payload: Mapping[str, Any], encoding: Encoding) -> int:
    """The tokens of a request's prompt, estimated from above, on either text API."""
    total = _PER_REQUEST
    for message in payload.get("messages") or payload.get("input") or ():
        texts, rest = _texts(message)
        # Instructions are the same in every call of a service: they are counted once.
        count = _count_once if message.get("role") in ("system", "developer") else count_tokens
        total += PER_MESSAGE + sum(count(text, encoding) for text in texts)
        if rest:
            # Also encrypted reasoning, which has more tokens as a text than it had as a thought.
            total += count_tokens(json.dumps(rest, ensure_ascii=False), encoding)
    for part in ("response_format", "tools", "text"):
        if part in payload:
            total += _count_once(json.dumps(payload[part], ensure_ascii=False), encoding)
    return total


def _texts(message: Mapping[str, Any]) -> tuple[Sequence[str], Mapping[str, Any]]:
    """The text of a message, or of an item, and what it has beside it."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [content, message.get("tool_call_id")]
    texts = [_text(part) for part in parts if part]
    beside = {name: value for name, value in message.items() if name not in ("role", "content", "tool_call_id")}
    return texts, beside


def _text(part: object) -> str:
    """What a part brings into the prompt; of one that is handed back as it came, and is no text, all of it."""
    text = part.get("text") if isinstance(part, Mapping) else part
    return text if isinstance(text, str) else json.dumps(part, ensure_ascii=False)


@lru_cache(maxsize=64)
def _count_once(text: str, encoding: Encoding) -> int:
    return count_tokens(text, encoding)


def _dearest(record: ModelRecord, rates: Rates, prompt: int, output: int, *, regional: bool) -> Decimal:
    dearest_input = max(rates.input, rates.reading, rates.writing)
    factor = record.regional_factor if regional and record.regional_factor is not None else Decimal(1)
    return (prompt * dearest_input + output * rates.output) / _PER_MILLION * factor


def estimate(
    prompt_tokens: int, output_tokens: int, record: ModelRecord, day: date, service_tier: str | None, *, regional: bool
) -> tuple[TokenUsage, Decimal | None, Decimal | None]:
    """What an answer of which no usage is known has probably used: its tokens, the cost, and the least it can be.

    The least is the output that has been seen, without the prompt: what is known for certain.
    """
    tokens = TokenUsage(prompt_tokens, 0, 0, output_tokens, 0)
    cost = price_usage(tokens, record, day, service_tier, regional=regional)
    least = price_usage(TokenUsage(0, 0, 0, output_tokens, 0), record, day, service_tier, regional=regional)
    return tokens, cost.usd if cost else None, least.usd if least else None
