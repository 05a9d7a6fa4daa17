"""Reconciliation: what OpenAI billed against what the ledger recorded, to the picodollar."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bootstrap import running
from app.clock import FixedClock
from app.errors import InputError
from app.services.gen_ai.ledger.openai_costs import Category, billed_costs, parse_line_item, read_pages
from app.services.gen_ai.ledger.port import AttemptRow, Settlement, UsageLedger
from app.services.gen_ai.ledger.reconciliation import Amounts, Reconciliation, UnknownCosts, reconcile, split_cost
from app.services.gen_ai.rules.catalog_file import load_catalog_file
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage
from app.settings import Settings
from app.vocabulary import AttemptStatus
from containers import Container
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.rows import attempt, row, settlement, unanswered
from tests.tables import each_line

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
START = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
FILE = load_catalog_file(Settings.model_fields["catalog"].default)
CATALOG = ModelCatalog(FILE, FixedClock(NOON))


def _bucket(*items: tuple[str | None, str], day: int = 0, project: str | None = "proj_a") -> dict[str, Any]:
    start = START + day * 86_400
    results = [
        {"object": "organization.costs.result", "amount": {"value": usd, "currency": "usd"}, "line_item": name,
         "project_id": project}
        for name, usd in items
    ]  # fmt: skip
    return {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": results}


def _page(*buckets: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"object": "page", "data": list(buckets), "has_more": False, "next_page": None, **members}


async def _compare(ledger: UsageLedger, *buckets: dict[str, Any], upstream: str = "openai") -> Reconciliation:
    costs = billed_costs(read_pages("costs.json", json.dumps(_page(*buckets)).encode()))
    return await reconcile(costs, ledger, CATALOG, now=NOON + timedelta(days=30), upstream=upstream)


@pytest.fixture
async def ledger(container: Container) -> AsyncIterator[UsageLedger]:
    async with running(container):
        yield container.data.ledger()


async def _record(ledger: UsageLedger, number: int, settled: Settlement | None, **changes: Any) -> None:
    await ledger.open(attempt(f"att_{number}", **({"opened_at": NOON, "upstream": "openai"} | changes)))
    if settled is not None:
        await ledger.settle(f"att_{number}", settled)


def _measured(**changes: Any) -> Settlement:
    """gpt-4o-mini: 700 x 0.15 + 250 x 0.075 + 50 x 0.15 (no rate for writes: as input) + 200 x 0.60, per million."""
    return settlement(**({"settled_at": NOON} | changes))


async def test_what_was_recorded_exactly_does_not_drift(ledger: UsageLedger) -> None:
    await _record(ledger, 1, _measured())
    found = await _compare(
        ledger,
        _bucket(
            ("gpt-4o-mini-2024-07-18, input", "0.000105000000000000000000000000000000000"),
            ("gpt-4o-mini-2024-07-18, cached input", "0.00001875"),
            ("gpt-4o-mini-2024-07-18, cache writes", "0.0000075"),
            ("gpt-4o-mini-2024-07-18, output", "0.00012"),
        ),
    )
    assert [key for key, _ in found.lines.items()] == [
        (DAY, "gpt-4o-mini", Category.INPUT),
        (DAY, "gpt-4o-mini", Category.CACHED_INPUT),
        (DAY, "gpt-4o-mini", Category.CACHE_WRITE),
        (DAY, "gpt-4o-mini", Category.OUTPUT),
    ]
    assert {amounts.difference_usd for amounts in found.lines.values()} == {Decimal(0)}
    assert found.total.recorded_usd == found.total.measured_usd == Decimal("0.00025125")
    assert found.total.capture_percent == 100


@each_line(
    ("whose", "beside", "billed", "proved"),
    [
        ("openai", None, "0.0005", 0),
        (None, "openai", "0.0005", 0),
        ("openai", "simulator", "0.0005", 1),
        ("openai", None, "0.00025125", 1),
    ],
)
async def test_rows_from_before_upstreams_were_written_down_may_stand_on_the_same_bill(
    whose: str | None, beside: str | None, billed: str, proved: int
) -> None:
    """On the day of an upgrade what they cost must not be taken for the cost of an attempt that is not known. Where
    nothing is left beyond the measured, it was not billed all the same.
    """
    ledger = MemoryLedger()
    await _record(ledger, 1, _measured(), upstream=whose)
    await _record(ledger, 2, _measured(), upstream=beside)
    end = replace(unanswered(), settled_at=NOON, cost_low_usd=Decimal(0), cost_high_usd=Decimal(1))
    await _record(ledger, 3, end, upstream=whose, worst_usd=Decimal(1))
    found = await _compare(ledger, _bucket(("gpt-4o-mini-2024-07-18, output", billed)), upstream=whose or "unknown")
    assert len(found.verdict.proofs) == proved


async def test_drift_has_a_sign_and_a_percentage(ledger: UsageLedger) -> None:
    await _record(ledger, 1, _measured())
    found = await _compare(ledger, _bucket(("gpt-4o-mini, output", "0.00016"), ("gpt-4o, input", "0.5")))
    output = found.lines[DAY, "gpt-4o-mini", Category.OUTPUT]
    assert (output.difference_usd, output.difference_percent) == (Decimal("-0.00004"), Decimal(-25))
    missed = found.lines[DAY, "gpt-4o", Category.INPUT]
    assert (missed.recorded_usd, missed.difference_percent) == (Decimal(0), Decimal(-100))
    unbilled = found.lines[DAY, "gpt-4o-mini", Category.INPUT]
    assert (unbilled.billed_usd, unbilled.difference_usd) == (Decimal(0), Decimal("0.000105"))
    assert unbilled.difference_percent is None


async def test_estimates_are_recorded_but_not_measured_and_unknown_costs_stand_beside(ledger: UsageLedger) -> None:
    await _record(ledger, 1, _measured())
    estimate = _measured(status=AttemptStatus.ESTIMATED, price_id=None, upstream_id="chatcmpl-2")
    await _record(ledger, 2, estimate)
    low, high = Decimal(0), Decimal("0.25")
    await _record(ledger, 3, _measured(status=AttemptStatus.UNKNOWN, tokens=None, cost_usd=None, price_id=None,
                                       cost_low_usd=low, cost_high_usd=high, upstream_id=None))  # fmt: skip
    await _record(ledger, 4, unanswered(AttemptStatus.UNBILLED))
    found = await _compare(ledger, _bucket(("gpt-4o-mini, output", "0.00024")))
    assert found.total.recorded_usd == Decimal("0.0005025")
    assert (found.total.measured_usd, found.total.unmeasured_usd) == (Decimal("0.00025125"), Decimal("0.00025125"))
    assert found.lines[DAY, "gpt-4o-mini", Category.OUTPUT].unmeasured_usd == Decimal("0.00012")
    assert found.unknown == UnknownCosts(1, low, high)


async def test_an_open_attempt_may_have_cost_its_worst_case() -> None:
    """What that is may be unknown: then so is the most that it can have cost."""
    ledger = MemoryLedger()
    await _record(ledger, 1, None, worst_usd=Decimal("0.1"))
    assert (await _compare(ledger, _bucket())).unknown == UnknownCosts(1, Decimal(0), Decimal("0.1"))
    await _record(ledger, 2, None, worst_usd=None)
    assert (await _compare(ledger, _bucket())).unknown == UnknownCosts(2, Decimal(0), None)


async def test_only_the_days_of_the_costs_count_and_a_row_counts_when_it_was_settled(ledger: UsageLedger) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    for number, (opened, settled) in enumerate([(-5, -1), (-1, 1), (86_399, 86_401), (3 * 86_400, 3 * 86_400 + 1)]):
        await _record(
            ledger,
            number,
            _measured(settled_at=midnight + timedelta(seconds=settled), upstream_id=f"chatcmpl-{number}"),
            opened_at=midnight + timedelta(seconds=opened),
        )
    found = await _compare(ledger, _bucket(), _bucket(day=3))
    days = {day: amounts.recorded_usd for (day, _, category), amounts in found.lines.items()
            if category is Category.OUTPUT}  # fmt: skip
    assert days == {DAY: Decimal("0.00012"), DAY + timedelta(days=3): Decimal("0.00012")}


async def test_what_is_not_billed_by_tokens_is_listed_and_counted(ledger: UsageLedger) -> None:
    found = await _compare(
        ledger,
        _bucket(("web search tool calls", "1.5"), (None, "0.25"), ("gpt-4o-mini, output", "0.25")),
        _bucket(("web search tool calls", "2"), day=1, project=None),
    )
    assert [(item.line_item, item.usd) for item in found.other_items] == [
        ("web search tool calls", Decimal("1.5")),
        (None, Decimal("0.25")),
        ("web search tool calls", Decimal(2)),
    ]
    assert (found.tokens.billed_usd, found.total.billed_usd) == (Decimal("0.25"), Decimal(4))
    assert found.billed_by_project == {"proj_a": Decimal(2), None: Decimal(2)}


async def test_nothing_billed_has_no_capture_rate(ledger: UsageLedger) -> None:
    found = await _compare(ledger, _bucket())
    assert found.total == Amounts()
    assert found.total.capture_percent is None


@each_line(
    ("line_item", "model", "category"),
    [
        ("gpt-4o-mini-2024-07-18, input", "gpt-4o-mini-2024-07-18", Category.INPUT),
        ("gpt-4o-mini-2024-07-18, cached input", "gpt-4o-mini-2024-07-18", Category.CACHED_INPUT),
        ("gpt-5.6-sol, cache writes", "gpt-5.6-sol", Category.CACHE_WRITE),
        ("gpt-4o, input, long context", "gpt-4o", Category.INPUT),
        ("priority | gpt-5.6-sol, output, long context", "gpt-5.6-sol", Category.OUTPUT),
        ("batch api | gpt-6-luna, output", "gpt-6-luna", Category.OUTPUT),
        ("flex | gpt-5-mini, cached input", "gpt-5-mini", Category.CACHED_INPUT),
        ("gpt-realtime-1.5 audio, output", "gpt-realtime-1.5 audio", Category.OUTPUT),
        ("web search tool calls", None, None),
        ("gpt-4o input", None, None),
        ("gpt-4o, images", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_line_items(line_item: str | None, model: str | None, category: Category | None) -> None:
    assert parse_line_item(line_item) == (model, category)


def _read(document: Any) -> Any:
    return billed_costs(read_pages("costs.json", json.dumps(document).encode()))


def test_amounts_are_exact_in_whatever_form_they_come() -> None:
    """A JSON number beyond a float's digits, a text, and the zero that the real endpoint writes."""
    page = json.dumps(_page(_bucket(("a, input", "1"), ("a, output", "2"), ("a, cached input", "0E-6176"))))
    page = page.replace('"1"', "0.12345678901234567890123").replace('"2"', "1e-7")
    costs = billed_costs(read_pages("costs.json", page.encode()))
    assert [item.usd for item in costs.items] == [
        Decimal("0.12345678901234567890123"),
        Decimal("0.0000001"),
        Decimal(0),
    ]
    assert str(costs.items[2].usd) == "0"


