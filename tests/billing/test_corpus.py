"""Every case of the billing corpus through the product's own pricing."""

from collections import Counter
from dataclasses import asdict

from app.clock import FixedClock
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.pricing import UsageInconsistentError, price_usage, read_usage
from app.vocabulary import ModelCapability
from tests.billing.corpus import SHIPPED_CATALOG, Case, Priced, Unknown, catalog_file, load_corpus
from tests.tables import each_line

CASES = load_corpus()
PRICED = [(case, case.expected) for case in CASES if isinstance(case.expected, Priced)]


def _id(case: Case) -> str:
    return f"{case.group}-{case.id}"


def _outcome(case: Case) -> Priced | Unknown:
    """What the product makes of an answer, in the same steps as the usage tracker."""
    try:
        tokens = read_usage(case.usage)
    except UsageInconsistentError:
        return Unknown(unknown="inconsistent")
    record = ModelCatalog(catalog_file(case.catalog), FixedClock(case.at)).find(case.model)
    if record is None:
        return Unknown(unknown="unknown_model")
    cost = price_usage(tokens, record, case.day, case.service_tier, regional=case.regional, window=case.window)
    if cost is None:
        return Unknown(unknown="unpriced")
    return Priced.model_validate({"cost_usd": str(cost.usd), "price_id": cost.price_id, "buckets": asdict(tokens)})


@each_line("case", CASES)
def test_an_answer_costs_what_the_corpus_says(case: Case) -> None:
    """To the last digit, with the price that it names and the five buckets; or unknown, for the right reason."""
    assert _outcome(case) == case.expected


@each_line(("case", "expected"), PRICED)
def test_the_buckets_add_up_to_the_answers_total(case: Case, expected: Priced) -> None:
    """What the answer counts as input and output is in exactly one bucket each; checks the corpus itself."""
    usage = case.usage
    inputs, outputs = expected.buckets.inputs, expected.buckets.outputs
    assert inputs == usage.get("prompt_tokens", usage.get("input_tokens"))
    assert outputs == usage.get("completion_tokens", usage.get("output_tokens", 0))
    total = usage.get("total_tokens")
    assert total is None or total == inputs + outputs


def test_there_are_enough_cases_and_each_has_a_name_of_its_own() -> None:
    """At least 150; a name that stands twice would hide a case in the reports."""
    assert len(CASES) >= 150
    assert [name for name, times in Counter(case.id for case in CASES).items() if times > 1] == []


def test_every_model_is_covered() -> None:
    """Each one of the catalogue with a price, and each of its snapshots."""
    asked = {case.model for case, _ in PRICED}
    for model in catalog_file(SHIPPED_CATALOG).models:
        assert {model.model_id, *model.snapshots} <= asked


def test_every_tier_of_every_model_is_covered() -> None:
    """Each tier that a model has a price for, and the names that stand for no price of their own."""
    asked = {(case.model, f"window_{case.window}" if case.window else case.service_tier) for case, _ in PRICED}
    for model in catalog_file(SHIPPED_CATALOG).models:
        for tier in model.prices[-1].service_tiers:
            assert (model.model_id, tier.value) in asked
    tiers = {case.service_tier for case in CASES if case.names_a_tier}
    assert {"batch", "flex", "priority", "fast", "ultrafast", "default", "auto", "scale", None} <= tiers


def test_every_kind_of_token_is_covered_for_every_model_that_has_it() -> None:
    """Cached input, both cache writes, and both sides of the long-context limit; what embeds has input alone."""
    for model in catalog_file(SHIPPED_CATALOG).models:
        seen = [expected.buckets for case, expected in PRICED if case.model == model.model_id]
        period = model.prices[-1]
        assert any(buckets.input_cached for buckets in seen) or ModelCapability.EMBEDDING in model.capabilities
        assert any(buckets.cache_write for buckets in seen) or period.standard.cache_write is None
        assert any(buckets.cache_write_12h for buckets in seen) or period.standard.cache_write_12h is None
        if period.long_context is not None:
            limit = period.long_context.above_input_tokens
            assert {limit, limit + 1} <= {buckets.inputs for buckets in seen}


def test_nothing_used_costs_zero_and_not_none() -> None:
    """0 is a known cost."""
    nothing = [case for case, expected in PRICED if expected.buckets.inputs + expected.buckets.outputs == 0]
    assert len(nothing) >= 3
    for case in nothing:
        outcome = _outcome(case)
        assert isinstance(outcome, Priced)
        assert outcome.cost_usd == 0


def test_every_reason_for_an_unknown_cost_is_covered() -> None:
    """Inconsistent, unpriced, unknown model: several times each."""
    reasons = Counter(case.expected.unknown for case in CASES if isinstance(case.expected, Unknown))
    assert min(reasons.values()) >= 5
    assert len(reasons) == 3
