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
NOT_KNOWN_THERE = {"gpt-6.2-sol", "gpt-6.2-astra"}
"""Models that are newer than the package's data."""
ITS_DAY = {"gpt-5.6-sol": datetime(2026, 11, 21, 12, tzinfo=UTC)}
"""Days that it can be asked about; after this one nobody knows the price, and the catalogue has the dearer one."""
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
        if model.model_id in NOT_KNOWN_THERE:
            continue
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
    moment = ITS_DAY.get(model.model_id, TODAY)
    oracle = calc_price(
        Usage(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.input_cached,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.output_tokens,
        ),
        model.model_id,
        provider_id="openai",
        genai_request_timestamp=moment,
        price_context=CONTEXTS[tier],
    )
    cost = price_usage(usage, model, moment.date(), tier)
    assert cost is not None
    assert cost.usd == oracle.total_price


def test_every_model_and_every_listed_tier_was_asked_for() -> None:
    """The comparison above leaves out the models that the package does not know, and tiers it has no word for."""
    asked = {(model.model_id, tier) for model, tier, _ in QUESTIONS}
    known = [model for model in CATALOG_FILE.models if model.model_id not in NOT_KNOWN_THERE]
    listed = {(model.model_id, str(tier)) for model in known for tier in model.prices[-1].service_tiers}
    assert {model.model_id for model in known} == {model_id for model_id, _ in asked}
    assert {tier for _, tier in listed - asked} == {"ultrafast", "window_2h", "window_8h"}


@pytest.mark.parametrize("model_id", sorted(NOT_KNOWN_THERE))
def test_a_model_that_is_left_out_is_not_known_there(model_id: str) -> None:
    """Once a newer version knows it, it must be compared."""
    with pytest.raises(LookupError):
        calc_price(Usage(input_tokens=1), model_id, provider_id="openai", genai_request_timestamp=TODAY)


@pytest.mark.parametrize("snapshot", [snapshot for model in CATALOG_FILE.models for snapshot in model.snapshots])
def test_a_snapshot_costs_what_its_model_costs(snapshot: str) -> None:
    """genai-prices files each of our snapshots under the same model as we do."""
    ours = next(model.model_id for model in CATALOG_FILE.models if snapshot in model.snapshots)
    found = calc_price(Usage(input_tokens=1), snapshot, provider_id="openai", genai_request_timestamp=TODAY)
    assert found.model.id == ours
