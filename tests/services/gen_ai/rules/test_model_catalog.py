from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.errors import InvalidModelError
from app.services.gen_ai.rules.model_catalog import Lifecycle, ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.vocabulary import ModelStatus, ModelTier
from tests.fakes.gate import CATALOG_FILE, Gate
from tests.fakes.small_files import CATALOG as CATALOG_TEXT
from tests.fakes.small_files import changed, load_catalog, load_policies
from tests.tables import each_line

TODAY = datetime(2026, 11, 30, 12, tzinfo=UTC)
CATALOG = ModelCatalog(CATALOG_FILE, FixedClock(TODAY))


def test_the_shipped_catalogue_holds_the_line_up() -> None:
    """Today's four, those before them, the four that were asked for, the two that embed, and the baseline."""
    tiers = {record.model_id: record.tier for record in CATALOG_FILE.models}
    assert tiers == {
        "gpt-6-luna": ModelTier.MINI,
        "gpt-6.1-terra": ModelTier.STANDARD,
        "gpt-6.2-sol": ModelTier.ADVANCED,
        "gpt-6.2-astra": ModelTier.PREMIUM,
        "gpt-6-sol": ModelTier.ADVANCED,
        "gpt-6.1-sol": ModelTier.ADVANCED,
        "gpt-6-astra": ModelTier.PREMIUM,
        "gpt-5.6-sol": ModelTier.ADVANCED,
        "gpt-5.6-terra": ModelTier.STANDARD,
        "gpt-5.6-luna": ModelTier.MINI,
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
    "gpt-6.2-sol": ("2.00", "0.10", "2.50", "10.00", 1_050_000, 128_000),
    "gpt-6.2-astra": ("8.00", "0.40", "10.00", "40.00", 1_050_000, 128_000),
    "gpt-6-sol": ("2.00", "0.20", "2.50", "10.00", 1_050_000, 128_000),
    "gpt-5.6-sol": ("5.00", "0.50", "6.25", "30.00", 1_050_000, 128_000),
    "gpt-5.6-terra": ("2.00", "0.20", "2.50", "12.00", 1_050_000, 128_000),
    "gpt-5.6-luna": ("0.20", "0.02", "0.25", "1.20", 1_050_000, 128_000),
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
    """On 2026-11-30: gone, about to go, or here to stay."""
    config = CATALOG.config(model_id)
    assert (config.shutdown_on, config.status) == (shutdown_on, status)


def test_replacements_are_openais_and_models_that_stay() -> None:
    """Nobody is sent from one model that goes to another that goes, and a model that is not listed is never asked."""
    named = {record.model_id: record.lifecycle.replacement for record in CATALOG_FILE.models}
    assert {model_id: replacement for model_id, replacement in named.items() if replacement} == {
        "gpt-4o-mini": "gpt-6-luna",
        "gpt-4o": "gpt-6-luna",
        "gpt-4-turbo": "gpt-5.6-sol",
        "o1-preview": "o3",
        "gpt-4": "gpt-5.6-sol",
    }
    successors = {record.lifecycle.successor for record in CATALOG_FILE.models} - {None}
    assert {CATALOG.config(str(model_id)).status for model_id in successors} == {ModelStatus.ACTIVE}
    assert CATALOG.find("o3") is None


def test_a_default_whose_replacement_is_not_listed_gives_way_to_another_model(tmp_path: Path) -> None:
    """OpenAI's word is told, and the cheapest model that is there answers."""
    catalog = changed(CATALOG_TEXT, "replacement: large", "replacement: o3, replacement_listed: false")
    file = load_catalog(tmp_path, catalog)
    clock = FixedClock(datetime(2027, 1, 1, tzinfo=UTC))
    resolver = ModelResolver(ModelCatalog(file, clock), PolicyRegistry(load_policies(tmp_path, catalog=catalog)), clock)
    resolution = resolver.resolve("talk")
    assert (resolution.record.model_id, resolution.reason) == (
        "large", "the default small shut down on 2026-12-31; large is the cheapest allowed active model"
    )  # fmt: skip
    (denied,) = resolver.offer("talk").denied
    assert denied.reason == "it shut down on 2026-12-31; its replacement is o3, which is not in the catalogue"


RATES = {
    # model, tier, day: input, cached input, write for half an hour, write for twelve hours, output
    ("gpt-6.2-sol", "ultrafast", "2027-02-28"): "6.00 0.30 7.50 15.00 30.00",
    ("gpt-6.2-sol", "ultrafast", "2027-03-01"): "12.00 0.60 15.00 30.00 60.00",
    ("gpt-6.2-sol", "window_2h", "2026-11-30"): "1.40 0.07 1.75 3.50 7.00",
    ("gpt-6.1-terra", "window_8h", "2026-11-30"): "0.60 0.03 0.75 1.50 3.00",
    ("gpt-6.2-sol", "flex", "2026-11-30"): None,
    ("gpt-6.2-astra", "flex", "2026-11-30"): None,
    ("gpt-6.2-astra", "ultrafast", "2026-11-30"): None,
    ("gpt-6.1-sol", "ultrafast", "2026-10-07"): None,
    ("gpt-6.1-sol", "ultrafast", "2026-10-08"): "12.00 0.60 15.00 30.00 60.00",
    ("gpt-6-astra", "ultrafast", "2026-09-28"): None,
    ("gpt-6-astra", "ultrafast", "2026-09-29"): "60.00 6.00 75.00 150.00 300.00",
    ("gpt-6.1-sol", "flex", "2026-11-30"): "1.00 0.05 1.25 2.50 5.00",
    ("gpt-5.6-sol", "priority", "2026-11-10"): "8.00 0.80 10.00 20.00 40.00",
    ("gpt-4o", "flex", "2026-11-30"): None,
    ("gpt-4o", "priority", "2026-11-30"): "4.25 2.125 - - 17.00",
    ("gpt-4o-mini", "priority", "2026-11-30"): "0.25 0.125 - - 1.00",
    ("gpt-6-luna", "window_2h", "2026-11-30"): None,
}


@each_line(("asked", "published"), RATES.items())
def test_the_rates_of_a_tier_are_the_published_ones_or_none(asked: tuple[str, str, str], published: str | None) -> None:
    """No factor for all models: a tier that a model does not have, or not yet, has no price."""
    model_id, tier, day = asked
    period = CATALOG.record(model_id).price_on(date.fromisoformat(day))
    assert period is not None
    rates = period.rates(ServiceTier(tier), 1)
    expected = published and [None if rate == "-" else Decimal(rate) for rate in published.split()]
    found = rates and [rates.input, rates.cached_input, rates.cache_write, rates.cache_write_12h, rates.output]
    assert found == expected


def test_what_no_source_settles_is_said_in_the_entry() -> None:
    """Each model since 5.6 has its doubts; the models of before have none left."""
    doubts = {record.model_id: " ".join(record.unsettled) for record in CATALOG_FILE.models}
    for model_id, doubt in {
        "gpt-6.2-astra": "cache writes", "gpt-6.1-terra": "tools", "gpt-5.6-sol": "2026-11-21",
        "gpt-6-luna": "effort max", "gpt-6-sol": "background windows", "gpt-6-astra": "dated id",
        "gpt-6.2-sol": "Pacific",
    }.items():  # fmt: skip
        assert doubt in doubts[model_id]
    assert {model_id for model_id, doubt in doubts.items() if not doubt} == {
        "gpt-4o-mini", "gpt-4o", "gpt-4-turbo", "o1-preview", "gpt-4",
        "text-embedding-3-small", "text-embedding-3-large",
    }  # fmt: skip


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
    assert minis == ["gpt-6-luna", "gpt-5.6-luna", "gpt-4o-mini", "text-embedding-3-small"]


def test_before_its_first_price_a_model_shows_the_first_one() -> None:
    """A catalogue looked at on an earlier day still lists prices."""
    catalog = ModelCatalog(CATALOG_FILE, FixedClock(datetime(2020, 1, 1, tzinfo=UTC)))
    assert catalog.config("gpt-6-luna").input_price_per_1m == Decimal("0.10")
