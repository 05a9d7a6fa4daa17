from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.errors import ConfigurationError, UnknownServiceError
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyRegistry, ServiceModelPolicy, load_policy_file
from app.vocabulary import ModelCapability, ModelStatus, ModelTier
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE
from tests.fakes.small_files import CATALOG, POLICIES, changed, load_policies, write

SHIPPED = PolicyRegistry(POLICY_FILE)

BROKEN = {
    "an unknown key": ("    default_model: small", "    colour: red\n    default_model: small",
                       "line 4, services[0].colour", "not permitted"),
    "a missing default": ("    default_model: small\n", "", "line 2, services[0].default_model", "Field required"),
    "an unknown tier": ("[MINI, PREMIUM]", "[MINI, HUGE]", "line 3, services[0].allowed_tiers[1]", "'MINI'"),
    "no tier": ("[MINI, PREMIUM]", "[]", "line 3, services[0].allowed_tiers", "at least 1"),
    "no capability": ("[CHAT]", "[]", "line 5, services[0].required_capabilities", "at least 1"),
    "a name with blanks": ("service_name: talk", "service_name: Talk to me", "line 2, services[0].service_name",
                           "match pattern"),
    "two policies of a service": ("service_name: think", "service_name: talk", "the whole file", "talk stands twice"),
    "no services": (POLICIES, "services: []", "line 1, services", "at least 1"),
    "an unknown default": ("default_model: small", "default_model: huge", "talk: the default model huge cannot be used",
                           "not in the catalogue"),
    "a snapshot as default": ("default_model: small", "default_model: small-1", "talk", "not in the catalogue"),
    "a default of a forbidden tier": ("default_model: large", "default_model: small",
                                      "think: the default model small cannot be used", "tier MINI is not among"),
    "an incapable default": ("required_capabilities: [CHAT]", "required_capabilities: [CHAT, VISION]", "talk",
                             "it lacks VISION"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "expectation"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_policy_file_says_where_it_is_broken(
    tmp_path: Path, old: str, new: str, place: str, expectation: str
) -> None:
    """The message names the file, the place in it, and what was expected there."""
    with pytest.raises(ConfigurationError) as caught:
        load_policies(tmp_path, changed(POLICIES, old, new))
    assert caught.value.detail.startswith(f"{tmp_path / 'policies.yaml'}, ")
    assert place in caught.value.detail
    assert expectation in caught.value.detail


def test_a_default_without_tier_is_refused(tmp_path: Path) -> None:
    """A model that is kept for comparison only cannot be a default either."""
    catalog = changed(CATALOG, "tier: MINI", "tier: null")
    with pytest.raises(ConfigurationError, match="default model small cannot be used: it is the baseline"):
        load_policies(tmp_path, catalog=catalog)


def test_a_good_policy_file_is_read(tmp_path: Path) -> None:
    """Each service is found by its name, in the order of the file."""
    registry = PolicyRegistry(load_policies(tmp_path))
    assert registry.service_names == ("talk", "think")
    assert registry.policy("think").default_model == "large"


def test_an_unknown_service_is_refused_with_the_known_ones() -> None:
    """As a sentence, and as a list for programs; it is a 404."""
    with pytest.raises(UnknownServiceError, match="There is no service cooking; known services: ") as caught:
        SHIPPED.policy("cooking")
    assert caught.value.fields["services"] == [
        "strategy_builder",
        "narrative_report",
        "chatops_advanced",
        "unattributed",
    ]
    assert caught.value.status == 404


def test_the_shipped_policies_are_the_ones_that_were_asked_for() -> None:
    """Three services with their tiers, default models and capabilities, and one for whoever says nothing."""
    mini, standard, advanced, premium = ModelTier
    chat, analysis = ModelCapability.CHAT, ModelCapability.ANALYSIS
    assert POLICY_FILE.services == (
        ServiceModelPolicy(
            service_name="strategy_builder",
            allowed_tiers=(mini, standard),
            default_model="gpt-4o-mini",
            ladder=("gpt-6.1-terra",),
            max_attempts=4,
            required_capabilities=(chat, ModelCapability.CODE_GENERATION),
        ),
        ServiceModelPolicy(
            service_name="narrative_report",
            allowed_tiers=(mini, standard, advanced, premium),
            default_model="gpt-4o",
            ladder=("gpt-6.2-sol",),
            max_attempts=4,
            required_capabilities=(chat, analysis),
        ),
        ServiceModelPolicy(
            service_name="chatops_advanced",
            allowed_tiers=(mini, standard, advanced),
            default_model="gpt-4o",
            ladder=("gpt-6.2-sol",),
            max_attempts=4,
            required_capabilities=(chat, analysis, ModelCapability.FUNCTION_CALLING),
        ),
        ServiceModelPolicy(
            service_name="unattributed",
            allowed_tiers=(mini, standard),
            default_model="gpt-4o-mini",
            required_capabilities=(chat,),
        ),
    )


def test_a_model_that_embeds_stands_on_no_ladder(tmp_path: Path) -> None:
    """Nor is it a default: a policy that names one does not start."""
    shipped = (Path(__file__).parents[4] / "app" / "data" / "policies.yaml").read_text(encoding="utf-8")
    for old, new in (("ladder: [gpt-6.1-terra]", "ladder: [text-embedding-3-large]"),
                     ("default_model: gpt-4o-mini", "default_model: text-embedding-3-small")):  # fmt: skip
        with pytest.raises(ConfigurationError, match=r"text-embedding-3-.* cannot be used: it lacks CHAT"):
            load_policy_file(write(tmp_path, "policies.yaml", changed(shipped, old, new)), CATALOG_FILE)


@pytest.mark.parametrize("service", SHIPPED.service_names)
def test_each_service_has_a_choice_of_models_that_stay(service: str) -> None:
    """On 2026-11-23 every policy offers at least two models without an announced end."""
    clock = FixedClock(datetime(2026, 11, 23, tzinfo=UTC))
    offer = ModelResolver(ModelCatalog(CATALOG_FILE, clock), SHIPPED, clock).offer(service)
    assert len([config for config in offer.allowed if config.status is ModelStatus.ACTIVE]) >= 2
