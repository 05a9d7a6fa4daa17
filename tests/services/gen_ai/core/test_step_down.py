"""Where a budget has no room for a model, the policy may let a cheaper one answer."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelConfig
from app.services.gen_ai.rules.model_resolver import ModelResolver, Resolution
from app.services.gen_ai.rules.service_policy import PolicyFile, PolicyRegistry
from app.vocabulary import ModelStatus
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE
from tests.fakes.small_files import CATALOG, POLICIES, changed, load_catalog, load_policies

BECAUSE = "budget b has no room for it"
DATES = ["2026-10-22", "2026-11-23", "2027-01-14"]
STEPPING = PolicyFile(
    services=tuple(policy.model_copy(update={"over_budget": "step_down"}) for policy in POLICY_FILE.services)
)
SERVICES = [policy.service_name for policy in STEPPING.services]


def shipped(day: str) -> ModelResolver:
    """The shipped services on a day, each stepping down over budget."""
    clock = FixedClock(datetime.fromisoformat(day).replace(tzinfo=UTC))
    return ModelResolver(ModelCatalog(CATALOG_FILE, clock), PolicyRegistry(STEPPING), clock)


def small(tmp_path: Path, *, over_budget: str = "step_down", day: str = "2026-11-23") -> ModelResolver:
    """`talk` may use small and large, and has large as its default."""
    policies = changed(POLICIES, "default_model: small", f"default_model: large\n    over_budget: {over_budget}")
    clock = FixedClock(datetime.fromisoformat(day).replace(tzinfo=UTC))
    registry = PolicyRegistry(load_policies(tmp_path, policies))
    return ModelResolver(ModelCatalog(load_catalog(tmp_path, CATALOG), clock), registry, clock)


def test_the_next_cheaper_model_answers_and_the_log_and_the_receipt_say_why(tmp_path: Path) -> None:
    resolver = small(tmp_path)
    with capture_logs() as logs:
        step = resolver.step_down("talk", resolver.resolve("talk"), BECAUSE)
    assert step is not None
    assert (step.record.model_id, step.requested_model_id) == ("small", None)
    assert step.reason == f"{BECAUSE}; small is the next cheaper model"
    assert logs == [
        {"event": "stepped_down", "log_level": "info", "service": "talk", "from_model": "large", "model_id": "small"}
    ]


def test_below_the_cheapest_model_there_is_none(tmp_path: Path) -> None:
    resolver = small(tmp_path)
    step = resolver.step_down("talk", resolver.resolve("talk"), BECAUSE)
    assert step is not None
    assert resolver.step_down("talk", step, BECAUSE) is None


def test_a_policy_that_refuses_takes_no_step(tmp_path: Path) -> None:
    """That is the default."""
    resolver = small(tmp_path, over_budget="refuse")
    assert resolver.step_down("talk", resolver.resolve("talk"), BECAUSE) is None
    assert {policy.over_budget for policy in POLICY_FILE.services} == {"refuse"}


def test_a_model_that_a_person_chose_is_never_left(tmp_path: Path) -> None:
    resolver = small(tmp_path)
    assert resolver.step_down("talk", resolver.resolve("talk", "large"), BECAUSE) is None


def test_a_model_that_has_shut_down_is_no_step(tmp_path: Path) -> None:
    """The small one stops on 2026-12-31."""
    resolver = small(tmp_path, day="2026-12-31")
    assert resolver.step_down("talk", resolver.resolve("talk"), BECAUSE) is None


def test_a_price_of_today_decides(tmp_path: Path) -> None:
    """Before 2026-01-01 neither model has a price, so the service may use none of them."""
    resolver = small(tmp_path, day="2025-12-31")
    large = small(tmp_path, day="2026-01-01").resolve("talk")
    assert resolver.step_down("talk", large, BECAUSE) is None


@pytest.mark.parametrize("day", DATES)
@given(service=st.sampled_from(SERVICES))
def test_the_steps_go_through_every_cheaper_allowed_model_once(day: str, service: str) -> None:
    """Each is cheaper than the one before, allowed and alive; the last is the cheapest that the service may use."""
    resolver = shipped(day)
    offer = {config.model_id: config for config in resolver.offer(service).allowed}
    current = resolver.resolve(service)

    def both_prices(config: ModelConfig) -> Decimal:
        return (config.input_price_per_1m or Decimal(0)) + (config.output_price_per_1m or Decimal(0))

    def price(step: Resolution) -> Decimal:
        config = offer[step.record.model_id]
        assert config.status is not ModelStatus.SHUT_DOWN
        return both_prices(config)

    steps = [current]
    while (following := resolver.step_down(service, steps[-1], BECAUSE)) is not None:
        steps.append(following)
    prices = [price(step) for step in steps]
    cheaper = [p for p in map(both_prices, offer.values()) if p < prices[0]]
    assert prices[1:] == sorted(set(cheaper), reverse=True)
