from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.errors import InvalidModelError, UnknownServiceError
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.vocabulary import ModelStatus
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE
from tests.fakes.small_files import CATALOG, POLICIES, changed, load_catalog, load_policies
from tests.tables import each_line

SERVICES = [policy.service_name for policy in POLICY_FILE.services]
MODELS = [model.model_id for model in CATALOG_FILE.models]
SNAPSHOTS = [snapshot for model in CATALOG_FILE.models for snapshot in model.snapshots]
DATES = ["2024-08-06", "2025-07-27", "2025-07-28", "2026-10-22", "2026-10-23", "2026-11-23", "2027-01-13", "2027-01-14"]


def on(day: str) -> ModelResolver:
    """The shipped policies on a day."""
    clock = FixedClock(datetime.fromisoformat(day).replace(tzinfo=UTC))
    return ModelResolver(ModelCatalog(CATALOG_FILE, clock), PolicyRegistry(POLICY_FILE), clock)


TODAY = on("2026-11-23")


def small(tmp_path: Path, day: str, catalog: str = CATALOG, policies: str = POLICIES) -> ModelResolver:
    """The small policies on a day."""
    clock = FixedClock(datetime.fromisoformat(day).replace(tzinfo=UTC))
    registry = PolicyRegistry(load_policies(tmp_path, policies, catalog))
    return ModelResolver(ModelCatalog(load_catalog(tmp_path, catalog), clock), registry, clock)


@each_line("day", DATES)
@each_line("service", SERVICES)
@each_line("model_id", [*MODELS, *SNAPSHOTS, "gpt-7", ""])
def test_what_is_listed_is_what_is_enforced(service: str, model_id: str, day: str) -> None:
    """A model is among the allowed ones exactly if a request for it succeeds, on every day."""
    resolver = on(day)
    allowed = [config.model_id for config in resolver.offer(service).allowed]
    if model_id in allowed:
        assert resolver.resolve(service, model_id).record.model_id == model_id
        return
    with pytest.raises(InvalidModelError) as caught:
        resolver.resolve(service, model_id)
    assert caught.value.detail.startswith(f"Model {model_id} not allowed for service {service}: ")
    assert caught.value.detail.endswith(f"Allowed: {', '.join(allowed)}")
    assert caught.value.fields["allowed_models"] == allowed
    assert (caught.value.status, caught.value.code) == (400, "model_not_allowed")


@each_line("day", DATES)
@each_line("service", SERVICES)
def test_the_listed_default_is_the_model_that_answers(service: str, day: str) -> None:
    """What the listing calls the default is what a request without a choice gets, and it is allowed."""
    resolver = on(day)
    offer = resolver.offer(service)
    assert offer.default == resolver.resolve(service)
    assert offer.default is not None
    assert offer.default.record.model_id in {config.model_id for config in offer.allowed}


@each_line("day", DATES)
@each_line("service", SERVICES)
def test_an_offer_shows_every_model_once(service: str, day: str) -> None:
    """Allowed or denied with a reason; the baseline is in neither list."""
    offer = on(day).offer(service)
    shown = [config.model_id for config in offer.allowed] + [denied.config.model_id for denied in offer.denied]
    assert sorted(shown) == sorted(set(MODELS) - {"gpt-4"})
    assert all(denied.reason for denied in offer.denied)
    assert offer.service_name == service


def test_an_unknown_service_is_refused() -> None:
    """Asking for its offer and asking for its model alike."""
    with pytest.raises(UnknownServiceError):
        TODAY.offer("cooking")
    with pytest.raises(UnknownServiceError):
        TODAY.resolve("cooking", "gpt-4o")


