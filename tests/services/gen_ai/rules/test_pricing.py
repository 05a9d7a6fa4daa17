from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.services.gen_ai.rules.pricing import Cost, TokenUsage, price_usage
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.small_files import load_catalog
from tests.tables import each_line

DAY = datetime(2026, 11, 23, tzinfo=UTC).date()
MODELS = {model.model_id: model for model in CATALOG_FILE.models}

# (input_uncached, input_cached, cache_write, output_visible, output_reasoning), and the cost in USD.
# The arithmetic is in USD per 1M tokens: 1_000 tokens at 0.15 are 1_000 x 0.15 / 1_000_000 = 0.00015 USD.
COSTS = [
    ("gpt-4o-mini", (1_000, 0, 0, 0, 0), "0.00015"),  # 1_000 x 0.15
    ("gpt-4o-mini", (0, 1_000, 0, 0, 0), "0.000075"),  # 1_000 x 0.075
    ("gpt-4o-mini", (0, 0, 0, 1_000, 0), "0.0006"),  # 1_000 x 0.60
    ("gpt-4o-mini", (752, 248, 0, 200, 0), "0.0002514"),  # 112.8 + 18.6 + 120 = 251.4 per million
    ("gpt-4o-mini", (1, 0, 0, 0, 0), "0.00000015"),  # one token
    ("gpt-4o-mini", (0, 0, 0, 0, 0), "0"),
    ("gpt-4o", (1_200, 800, 0, 500, 0), "0.009"),  # 1_200 x 2.5 + 800 x 1.25 + 500 x 10 = 9_000
    ("gpt-4-turbo", (1_000, 0, 0, 1_000, 0), "0.04"),  # 10_000 + 30_000
    ("gpt-4-turbo", (0, 1_000, 0, 0, 0), "0.01"),  # no rate for cached input: as input
    ("o1-preview", (1_000, 1_000, 0, 100, 900), "0.0825"),  # 15_000 + 7_500 + 1_000 x 60 = 82_500
    ("gpt-4", (1_000, 0, 0, 500, 0), "0.06"),  # 30_000 + 30_000
    ("gpt-4", (0, 500, 500, 0, 0), "0.03"),  # neither cached input nor cache writes have a rate: as input
    ("gpt-6-luna", (1_000, 1_000, 1_000, 1_000, 0), "0.000735"),  # 100 + 10 + 125 + 500
    ("gpt-6-luna", (0, 0, 0, 400, 600), "0.0005"),  # reasoning is billed as output
    ("gpt-6.1-terra", (1_000, 1_000, 1_000, 1_000, 0), "0.0073"),  # 1_000 + 50 + 1_250 + 5_000
    ("gpt-6.1-sol", (1_000, 1_000, 1_000, 1_000, 0), "0.0146"),  # 2_000 + 100 + 2_500 + 10_000
    ("gpt-6-astra", (1_000, 1_000, 1_000, 700, 300), "0.0735"),  # 10_000 + 1_000 + 12_500 + 50_000
]


@each_line(("model_id", "tokens", "usd"), COSTS)
def test_the_cost_is_exact(model_id: str, tokens: tuple[int, int, int, int, int], usd: str) -> None:
    """Every kind of token of every model, by hand."""
    cost = price_usage(TokenUsage(*tokens), MODELS[model_id], DAY)
    assert cost is not None
    assert cost.usd == Decimal(usd)


LIMIT = [
    # At 272_000 input tokens the standard rates hold; one more, and input x 2, output x 1.5 for the WHOLE request.
    (TokenUsage(272_000, 0, 0, 1_000, 0), "0.0277"),  # 272_000 x 0.10 + 1_000 x 0.50
    (TokenUsage(272_001, 0, 0, 1_000, 0), "0.0551502"),  # 272_001 x 0.20 + 1_000 x 0.75
    (TokenUsage(0, 272_000, 0, 1_000, 0), "0.00322"),  # 272_000 x 0.01 + 500
    (TokenUsage(1, 272_000, 0, 1_000, 0), "0.0061902"),  # 1 x 0.20 + 272_000 x 0.02 + 750
    (TokenUsage(0, 0, 272_001, 0, 0), "0.06800025"),  # 272_001 x 0.25
    (TokenUsage(272_000, 0, 0, 128_000, 0), "0.0912"),  # output does not count: 27_200 + 64_000
]


@pytest.mark.parametrize(("tokens", "usd"), LIMIT)
def test_a_long_context_makes_the_whole_request_dearer(tokens: TokenUsage, usd: str) -> None:
    """Exactly at the limit and one token past it; cached and written tokens count towards it."""
    cost = price_usage(tokens, MODELS["gpt-6-luna"], DAY)
    assert cost is not None
    assert cost.usd == Decimal(usd)


