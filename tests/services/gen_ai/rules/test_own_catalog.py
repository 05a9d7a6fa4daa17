"""A catalogue of one's own: it adds to the delivered one, in a few lines, and says where it is wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.errors import ConfigurationError
from app.services.gen_ai.rules.catalog_file import DELIVERED, CatalogFile, load_catalog_file
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.pricing import Cost, TokenUsage, price_usage
from app.services.gen_ai.rules.service_policy import PolicyFile, PolicyRegistry
from app.vocabulary import ModelCapability, Wire
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE
from tests.fakes.small_files import CATALOG, changed, load_catalog, write

OWN = """\
extends: delivered
models:
  - model_id: qwen3-32b
    tier: STANDARD
    context_window: 32768
    prices: free
"""
USAGE = TokenUsage(1_000, 100, 50, 300, 20, 5)
DAY = date(2026, 11, 30)


def load(folder: Path, text: str = OWN) -> CatalogFile:
    return load_catalog_file(write(folder, "own.yaml", text))


def resolver(file: CatalogFile, policies: PolicyFile = POLICY_FILE) -> ModelResolver:
    clock = FixedClock(datetime(2026, 11, 30, 12, tzinfo=UTC))
    return ModelResolver(ModelCatalog(file, clock), PolicyRegistry(policies), clock)


def test_a_model_of_a_few_lines_stands_beside_the_delivered_ones(tmp_path: Path) -> None:
    """And every service of its tier may choose it; what the lines do not say is what compatible servers take."""
    file = load(tmp_path)
    own, *delivered = file.models
    assert delivered == list(CATALOG_FILE.models)
    assert own.max_output_tokens == own.context_window == 32_768
    assert ModelCapability.FUNCTION_CALLING in own.capabilities
    profile = file.request_profiles[own.request_profile]
    assert (profile.token_limit, profile.instruction_role, profile.reasoning_effort) == ("max_tokens", "system", None)
    on_responses = profile.on(Wire.RESPONSES)
    assert on_responses is not None
    assert on_responses.structured_output == "prompt"
    for service in ("strategy_builder", "narrative_report", "chatops_advanced"):
        assert resolver(file).resolve(service, "qwen3-32b").record is own


def test_an_entry_and_a_profile_of_the_same_name_replace_the_delivered_ones(tmp_path: Path) -> None:
    """Here the deployment of somebody else, at a price of its own; all other models stay as they are."""
    text = """\
extends: delivered
request_profiles:
  gpt-4o:
    instruction_role: system
    token_limit: max_tokens
    streaming: false
    encoding: o200k_base
    chat_completions: {tools: never, sampling: always, structured_output: prompt}
models:
  - model_id: gpt-4o
    tier: STANDARD
    context_window: 128000
    request_profile: gpt-4o
    openai_fields: true
    sources: [https://example.com/prices]
    prices:
      - valid_from: 2026-01-01
        standard: {input: 3, output: 12}
"""
    file = load(tmp_path, text)
    named = {model.model_id: model for model in file.models}
    assert len(named) == len(file.models) == len(CATALOG_FILE.models)
    assert named["gpt-4o"].openai_fields is True
    assert named["gpt-4o-mini"].openai_fields is None
    assert price_usage(TokenUsage(1_000_000, 0, 0, 0, 0), named["gpt-4o"], DAY) == Cost(Decimal(3), "gpt-4o@2026-01-01")
    assert not file.request_profiles["gpt-4o"].streaming
    assert file.request_profiles["gpt-6"] == CATALOG_FILE.request_profiles["gpt-6"]


def test_what_is_free_costs_nothing_and_that_is_known(tmp_path: Path) -> None:
    """0 USD with the name of its price, on any day; a tier that a free server does not have is not known."""
    own = load(tmp_path).models[0]
    assert price_usage(USAGE, own, DAY) == Cost(Decimal(0), "qwen3-32b@1970-01-01")
    assert price_usage(USAGE, own, DAY, "priority") is None


@pytest.mark.parametrize("line", ["    prices: unpriced\n", ""])
def test_what_nobody_knows_the_price_of_is_unpriced_and_not_free(tmp_path: Path, line: str) -> None:
    """A service may use it only where its policy allows what has no price."""
    file = load(tmp_path, changed(OWN, "    prices: free\n", line))
    own = file.models[0]
    assert price_usage(USAGE, own, DAY) is None
    assert own.on(DAY).input_price_per_1m is None
    denied = {found.config.model_id: found.reason for found in resolver(file).offer("strategy_builder").denied}
    assert denied["qwen3-32b"] == "it has no known price"
    allowing = tuple(policy.model_copy(update={"unpriced": "allow"}) for policy in POLICY_FILE.services)
    policies = POLICY_FILE.model_copy(update={"services": allowing})
    assert resolver(file, policies).resolve("strategy_builder", "qwen3-32b").record is own


WRONG = {
    "a tier that is none": ("tier: STANDARD", "tier: HUGE", 4, "models[0].tier", "'MINI'"),
    "a window that is no number": ("32768", "wide", 5, "models[0].context_window", "integer"),
    "prices in a word that is none": ("prices: free", "prices: cheap", 6, "models[0].prices", "`free`, or `unpriced`"),
    "a profile that is nowhere": ("prices: free", "request_profile: llama", 6,
                                  "models[0].request_profile", "no request"),
    "the name of a delivered snapshot": ("qwen3-32b", "gpt-4o-2024-11-20", 3, "models[0].model_id", "stands twice"),
    "a delivered name as snapshot": ("prices: free", "snapshots: [gpt-6-luna]", 6,
                                     "models[0].snapshots", "stands twice"),
    "an id that is none": ("model_id: qwen3-32b", "model_id: [x]", 3, "models[0].model_id", "string"),
    "no models": (OWN[OWN.index("models:") :], "models:\n", 2, "models", "tuple"),
    "profiles that are a list": ("models:", "request_profiles: []\nmodels:", 2, "request_profiles", "dictionary"),
    "an unknown catalogue": ("extends: delivered", "extends: yesterday", 1, "extends", "'delivered'"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "expectation"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_names_the_file_of_ones_own(
    tmp_path: Path, *, old: str, new: str, line: int, key: str, expectation: str
) -> None:
    """Its line and its key, and nothing of the delivered file; one mistake is one line."""
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, changed(OWN, old, new))
    first = next(complaint for complaint in caught.value.detail.splitlines() if expectation in complaint)
    assert first.startswith(f"{tmp_path / 'own.yaml'}, line {line}, {key}: ")
    assert str(DELIVERED) not in caught.value.detail


def test_a_file_that_extends_nothing_stands_alone(tmp_path: Path) -> None:
    """As ever: what it does not list is not known."""
    assert [model.model_id for model in load_catalog(tmp_path, CATALOG).models] == ["small", "large"]


def test_a_file_that_forgets_to_extend_is_told_how(tmp_path: Path) -> None:
    """Without profiles, and without the word that would bring them."""
    with pytest.raises(ConfigurationError, match="say `extends: delivered`"):
        load(tmp_path, OWN.replace("extends: delivered\n", ""))
