"""The simulator's facts and the product's catalogue come from different hands; where both know a model, they agree."""

from datetime import date
from pathlib import Path

from app.services.gen_ai.rules.catalog_file import CatalogFile, load_catalog_file
from app.services.gen_ai.rules.model_catalog import ModelRecord, WireProfile
from app.simulator.embeddings.request import MOST_TOKENS
from app.simulator.models import EMBEDDING_MODELS, MODELS, EmbeddingModel, Model
from app.vocabulary import ModelStatus
from tests.tables import each_line

_CATALOG: CatalogFile = load_catalog_file(Path(__file__).parents[2] / "app" / "data" / "models.yaml")
_PAIRS = [(simulated, record) for record in _CATALOG.models for simulated in MODELS if simulated.id == record.model_id]


def test_the_catalogue_has_no_model_that_is_not_simulated() -> None:
    """The simulator may know more: all that OpenAI offers."""
    simulated = {model.id for model in (*MODELS, *EMBEDDING_MODELS)}
    assert {record.model_id for record in _CATALOG.models} <= simulated


@each_line("simulated", EMBEDDING_MODELS)
def test_embedding_models_agree(simulated: EmbeddingModel) -> None:
    """In their limits, and in the vocabulary by which they count."""
    (record,) = [record for record in _CATALOG.models if record.model_id == simulated.id]
    assert (record.context_window, record.max_input_tokens) == (simulated.context_window, MOST_TOKENS)
    assert record.max_output_tokens == 0
    assert _CATALOG.request_profiles[record.request_profile].encoding == simulated.encoding


@each_line(("simulated", "record"), _PAIRS)
def test_limits_names_and_shutdown_agree(simulated: Model, record: ModelRecord) -> None:
    assert {*simulated.names} == {record.model_id, *record.snapshots}
    assert simulated.max_output_tokens == record.max_output_tokens
    assert simulated.context_window == record.context_window
    assert simulated.max_input_tokens == (record.max_input_tokens or record.context_window)
    assert simulated.shutdown == record.lifecycle.shutdown_on
    for day in (date(2025, 1, 1), date(2026, 11, 23), date(2027, 1, 14)):
        gone = record.lifecycle.status(day) is ModelStatus.SHUT_DOWN
        assert simulated.is_offered(day) is not gone


@each_line(("simulated", "record"), _PAIRS)
def test_what_a_request_may_contain_agrees(simulated: Model, record: ModelRecord) -> None:
    """On each wire; the product may leave one of them out."""
    profile = _CATALOG.request_profiles[record.request_profile]
    assert profile.instruction_role == "none" or profile.instruction_role in simulated.roles
    assert profile.encoding == simulated.encoding
    assert (profile.prompt_cache == "breakpoints") is (simulated.caching == "breakpoints")
    for told, wire in (
        (profile.chat_completions, simulated.chat_completions),
        (profile.responses, simulated.responses),
    ):
        if told is not None:
            assert told.reasoning_efforts == wire.efforts
            assert efforts_of(told, told.tools) == {*wire.tools}
            assert efforts_of(told, told.sampling) == {*wire.sampling}
            assert told.structured_output == "prompt" or told.structured_output in simulated.structured_output
            assert bool(told.verbosity) is simulated.verbosity


def efforts_of(told: WireProfile, rule: str | tuple[str, ...]) -> set[str]:
    """The efforts at which a rule of the catalogue lets something through."""
    match rule:
        case "always":
            return {*told.reasoning_efforts} or {"none"}
        case "never":
            return set()
        case efforts:
            return {*efforts}


@each_line(("simulated", "record"), _PAIRS)
def test_tiers_agree(simulated: Model, record: ModelRecord) -> None:
    """What has a price is served, and the other way round; `fast` is another name for priority."""
    priced = {tier.value for tier in record.prices[-1].service_tiers if not tier.value.startswith("window")}
    assert priced == simulated.tiers - {"default", "fast"}