def test_models_without_a_long_context_price_have_one_price() -> None:
    """gpt-4o costs the same at any length."""
    cost = price_usage(TokenUsage(300_000, 0, 0, 0, 0), MODELS["gpt-4o"], DAY)
    assert cost is not None
    assert cost.usd == Decimal("0.75")


# 1_000 of each: input 100 + cached 10 + written 125 + output 500 = 735 per million for gpt-6-luna at the standard tier.
TIERS = [
    ("gpt-6-luna", None, "0.000735"),  # a server that names no tier has only one
    ("gpt-6-luna", "default", "0.000735"),
    ("gpt-6-luna", "auto", "0.000735"),
    ("gpt-6-luna", "batch", "0.0003675"),  # x 0.5
    ("gpt-6-luna", "flex", "0.0003675"),
    ("gpt-6-luna", "priority", "0.00147"),  # x 2
    ("gpt-6-luna", "fast", "0.00147"),  # the newer name of priority
    ("gpt-4o-mini", "batch", "0.000525"),  # 75 + 75 + 75 (written as input) + 300: rates of its own
    ("gpt-4o-mini", "priority", "0.001625"),  # 250 + 125 + 250 + 1_000
    ("gpt-4o-mini", "flex", None),  # no such price is published
    ("gpt-4-turbo", "batch", "0.03"),  # (10_000 x 3 + 30_000) x 0.5
    ("gpt-4-turbo", "priority", None),
    ("o1-preview", "batch", None),
    ("gpt-6-luna", "scale", None),  # bought in advance: what one request costs is not known
    ("gpt-6-luna", "turbo", None),
    ("gpt-6-luna", "", "0.000735"),
    ("gpt-6-luna", "standard", "0.000735"),
    ("gpt-6-luna", "PRIORITY", None),
]


@each_line(("model_id", "tier", "usd"), TIERS)
def test_the_tier_that_the_answer_names_decides(model_id: str, tier: str | None, usd: str | None) -> None:
    """A tier without a known price makes the cost unknown, never the standard price."""
    cost = price_usage(TokenUsage(1_000, 1_000, 1_000, 1_000, 0), MODELS[model_id], DAY, tier)
    assert (cost.usd if cost else None) == (Decimal(usd) if usd else None)


def test_tier_and_long_context_multiply() -> None:
    """A flex request past the limit: (300_000 x 0.10 x 2 + 1_000 x 0.50 x 1.5) x 0.5 per million."""
    cost = price_usage(TokenUsage(300_000, 0, 0, 1_000, 0), MODELS["gpt-6-luna"], DAY, "flex")
    assert cost is not None
    assert cost.usd == Decimal("0.030375")


def test_regional_processing_multiplies_by_the_models_factor() -> None:
    """Ten percent more where a model has a factor, nothing where it has none, and exactly so."""
    tokens = TokenUsage(1, 1, 1, 1, 0)
    luna = price_usage(tokens, MODELS["gpt-6-luna"], DAY, regional=True)
    gpt4 = price_usage(tokens, MODELS["gpt-4"], DAY, regional=True)
    factor = Decimal("1.1")
    caching = Decimal("0.00000009") * factor, Decimal("0.000000025") * factor
    assert luna == Cost(Decimal("0.000000735") * factor, "gpt-6-luna@2026-09-22", *caching)
    assert gpt4 == Cost(Decimal("0.00015"), "gpt-4@2023-06-13")


def test_before_the_first_price_the_cost_is_unknown() -> None:
    """The day before a price was published, there is none."""
    tokens = TokenUsage(1_000, 0, 0, 0, 0)
    assert price_usage(tokens, MODELS["gpt-6-luna"], date(2026, 9, 21)) is None
    assert price_usage(tokens, MODELS["gpt-6-luna"], date(2026, 9, 22)) is not None


def test_a_price_changes_at_midnight_utc_and_names_its_day(tmp_path: Path) -> None:
    """The last day of the old price and the first of the new one; each cost names the price it was made with."""
    small = load_catalog(tmp_path).models[0]
    tokens = TokenUsage(1_000_000, 0, 0, 1_000_000, 0)
    assert price_usage(tokens, small, date(2026, 5, 31)) == Cost(Decimal(3), "small@2026-01-01")
    assert price_usage(tokens, small, date(2026, 6, 1)) == Cost(Decimal(2), "small@2026-06-01")


def test_a_tier_of_a_later_period_has_no_price_before(tmp_path: Path) -> None:
    """Each period knows its own tiers."""
    small = load_catalog(tmp_path).models[0]
    tokens = TokenUsage(1_000_000, 0, 0, 0, 0)
    assert price_usage(tokens, small, date(2026, 5, 31), "batch") is None
    assert price_usage(tokens, small, date(2026, 6, 1), "batch") == Cost(Decimal("0.25"), "small@2026-06-01")