REFUSALS = {
    ("strategy_builder", "gpt-6-astra"): "its tier PREMIUM is not among the allowed tiers (MINI, STANDARD)",
    ("strategy_builder", "gpt-6.2-sol"): "its tier ADVANCED is not among the allowed tiers (MINI, STANDARD)",
    ("chatops_advanced", "gpt-6-astra"): "its tier PREMIUM is not among the allowed tiers (MINI, STANDARD, ADVANCED)",
    ("narrative_report", "gpt-4"): "the baseline",
    ("narrative_report", "gpt-4-turbo"): "it shut down on 2026-10-23; its replacement is gpt-5.6-sol",
    (
        "narrative_report",
        "o1-preview",
    ): "it shut down on 2025-07-28; its replacement is o3, which is not in the catalogue",
    ("narrative_report", "gpt-4o-2024-11-20"): "it is not in the catalogue",
    ("narrative_report", "gpt-7"): "it is not in the catalogue",
    ("strategy_builder", "text-embedding-3-small"): "it lacks CHAT, CODE_GENERATION",
    ("narrative_report", "text-embedding-3-large"): "it lacks CHAT, ANALYSIS",
    ("chatops_advanced", "text-embedding-3-large"): "it lacks CHAT, ANALYSIS, FUNCTION_CALLING",
}


@each_line(("service", "model_id", "reason"), [(*key, value) for key, value in REFUSALS.items()])
def test_a_refusal_says_why(service: str, model_id: str, reason: str) -> None:
    """Tier, baseline, shutdown with the replacement, capability, or unknown; a snapshot is not a model to ask for."""
    with pytest.raises(InvalidModelError) as caught:
        TODAY.resolve(service, model_id)
    assert reason in caught.value.detail


def test_a_model_that_lacks_a_capability_is_denied(tmp_path: Path) -> None:
    """The tier alone is not enough."""
    policies = changed(POLICIES, "[PREMIUM]", "[MINI, PREMIUM]")
    (denied,) = small(tmp_path, "2026-11-23", policies=policies).offer("think").denied
    assert (denied.config.model_id, denied.reason) == ("small", "it lacks ANALYSIS")


def test_a_choice_is_kept_without_a_reason() -> None:
    """Only what differs from the expected needs an explanation."""
    resolution = TODAY.resolve("strategy_builder", "gpt-4o")
    assert (resolution.record.model_id, resolution.requested_model_id, resolution.reason) == ("gpt-4o", "gpt-4o", None)


def test_today_the_defaults_still_answer() -> None:
    """On 2026-11-23 no default is replaced, and nothing is logged."""
    with capture_logs() as logs:
        defaults = {service: TODAY.resolve(service) for service in SERVICES}
    assert {service: default.record.model_id for service, default in defaults.items()} == {
        "strategy_builder": "gpt-4o-mini",
        "narrative_report": "gpt-4o",
        "chatops_advanced": "gpt-4o",
        "unattributed": "gpt-4o-mini",
    }
    assert logs == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_default_that_shut_down_gives_way_to_its_replacement(service: str) -> None:
    """From 2027-01-14 on every service still answers; the change has a reason and a warning in the log."""
    with capture_logs() as logs:
        resolution = on("2027-01-14").resolve(service)
    assert resolution.record.model_id == "gpt-6-luna"
    assert resolution.requested_model_id is None
    assert resolution.reason is not None
    assert "shut down on 2027-01-14; gpt-6-luna is its replacement" in resolution.reason
    default = PolicyRegistry(POLICY_FILE).policy(service).default_model
    assert logs == [
        {
            "event": "default_model_replaced",
            "log_level": "warning",
            "service": service,
            "default_model": default,
            "model_id": "gpt-6-luna",
            "reason": resolution.reason,
        }
    ]


def test_the_day_before_the_shutdown_the_default_still_answers() -> None:
    """The last day of gpt-4o is 2027-01-13."""
    assert on("2027-01-13").resolve("chatops_advanced").record.model_id == "gpt-4o"


MIDDLE = """\
  - model_id: middle
    tier: STANDARD
    capabilities: [CHAT]
    supports_rag: true
    description: the middle one
    context_window: 1000
    max_output_tokens: 100
    snapshots: []
    request_profile: chat
    lifecycle: {}
    sources: [https://example.com/middle]
    prices:
      - valid_from: 2026-01-01
        standard: {input: 5, output: 9}
"""


