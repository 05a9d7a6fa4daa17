"""What litellm, genai-prices and the SDK say of OpenAI's models, read in an environment of their own: JSON out.

It is a program of its own, on the standard library and genai-prices alone, because litellm and the SDK cannot stand
beside each other with what they need. Nothing of litellm and of the SDK is run: their files are read.

Usage: `python catalog_packages.py 2026-11-30`, the day (UTC) whose prices are meant. Rates are USD per 1M tokens, as
decimal strings; a tier's rates for a longer prompt stand under `above_<tokens>`.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

_MILLION = Decimal(1_000_000)
_PRICE_MAP = "litellm/model_prices_and_context_window_backup.json"
_LITELLM_RATE = re.compile(
    r"(?P<what>input_cost_per_token|output_cost_per_token|cache_read_input_token_cost|cache_creation_input_token_cost)"
    r"(?P<long>_above_12hr)?(_above_(?P<above>\d+)k_tokens)?(_(?P<tier>flex|priority|batches|ultrafast))?"
)
"""The names of litellm's keys. What is asked on /v1/decisions has others, which are not ours."""
_RATES = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write",
    "output_cost_per_token": "output",
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
    "output_mtok": "output",
}
_GENAI_CONTEXTS = {
    "default": {"service_tier": "default"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast"},
    "ultrafast": {"service_tier": "ultrafast"},
    "batch": {"processing": "batch"},
}

Rates = dict[str, dict[str, Any]]


def _text(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def _put(rates: Rates, tier: str, above: int | None, name: str, rate: Decimal) -> None:
    of_tier = rates.setdefault(tier, {})
    (of_tier if above is None else of_tier.setdefault(f"above_{above}", {}))[name] = _text(rate)


# --- litellm ---------------------------------------------------------------------------------------------------


def _litellm() -> dict[str, Any]:
    path = Path(str(distribution("litellm").locate_file(_PRICE_MAP)))
    entries = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return {
        name: _litellm_model(entry)
        for name, entry in entries.items()
        if entry.get("litellm_provider") == "openai" and entry.get("mode") in {"chat", "responses", "embedding"}
    }


def _litellm_model(entry: dict[str, Any]) -> dict[str, Any]:
    said = {
        "max_input_tokens": entry.get("max_input_tokens"),
        "max_output_tokens": entry.get("max_output_tokens"),
        "dimensions": entry.get("output_vector_size"),
        "shutdown": entry.get("deprecation_date"),
        "replacement": entry.get("successor_model"),
        "efforts": _litellm_efforts(entry) if entry.get("supports_reasoning") else None,
        "caching": "breakpoints" if entry.get("supports_prompt_cache_breakpoint") else None,
        "endpoints": entry.get("supported_endpoints"),
    }
    return {"mode": entry["mode"], "rates": _litellm_rates(entry)} | {k: v for k, v in said.items() if v is not None}


def _litellm_efforts(entry: dict[str, Any]) -> list[str]:
    """What reasons has the three middle ones; the others have a flag each."""
    middle = ["low", "medium", "high"]
    first = [name for name in ("none", "minimal") if entry.get(f"supports_{name}_reasoning_effort")]
    return first + middle + [name for name in ("xhigh", "max") if entry.get(f"supports_{name}_reasoning_effort")]


def _litellm_rates(entry: dict[str, Any]) -> Rates:
    rates: Rates = {}
    for key, value in entry.items():
        found = _LITELLM_RATE.fullmatch(key)
        if found is None or value is None:
            continue
        name = _RATES[found["what"]] + ("_12h" if found["long"] else "")
        tier = {None: "default", "batches": "batch"}.get(found["tier"], found["tier"])
        above = None if found["above"] is None else int(found["above"]) * 1000
        _put(rates, tier, above, name, Decimal(value) * _MILLION)
    return rates


# --- genai-prices ----------------------------------------------------------------------------------------------


def _genai_prices(moment: datetime) -> dict[str, Any]:
    providers = import_module("genai_prices.data").providers
    (openai,) = (provider for provider in providers if provider.id == "openai")
    return {model.id: _genai_model(model, moment) for model in openai.models}


def _genai_model(model: Any, moment: datetime) -> dict[str, Any]:  # noqa: ANN401  a type of a package that is not here
    rates: Rates = {}
    told = {tuple(variant.when.items()) for variant in model.price_variants or ()}
    for tier, context in _GENAI_CONTEXTS.items():
        if tier == "default" or tuple(context.items()) in told:
            for name, above, rate in _genai_rates(model.get_prices(moment, context)):
                _put(rates, tier, above, name, rate)
    said = {"rates": rates, "rates_on": _genai_history(model), "context_window": model.context_window}
    return {name: fact for name, fact in said.items() if fact is not None and fact != {}} | {"rates": rates}


def _genai_history(model: Any) -> Rates:  # noqa: ANN401  as above
    """The standard rates on the first day of each price, and on the day before, by that day."""
    periods = model.prices if isinstance(model.prices, list) else ()
    starts = [start for period in periods if (start := getattr(period.constraint, "start_date", None)) is not None]
    rates: Rates = {}
    for day in sorted({day for start in starts for day in (start - timedelta(days=1), start)}):
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for name, above, rate in _genai_rates(model.get_prices(moment)):
            if above is None:
                _put(rates, day.isoformat(), None, name, rate)
    return rates


def _genai_rates(prices: Any) -> Iterator[tuple[str, int | None, Decimal]]:  # noqa: ANN401  as above
    for key, price in vars(prices).items():
        name = _RATES.get(key)
        if name is None or price is None:
            continue
        if isinstance(price, Decimal):
            yield name, None, price
            continue
        yield name, None, price.base
        for tier in price.tiers:
            yield name, tier.start, tier.price


# --- the SDK ---------------------------------------------------------------------------------------------------


def _sdk() -> list[str]:
    """The ids in the SDK's `ChatModel`."""
    path = Path(str(distribution("openai").locate_file("openai/types/shared/chat_model.py")))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(r"[a-z]+[\w.-]*\d", node.value)
    ]


def main() -> None:
    """Writes the versions, and what each package says by the model's id."""
    moment = datetime.fromisoformat(sys.argv[1]).replace(tzinfo=UTC)
    said = {
        "versions": {name: version(name) for name in ("litellm", "genai-prices", "openai")},
        "litellm": _litellm(),
        "genai-prices": _genai_prices(moment),
        "openai": _sdk(),
    }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
