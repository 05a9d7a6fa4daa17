"""Models and policies: the same that the endpoints show and the gate enforces."""

import pytest

from app.clock import FixedClock
from app.services.gen_ai.chat.tools.platform import ModelTools
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.refusals import Refusals
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from tests.fakes.gate import CATALOG_FILE, NOON, POLICY_FILE
from tests.services.gen_ai.chat.tools.asking import answer, look


@pytest.fixture
def models() -> ModelTools:
    clock, policies = FixedClock(NOON), PolicyRegistry(POLICY_FILE)
    catalog = ModelCatalog(CATALOG_FILE, clock)
    return ModelTools(catalog, ModelResolver(catalog, policies, clock), policies)


async def test_models_come_with_prices_and_lifecycle(models: ModelTools) -> None:
    """Those of a tier, or all."""
    found = (await look(models, "models", tier=None))["models"]
    assert len(found) == 16
    (turbo,) = [model for model in found if model["model_id"] == "gpt-4-turbo"]
    assert (turbo["status"], turbo["shutdown_on"], turbo["replacement"]) == ("shut_down", "2026-10-23", "gpt-5.6-sol")
    assert (turbo["input_price_per_1m"], turbo["output_price_per_1m"]) == (10.0, 30.0)
    mini = (await look(models, "models", tier="MINI"))["models"]
    assert [model["model_id"] for model in mini] == [
        "gpt-6-luna", "gpt-5.6-luna", "gpt-4o-mini", "text-embedding-3-small"
    ]  # fmt: skip


async def test_a_policy_names_the_models_that_the_upstream_has_refused_of_late() -> None:
    """By name: what the upstream said is in the listing, for people."""
    clock, policies = FixedClock(NOON), PolicyRegistry(POLICY_FILE)
    catalog, refusals = ModelCatalog(CATALOG_FILE, clock), Refusals(clock)
    refusals.add("gpt-4o", None, "gone")
    tools = ModelTools(catalog, ModelResolver(catalog, policies, clock, refusals=refusals), policies)
    assert (await look(tools, "service_policy", service="strategy_builder"))["refused_by_upstream_of_late"] == [
        "gpt-4o"
    ]


async def test_a_policy_says_what_may_be_used_and_why_not_the_rest(models: ModelTools) -> None:
    """As the listing endpoint does: one resolver decides for both."""
    found = await look(models, "service_policy", service="strategy_builder")
    assert found["allowed_models"] == [
        "gpt-6-luna", "gpt-6.1-terra", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-4o-mini", "gpt-4o"
    ]  # fmt: skip
    assert (found["default_model"], found["ladder"]) == ("gpt-4o-mini", ["gpt-6.1-terra"])
    reasons = {denied["model_id"]: denied["reason"] for denied in found["denied_models"]}
    assert "its tier PREMIUM is not among the allowed tiers" in reasons["gpt-6-astra"]


async def test_an_unknown_service_or_tier_is_told_with_what_there_is(models: ModelTools) -> None:
    """So that the model can put it right."""
    assert "known services: strategy_builder" in (await answer(models, "service_policy", service="x"))["error"]
    assert "'MINI', 'STANDARD'" in (await answer(models, "models", tier="BIG"))["error"]
