"""Laws that hold for every model, tier and usage; hypothesis looks for an exception."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage, read_usage
from tests.fakes.gate import CATALOG_FILE

DAY = datetime(2026, 11, 23, tzinfo=UTC).date()
BUCKETS = [field.name for field in fields(TokenUsage)]
LIMIT = 272_000

models = st.sampled_from(CATALOG_FILE.models)
tiers = st.sampled_from([None, "default", "batch", "flex", "priority"])
counts = st.integers(min_value=0, max_value=2_000_000)
usages = st.builds(TokenUsage, counts, counts, counts, counts, counts, counts)
small_counts = st.integers(min_value=0, max_value=LIMIT // 8)
small_usages = st.builds(TokenUsage, small_counts, small_counts, small_counts, counts, counts, small_counts)


def usd(tokens: TokenUsage, model: ModelRecord, tier: str | None, *, regional: bool = False) -> Decimal | None:
    cost = price_usage(tokens, model, DAY, tier, regional=regional)
    return cost.usd if cost else None


@given(usages, st.booleans())
def test_the_buckets_add_up_to_what_was_reported(tokens: TokenUsage, responses: bool) -> None:  # noqa: FBT001  drawn
    """What is put into a usage object, in either API's names, is read out of it, token by token."""
    names = ("input", "output") if responses else ("prompt", "completion")
    usage = {
        f"{names[0]}_tokens": tokens.input_tokens,
        f"{names[1]}_tokens": tokens.output_tokens,
        "total_tokens": tokens.input_tokens + tokens.output_tokens,
        f"{names[0]}_tokens_details": {
            "cached_tokens": tokens.input_cached,
            "cache_write_tokens": tokens.cache_write + tokens.cache_write_12h,
            "cache_write_tokens_details": {
                "ttl_30m_tokens": tokens.cache_write,
                "ttl_12h_tokens": tokens.cache_write_12h,
            },
        },
        f"{names[1]}_tokens_details": {"reasoning_tokens": tokens.output_reasoning},
    }
    assert read_usage(usage) == tokens


@given(models, tiers, small_usages, small_usages)
def test_within_one_regime_costs_add_up(
    model: ModelRecord, tier: str | None, one: TokenUsage, other: TokenUsage
) -> None:
    """Below the long-context limit, two requests cost as much as one of their sum, to the picodollar."""
    parts = usd(one, model, tier), usd(other, model, tier)
    whole = usd(one + other, model, tier)
    assert whole == (None if None in parts else sum(part for part in parts if part is not None))


@given(models, tiers, usages, st.booleans())
def test_a_cost_is_whole_picodollars(model: ModelRecord, tier: str | None, tokens: TokenUsage, regional: bool) -> None:  # noqa: FBT001  drawn
    """So that the ledger can keep it exactly."""
    cost = usd(tokens, model, tier, regional=regional)
    assert cost is None or (cost * 10**12) % 1 == 0


@given(models, tiers, usages, st.sampled_from(BUCKETS), st.integers(min_value=1, max_value=LIMIT))
def test_more_tokens_never_cost_less(
    model: ModelRecord, tier: str | None, tokens: TokenUsage, bucket: str, more: int
) -> None:
    """In any bucket, also across the long-context limit. More cost more, but for the output of what embeds: it has
    none.
    """
    before = usd(tokens, model, tier)
    after = usd(replace(tokens, **{bucket: getattr(tokens, bucket) + more}), model, tier)
    free = bucket.startswith("output") and not model.max_output_tokens
    if before is None or after is None:
        assert before is after
    else:
        assert after == before if free else after > before


@given(models, usages)
def test_cheaper_tiers_are_never_dearer(model: ModelRecord, tokens: TokenUsage) -> None:
    """Batch costs at most, and priority at least, what the standard tier costs."""
    standard, batch, priority = (usd(tokens, model, tier) for tier in ("default", "batch", "priority"))
    assert standard is not None
    assert batch is None or batch <= standard
    assert priority is None or priority >= standard


@given(models, tiers, usages)
def test_a_region_adds_exactly_the_models_factor(model: ModelRecord, tier: str | None, tokens: TokenUsage) -> None:
    """And the price is still named by its model and day."""
    plain = price_usage(tokens, model, DAY, tier)
    regional = price_usage(tokens, model, DAY, tier, regional=True)
    factor = model.regional_factor or Decimal(1)
    usd = None if plain is None else (plain.usd, plain.read_saved_usd, plain.write_extra_usd)
    found = None if regional is None else (regional.usd, regional.read_saved_usd, regional.write_extra_usd)
    assert found == (None if usd is None else tuple(part * factor for part in usd))


@given(model=models, tier=tiers, tokens=usages, regional=st.booleans())
def test_without_a_cache_it_would_cost_what_caching_saved_more(
    model: ModelRecord, tier: str | None, tokens: TokenUsage, *, regional: bool
) -> None:
    """The same tokens as plain input: exactly, in every tier, also past the limit of a long context."""
    cost = price_usage(tokens, model, DAY, tier, regional=regional)
    uncached = TokenUsage(tokens.input_tokens, 0, 0, tokens.output_visible, tokens.output_reasoning)
    plain = price_usage(uncached, model, DAY, tier, regional=regional)
    if cost is not None:
        assert plain is not None
        assert plain.read_saved_usd == plain.write_extra_usd == 0
        assert plain.usd == cost.usd + cost.read_saved_usd - cost.write_extra_usd
