from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.clock import FixedClock
from app.errors import InvalidModelError
from app.services.gen_ai.rules.model_catalog import Lifecycle, ModelCatalog
from app.vocabulary import ModelStatus, ModelTier
from tests.fakes.gate import CATALOG_FILE, Gate
from tests.tables import each_line

TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
CATALOG = ModelCatalog(CATALOG_FILE, FixedClock(TODAY))


def test_the_shipped_catalogue_holds_the_line_up() -> None:
    """Today's four, the four that were asked for, the two that embed, and the baseline."""
    tiers = {record.model_id: record.tier for record in CATALOG_FILE.models}
    assert tiers == {
        "gpt-6-luna": ModelTier.MINI,
        "gpt-6.1-terra": ModelTier.STANDARD,
        "gpt-6.1-sol": ModelTier.ADVANCED,
        "gpt-6-astra": ModelTier.PREMIUM,
        "gpt-4o-mini": ModelTier.MINI,
        "gpt-4o": ModelTier.STANDARD,
        "gpt-4-turbo": ModelTier.ADVANCED,
        "o1-preview": ModelTier.PREMIUM,
        "text-embedding-3-small": ModelTier.MINI,
        "text-embedding-3-large": ModelTier.STANDARD,
        "gpt-4": None,
    }


FIGURES = {
    # model: input, cached input, cache write, output (USD per 1M tokens), context window, largest output (tokens)
    "gpt-4o-mini": ("0.15", "0.075", None, "0.60", 128_000, 16_384),
    "gpt-4o": ("2.50", "1.25", None, "10.00", 128_000, 16_384),
    "gpt-4-turbo": ("10.00", None, None, "30.00", 128_000, 4_096),
    "o1-preview": ("15.00", "7.50", None, "60.00", 128_000, 32_768),
    "gpt-4": ("30.00", None, None, "60.00", 8_192, 8_192),
    "gpt-6-luna": ("0.10", "0.01", "0.125", "0.50", 1_050_000, 128_000),
    "gpt-6.1-terra": ("1.00", "0.05", "1.25", "5.00", 1_050_000, 128_000),
    "gpt-6.1-sol": ("2.00", "0.10", "2.50", "10.00", 1_050_000, 128_000),
    "gpt-6-astra": ("10.00", "1.00", "12.50", "50.00", 1_050_000, 128_000),
    "text-embedding-3-small": ("0.02", None, None, "0", 8_192, 0),
    "text-embedding-3-large": ("0.13", None, None, "0", 8_192, 0),
}


@each_line("model_id", FIGURES)
def test_the_shipped_figures_are_the_published_ones(model_id: str) -> None:
    """Prices and limits of each model as it stands today; None where there is no such price."""
    config = CATALOG.config(model_id)
    prices = (
        config.input_price_per_1m,
        config.cached_input_price_per_1m,
        config.cache_write_price_per_1m,
        config.output_price_per_1m,
    )
    *published, context_window, max_tokens = FIGURES[model_id]
    assert list(prices) == [None if price is None else Decimal(price) for price in published]
    assert (config.context_window, config.max_tokens) == (context_window, max_tokens)
    assert config.description


SHUTDOWNS = {
    "o1-preview": (date(2025, 7, 28), ModelStatus.SHUT_DOWN),
    "gpt-4-turbo": (date(2026, 10, 23), ModelStatus.SHUT_DOWN),
    "gpt-4": (date(2026, 10, 23), ModelStatus.SHUT_DOWN),
    "gpt-4o": (date(2027, 1, 14), ModelStatus.DEPRECATED),
    "gpt-4o-mini": (date(2027, 1, 14), ModelStatus.DEPRECATED),
    "gpt-6-luna": (None, ModelStatus.ACTIVE),
    "gpt-6-astra": (None, ModelStatus.ACTIVE),
}


@pytest.mark.parametrize(("model_id", "shutdown_on", "status"), [(key, *value) for key, value in SHUTDOWNS.items()])
def test_each_model_knows_its_end(model_id: str, shutdown_on: date | None, status: ModelStatus) -> None:
    """On 2026-11-23: gone, about to go, or here to stay."""
    config = CATALOG.config(model_id)
    assert (config.shutdown_on, config.status) == (shutdown_on, status)