def test_without_an_allowed_replacement_the_cheapest_model_answers(tmp_path: Path) -> None:
    """Where the policy forbids the replacement, the cheapest of what it allows is taken."""
    catalog = changed(CATALOG, "replacement: large", "replacement: middle") + MIDDLE
    resolver = small(tmp_path, "2026-12-31", catalog)
    resolution = resolver.resolve("talk")
    assert resolution.record.model_id == "large"
    assert resolution.reason == "the default small shut down on 2026-12-31; large is the cheapest allowed active model"
    wider = changed(POLICIES, "[MINI, PREMIUM]", "[MINI, STANDARD, PREMIUM]")
    without = changed(CATALOG, ", replacement: large", "") + MIDDLE
    assert small(tmp_path, "2026-12-31", without, wider).resolve("talk").record.model_id == "middle"


def test_a_model_about_to_go_is_not_put_in_the_place_of_one_that_went(tmp_path: Path) -> None:
    """The documented order is the cheapest ACTIVE model: a deprecated one only follows if there is no other."""
    wider = changed(POLICIES, "[MINI, PREMIUM]", "[MINI, STANDARD, PREMIUM]")
    going = changed(MIDDLE, "lifecycle: {}", "lifecycle: {shutdown_on: 2027-02-01}")
    catalog = changed(CATALOG, ", replacement: large", "") + going
    resolver = small(tmp_path, "2026-12-31", catalog, wider)
    resolution = resolver.resolve("talk")
    assert resolution.record.lifecycle.status(datetime(2026, 12, 31, tzinfo=UTC).date()) is ModelStatus.ACTIVE
    assert resolution.record.model_id == "large"


EMBEDS = changed(MIDDLE, "  - model_id: middle", "  - model_id: embeds")
EMBEDS = changed(changed(EMBEDS, "[CHAT]", "[EMBEDDING]"), "tier: STANDARD", "tier: MINI")
EMBEDS = changed(changed(EMBEDS, "{input: 5, output: 9}", "{input: 0.02, output: 0}"), "tokens: 100", "tokens: 0")


def test_a_model_that_embeds_is_never_put_in_the_place_of_one_that_chats(tmp_path: Path) -> None:
    """It is the cheapest of all by far: not for a default that shut down, and not over budget."""
    without = changed(CATALOG, ", replacement: large", "") + EMBEDS
    assert small(tmp_path, "2026-12-31", without).resolve("talk").record.model_id == "large"
    thrifty = changed(POLICIES, "default_model: small", "default_model: small\n    over_budget: step_down")
    resolver = small(tmp_path, "2026-11-23", CATALOG + EMBEDS, thrifty)
    assert resolver.step_down("talk", resolver.resolve("talk"), "no room") is None
    assert [denied.config.model_id for denied in resolver.offer("talk").denied] == ["embeds"]


def test_a_service_with_nothing_left_says_so(tmp_path: Path) -> None:
    """The listing has no default, and a request is refused with the reason."""
    policies = changed(POLICIES, "[MINI, PREMIUM]", "[MINI]")
    resolver = small(tmp_path, "2026-12-31", policies=policies)
    assert resolver.offer("talk").default is None
    assert resolver.offer("talk").allowed == ()
    with pytest.raises(InvalidModelError) as caught:
        resolver.resolve("talk")
    assert caught.value.detail == (
        "Model small not allowed for service talk: it has shut down and no allowed model is left. Allowed: none"
    )


def test_a_shutdown_without_replacement_names_only_the_day(tmp_path: Path) -> None:
    """No replacement is made up."""
    resolver = small(tmp_path, "2026-12-31", changed(CATALOG, ", replacement: large", ""))
    with pytest.raises(InvalidModelError, match=r"it shut down on 2026-12-31\. Allowed: large"):
        resolver.resolve("talk", "small")


def test_an_offer_carries_the_prices_of_the_day(tmp_path: Path) -> None:
    """The listing shows what would be billed today."""
    before, after = (small(tmp_path, day).offer("talk").allowed[0] for day in ("2026-05-31", "2026-06-01"))
    assert (before.input_price_per_1m, after.input_price_per_1m) == (Decimal(1), Decimal("0.5"))
