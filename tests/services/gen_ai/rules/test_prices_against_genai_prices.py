"""The shipped prices against the data of the package genai-prices, which is kept by other people."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from genai_prices import Usage, calc_price

from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage
from tests.fakes.gate import CATALOG_FILE
from tests.tables import each_line

TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTEXTS = {
    "default": None,
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast"},
    "batch": {"processing": "batch"},
}
USAGES = {
    "input": TokenUsage(1_000, 0, 0, 0, 0),
    "cached input": TokenUsage(0, 1_000, 0, 0, 0),
    "cache write": TokenUsage(0, 0, 1_000, 0, 0),
    "output": TokenUsage(0, 0, 0, 1_000, 0),
    "reasoning": TokenUsage(0, 0, 0, 0, 1_000),
    "everything": TokenUsage(4_321, 1_234, 567, 89, 1_011),
    "at the limit": TokenUsage(271_000, 500, 500, 700, 300),
    "beyond the limit": TokenUsage(271_001, 500, 500, 700, 300),
}


def _questions() -> Iterator[tuple[ModelRecord, str, TokenUsage]]:
    """Every model in every tier that it has a price for, with every usage that it can have."""
    for model in CATALOG_FILE.models:
        tiers = {"default", *model.prices[-1].service_tiers}
        for tier in CONTEXTS:
            if tier not in tiers and not (tier == "fast" and "priority" in tiers):
                continue
            for usage in USAGES.values():
                if usage.input_tokens <= model.context_window and (
                    not usage.cache_write or model.prices[-1].standard.cache_write is not None
                ):
                    yield model, tier, usage


QUESTIONS = list(_questions())


@each_line(("model", "tier", "usage"), QUESTIONS)
def test_what_we_charge_is_what_genai_prices_charges(model: ModelRecord, tier: str, usage: TokenUsage) -> None:
    """For each model, tier and kind of token, below and above the long-context limit."""
    oracle = calc_price(
        Usage(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.input_cached,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.output_tokens,
        ),
        model.model_id,
        provider_id="openai",
        genai_request_timestamp=TODAY,
        price_context=CONTEXTS[tier],
    )
    cost = price_usage(usage, model, TODAY.date(), tier)
    assert cost is not None
    assert cost.usd == oracle.total_price


def test_every_model_and_every_listed_tier_was_asked_for() -> None:
    """The comparison above leaves out nothing that has a price."""
    asked = {(model.model_id, tier) for model, tier, _ in QUESTIONS}
    listed = {(model.model_id, str(tier)) for model in CATALOG_FILE.models for tier in model.prices[-1].service_tiers}
    assert {model.model_id for model in CATALOG_FILE.models} == {model_id for model_id, _ in asked}
    assert listed <= asked


@pytest.mark.parametrize("snapshot", [snapshot for model in CATALOG_FILE.models for snapshot in model.snapshots])
def test_a_snapshot_costs_what_its_model_costs(snapshot: str) -> None:
    """genai-prices files each of our snapshots under the same model as we do."""
    ours = next(model.model_id for model in CATALOG_FILE.models if snapshot in model.snapshots)
    found = calc_price(Usage(input_tokens=1), snapshot, provider_id="openai", genai_request_timestamp=TODAY)
    assert found.model.id == ours