def test_replacements_are_models_that_stay() -> None:
    """Nobody is sent from one model that goes to another that goes."""
    for record in CATALOG_FILE.models:
        if record.lifecycle.replacement is not None:
            assert CATALOG.config(record.lifecycle.replacement).status is ModelStatus.ACTIVE


def test_a_model_stops_at_midnight_utc_of_its_last_day() -> None:
    """The clock decides, without a restart."""
    gate = Gate.build(now=datetime(2027, 1, 13, 23, 59, 59, tzinfo=UTC))
    assert gate.catalog.config("gpt-4o").status is ModelStatus.DEPRECATED
    gate.clock.move_to(datetime(2027, 1, 14, tzinfo=UTC))
    assert gate.catalog.config("gpt-4o").status is ModelStatus.SHUT_DOWN


DAY = date(2026, 11, 23)
STATUSES = {
    "nothing announced": (Lifecycle(), ModelStatus.ACTIVE),
    "shutdown announced": (Lifecycle(shutdown_on=date(2026, 11, 24)), ModelStatus.DEPRECATED),
    "shut down today": (Lifecycle(shutdown_on=DAY), ModelStatus.SHUT_DOWN),
    "deprecated today": (Lifecycle(deprecated_on=DAY), ModelStatus.DEPRECATED),
    "deprecated later": (Lifecycle(deprecated_on=date(2026, 12, 1)), ModelStatus.ACTIVE),
    "both later": (Lifecycle(deprecated_on=date(2026, 12, 1), shutdown_on=date(2027, 1, 1)), ModelStatus.ACTIVE),
}


@pytest.mark.parametrize(("lifecycle", "status"), STATUSES.values(), ids=STATUSES.keys())
def test_a_lifecycle_is_read_on_a_day(lifecycle: Lifecycle, status: ModelStatus) -> None:
    """A model is deprecated from the announced day on, or at once where only its end is known."""
    assert lifecycle.status(DAY) is status


def test_a_snapshot_leads_to_its_model() -> None:
    """An answer names a dated snapshot; every listed one, and every id, is found."""
    for record in CATALOG_FILE.models:
        for name in (record.model_id, *record.snapshots):
            assert CATALOG.find(name) is record
    for snapshot, model_id in {"gpt-4o-mini-2024-07-18": "gpt-4o-mini", "gpt-4o-2024-11-20": "gpt-4o"}.items():
        found = CATALOG.find(snapshot)
        assert found is not None
        assert found.model_id == model_id


@pytest.mark.parametrize("name", [None, "", "gpt-4o-2024-05-13", "gpt-4o-mini-tts", "llama-3"])
def test_a_name_that_is_not_listed_leads_nowhere(name: str | None) -> None:
    """No prefix is guessed: gpt-4o-2024-05-13 had another price than gpt-4o."""
    assert CATALOG.find(name) is None


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    """It is the caller's mistake (400), and the message helps."""
    with pytest.raises(InvalidModelError, match="Model gpt-7 is not in the catalogue; known: gpt-6-luna, ") as caught:
        CATALOG.config("gpt-7")
    assert caught.value.status == 400


def test_the_list_of_models_leaves_the_baseline_out() -> None:
    """gpt-4 is priced, but nobody may choose it."""
    assert {config.model_id for config in CATALOG.configs()} == FIGURES.keys() - {"gpt-4"}
    minis = [config.model_id for config in CATALOG.configs(ModelTier.MINI)]
    assert minis == ["gpt-6-luna", "gpt-4o-mini", "text-embedding-3-small"]


def test_before_its_first_price_a_model_shows_the_first_one() -> None:
    """A catalogue looked at on an earlier day still lists prices."""
    catalog = ModelCatalog(CATALOG_FILE, FixedClock(datetime(2020, 1, 1, tzinfo=UTC)))
    assert catalog.config("gpt-6-luna").input_price_per_1m == Decimal("0.10")
