"""What a bill comes to, by plain arithmetic on the catalogue's file: nothing of the product's own pricing is used."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_CATALOGUE = Path(__file__).parents[2] / "app" / "data" / "models.yaml"
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_STANDARD = ("default", "auto", None)
_NAMES = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))

Rates = Mapping[str, Decimal]
"""USD per million tokens, for `input`, `cached_input`, `cache_write`, `cache_write_12h` and `output`."""


def price(model: str, service_tier: str | None, usage: Mapping[str, Any], day: str) -> Decimal | None:
    """USD for one answer on a day (YYYY-MM-DD); None where no price is known, or the usage contradicts itself."""
    tokens = used(usage)
    prompt, completion = tokens["input_tokens"], tokens["output_tokens"]
    cached, written, long = (
        tokens[name] for name in ("cached_input_tokens", "cache_write_tokens", "cache_write_12h_tokens")
    )
    rates = _rates(model, service_tier, prompt, day)
    if rates is None or cached + written > prompt:
        return None
    millionths: Decimal = (
        (prompt - cached - written) * rates["input"]
        + cached * rates["cached_input"]
        + (written - long) * rates["cache_write"]
        + long * rates["cache_write_12h"]
        + completion * rates["output"]
    )
    return millionths / 1_000_000


def used(usage: Mapping[str, Any]) -> Mapping[str, int]:
    """Tokens by the names that the ledger gives them, of a usage of Chat Completions or of Responses."""
    prompt, completion = next(names for names in _NAMES if names[0] in usage)
    inputs, outputs = (usage.get(f"{name}_details") or {} for name in (prompt, completion))
    return {
        "input_tokens": usage[prompt],
        "output_tokens": usage[completion],
        "cached_input_tokens": inputs.get("cached_tokens") or 0,
        "cache_write_tokens": inputs.get("cache_write_tokens") or 0,
        "cache_write_12h_tokens": (inputs.get("cache_write_tokens_details") or {}).get("ttl_12h_tokens") or 0,
        "reasoning_tokens": outputs.get("reasoning_tokens") or 0,
    }


def _rates(model: str, service_tier: str | None, prompt: int, day: str) -> Rates | None:
    periods = [period for period in _periods(model) if str(period["valid_from"]) <= day]
    if not periods:
        return None
    period = max(periods, key=lambda found: str(found["valid_from"]))
    rates = _decimals(period["standard"])
    if service_tier not in _STANDARD:
        tier = period["service_tiers"].get("priority" if service_tier == "fast" else service_tier)
        if tier is None:
            return None
        rates = _decimals(tier)
    longer = period.get("long_context")
    if longer and prompt > longer["above_input_tokens"]:
        factors = {"output": _exact(longer["output_factor"])}
        rates = {name: rate * factors.get(name, _exact(longer["input_factor"])) for name, rate in rates.items()}
    return rates


def _decimals(stated: Mapping[str, float]) -> Rates:
    """Where a model has no rate of its own for cached input or cache writes, they cost as input does."""
    as_input = dict.fromkeys(("cached_input", "cache_write", "cache_write_12h"), stated["input"])
    every = {**as_input, **stated}
    return {name: _exact(rate) for name, rate in every.items()}


def _exact(number: float) -> Decimal:
    """As it is written in the file."""
    return Decimal(str(number))


def _periods(model: str) -> list[dict[str, Any]]:
    for entry in _models():
        names = (entry["model_id"], *entry["snapshots"])
        if model in names or (entry.get("dated_snapshots") and _DATED.sub("", model) == entry["model_id"]):
            found: list[dict[str, Any]] = entry["prices"]
            return found
    return []


@cache
def _models() -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = yaml.safe_load(_CATALOGUE.read_text(encoding="utf-8"))["models"]
    return models
