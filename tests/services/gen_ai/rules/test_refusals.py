"""What the upstream has refused is remembered for some minutes, and never more than the catalogue has models."""

from datetime import timedelta

import pytest

from app.clock import FixedClock
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.refusals import KEPT_FOR, Refusals
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from tests.fakes.gate import CATALOG_FILE, NOON, POLICY_FILE


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def refusals(clock: FixedClock) -> Refusals:
    return Refusals(clock)


def test_a_refusal_counts_until_its_minutes_are_over(refusals: Refusals, clock: FixedClock) -> None:
    """To the microsecond; one that is said again counts anew."""
    refusal = refusals.add("m", None, "gone")
    clock.move_to(refusal.until - timedelta(microseconds=1))
    assert refusals.of("m", "talk") == refusal
    clock.move_to(refusal.until)
    assert refusals.of("m", "talk") is None
    again = refusals.add("m", None, "still gone")
    assert refusals.of("m", "talk") == again
    assert again.until == NOON + 2 * KEPT_FOR


def test_what_is_refused_to_one_service_is_open_to_others(refusals: Refusals) -> None:
    refusals.add("m", "talk", "no tools")
    assert refusals.of("m", "talk") is not None
    assert refusals.of("m", "write") is None
    refusals.add("m", None, "gone")
    assert refusals.of("m", "write") is not None


def test_an_answer_ends_what_is_remembered_of_the_model_and_of_that_service(refusals: Refusals) -> None:
    """Another service may still ask for what the model lacks."""
    refusals.add("m", None, "gone")
    refusals.add("m", "talk", "no tools")
    refusals.add("m", "write", "no effort")
    refusals.clear("m", "talk")
    refusals.clear("unheard-of", "talk")
    assert refusals.of("m", "talk") is None
    assert refusals.of("m", "write") is not None


@pytest.mark.parametrize("service", [policy.service_name for policy in POLICY_FILE.services])
def test_the_default_leads_through_every_allowed_model_once(service: str, clock: FixedClock) -> None:
    """Each model that is refused gives way to one that is not; where none is left, it is the first one again."""
    resolver = ModelResolver(ModelCatalog(CATALOG_FILE, clock), PolicyRegistry(POLICY_FILE), clock)
    allowed = [config.model_id for config in resolver.offer(service).allowed]
    first, taken = resolver.resolve(service).record.model_id, []
    for _ in allowed:
        resolution = resolver.resolve(service)
        taken.append(resolution.record.model_id)
        resolver.refusals.add(resolution.record.model_id, None, "gone")
        assert (resolution.reason is None) == (len(taken) == 1)
    ladder = PolicyRegistry(POLICY_FILE).policy(service).ladder
    assert sorted(taken) == sorted(allowed)
    assert taken[1 : 1 + len(ladder)] == list(ladder)
    last = resolver.resolve(service)
    assert (last.record.model_id, last.reason) == (first, None)
    assert [config.model_id for config in resolver.offer(service).allowed] == allowed