def test_pages_add_up() -> None:
    costs = _read([_page(_bucket(("a, input", "1")), has_more=True, next_page="p2"), _page(_bucket(day=1))])
    assert costs.days == {DAY, DAY + timedelta(days=1)}
    assert len(costs.items) == 1


BAD_BUCKET = {"start_time": START, "end_time": START + 86_400}


@each_line(
    ("document", "complaint"),
    [
        ("text", "costs.json: a page of OpenAI's costs endpoint is an object"),
        ([_page(), 7], "costs.json, page 2: a page of OpenAI's"),
        ({"error": {}}, "costs.json: data: Field required"),
        (_page({**BAD_BUCKET, "results": [{}]}), r"costs.json: data\[0\].results\[0\].amount: Field required"),
        (_page(_bucket(("a, input", "much"))), r"data\[0\].results\[0\].amount.value: Input should be a valid decimal"),
        (_page(_bucket(("a, input", "NaN"))), r"amount.value: Input should be a finite number"),
        (_page(_bucket(("a, input", "1e999999"))), r"amount.value: Input should be less than or equal to"),
        (_page({**_bucket(), "start_time": -1}), r"data\[0\].start_time: Input should be greater than or equal to 0"),
        (_page({**_bucket(), "end_time": START}), "from start_time to end_time are 0 seconds"),
        (_page({**_bucket(), "end_time": START + 7 * 86_400}), "a bucket is one day long"),
        (_page(_bucket(), _bucket()), r"data\[1\]: 2026-11-20 stands in costs.json: data\[0\] as well"),
        ([_page(_bucket()), _page(_bucket())], r"page 2: data\[0\]: 2026-11-20 stands in costs.json, page 1"),
        (_page(_bucket(), has_more=True), "costs.json: it says has_more"),
    ],
)
def test_costs_that_cannot_be_used_name_the_place(document: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        _read(document)


def test_another_currency_is_refused() -> None:
    page = json.dumps(_page(_bucket(("a, input", "1")))).replace('"usd"', '"eur"')
    with pytest.raises(InputError, match=r"amount.currency: costs are compared in usd, this one is in eur"):
        read_pages("costs.json", page.encode())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_named(content: bytes) -> None:
    with pytest.raises(InputError, match=r"costs\.json: not JSON: "):
        read_pages("costs.json", content)


COUNTS = st.integers(0, 400_000)


def _priced() -> Sequence[tuple[str, date]]:
    return [(model.model_id, price.valid_from) for model in FILE.models for price in model.prices]


@given(
    priced=st.sampled_from(_priced()),
    tier=st.sampled_from([None, *ServiceTier]),
    regional=st.booleans(),
    counts=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
)
def test_the_categories_of_a_row_add_up_to_its_cost(
    *, priced: tuple[str, date], tier: ServiceTier | None, regional: bool, counts: tuple[int, int, int, int, int]
) -> None:
    """For every model, price, tier and size of request, regional or not."""
    tokens = TokenUsage(*counts)
    cost = price_usage(tokens, CATALOG.record(priced[0]), priced[1], tier, regional=regional)
    if cost is None:
        return
    moment = datetime.combine(priced[1], NOON.timetz())
    settled = settlement(
        tokens=tokens, cost_usd=cost.usd, price_id=cost.price_id, service_tier=tier, settled_at=moment,
        answered_as=priced[0],
    )  # fmt: skip
    parts = split_cost(row(settled, model_id=priced[0]), CATALOG)
    assert Category.UNSPLIT not in parts
    assert sum(parts.values()) == cost.usd


@pytest.mark.parametrize(
    "changes",
    [
        {"cost_usd": Decimal("0.7")},
        {"price_id": "gpt-4o-mini@2020-01-01"},
        {"price_id": "gpt-0@2024-07-18"},
        {"tokens": None},
        {"price_id": None, "settled_at": datetime(2001, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_cost_whose_rates_are_not_known_any_more_stays_whole(changes: dict[str, Any]) -> None:
    settled = settlement(**changes)
    assert split_cost(row(settled), CATALOG) == {Category.UNSPLIT: settled.cost_usd}


def test_an_estimate_of_a_model_outside_the_catalogue_stays_whole() -> None:
    settled = settlement(price_id=None)
    assert split_cost(row(settled, model_id="gpt-0"), CATALOG) == {Category.UNSPLIT: settled.cost_usd}


@pytest.mark.parametrize("settled", [None, settlement(cost_usd=None)])
def test_a_row_of_unknown_cost_has_no_parts(settled: Settlement | None) -> None:
    assert split_cost(AttemptRow(attempt(), settled), CATALOG) == {}
