from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.errors import InvalidModelError
from app.services.gen_ai.ledger.port import AttemptRow, UsageQuery
from app.services.gen_ai.ledger.savings import Against, Saving, SavingsCalculator
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.pricing import TokenUsage
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.vocabulary import AttemptStatus, Wire
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.rows import NOON, attempt, row, settlement, unanswered
from tests.fakes.small_files import POLICIES, changed, load_catalog, load_policies

CLOCK = FixedClock(datetime(2026, 11, 23, tzinfo=UTC))
CATALOG = ModelCatalog(CATALOG_FILE, CLOCK)
SAVINGS = SavingsCalculator(CATALOG, PolicyRegistry(POLICY_FILE), baseline_model="gpt-4")
TOKENS = TokenUsage(1000, 0, 0, 500, 0)
NOTHING = TokenUsage(0, 0, 0, 0, 0)

# TOKENS in USD per million: gpt-4o-mini 150 + 300, gpt-6-luna 100 + 250, gpt-4o 2_500 + 5_000,
# gpt-4 (baseline) 30_000 + 30_000.
MINI, LUNA, GPT_4O, BASELINE = (Decimal(usd) for usd in ("0.00045", "0.00035", "0.0075", "0.06"))


def billed(cost: Decimal, service: str = "strategy_builder") -> AttemptRow:
    return row(settlement(tokens=TOKENS, cost_usd=cost), service=service)


# The ladders of report and chat go up to gpt-6.2-sol (2_000 + 5_000), the builder's to gpt-6.1-terra (1_000 + 2_500).
# gpt-6-luna replaces the defaults of all three.
SOL, TERRA = Decimal("0.007"), Decimal("0.0035")


def saved(*costs: Decimal) -> Saving:
    """What the builder has saved with answers of TOKENS at these costs."""
    return sum((_saved(cost) for cost in costs), start=Saving())


def _saved(cost: Decimal) -> Saving:
    default, strong = Against("gpt-4o-mini", 1, cost, MINI), Against("gpt-6.1-terra", 1, cost, TERRA)
    return Saving(1, 0, TOKENS, cost, BASELINE, default, strong, Against("gpt-6-luna", 1, cost, LUNA))


def test_an_empty_ledger_has_saved_nothing() -> None:
    """And no percentage of nothing: None, not 0."""
    report = SAVINGS.report([])
    assert (report.baseline_model, report.services, report.total) == ("gpt-4", {}, Saving())
    assert report.total.against_baseline_percent is None
    assert report.total.default.saving_percent is None


def test_the_default_model_saves_against_the_baseline_only() -> None:
    """(1 - 0.00045 / 0.06) x 100 = 99.25 percent; against itself 0."""
    saving = SAVINGS.report([billed(MINI)]).total
    assert saving == saved(MINI)
    assert saving.against_baseline_percent == Decimal("99.25")
    assert saving.default.saving_percent == 0


def test_a_cheaper_model_saves_against_the_default() -> None:
    """gpt-6-luna in the place of gpt-4o: (1 - 0.00035 / 0.0075) x 100."""
    saving = SAVINGS.report([billed(LUNA, "narrative_report")]).total
    assert saving.default.usd == GPT_4O
    assert saving.default.saving_percent == (1 - LUNA / GPT_4O) * 100


def test_a_dearer_model_is_a_negative_saving() -> None:
    """gpt-4o in the place of gpt-4o-mini: (1 - 0.0075 / 0.00045) x 100 = -1566.66..."""
    percent = SAVINGS.report([billed(GPT_4O)]).total.default.saving_percent
    assert percent is not None
    assert percent.quantize(Decimal("0.01")) == Decimal("-1566.67")


def test_each_service_has_its_own_saving_and_the_total_is_their_sum() -> None:
    """Ordered by name; every field adds up, exactly."""
    rows = [billed(MINI), billed(LUNA), billed(GPT_4O, "narrative_report"), billed(LUNA, "chatops_advanced")]
    report = SAVINGS.report(rows)
    assert list(report.services) == ["chatops_advanced", "narrative_report", "strategy_builder"]
    assert report.services["strategy_builder"] == saved(MINI, LUNA)
    spent = MINI + LUNA + GPT_4O + LUNA
    assert report.total == Saving(
        4,
        0,
        TokenUsage(4000, 0, 0, 2000, 0),
        spent,
        4 * BASELINE,
        Against(None, 4, spent, 2 * MINI + 2 * GPT_4O),
        Against(None, 4, spent, 2 * TERRA + 2 * SOL),
        Against("gpt-6-luna", 4, spent, 4 * LUNA),
    )


def test_a_service_adds_up_its_models() -> None:
    """The report has a line for each service and model; a service's saving is the sum of its lines."""
    models = ("gpt-6-luna", "gpt-4o-mini", "gpt-6-luna")
    rows = [row(settlement(tokens=TOKENS, cost_usd=MINI), model_id=model) for model in models]
    report = SAVINGS.report(rows)
    assert [(key, line.attempts) for key, line in report.lines.items()] == [
        (("strategy_builder", "gpt-4o-mini"), 1),
        (("strategy_builder", "gpt-6-luna"), 2),
    ]
    assert report.services == {"strategy_builder": report.total}
    assert report.total.attempts == 3


@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 2500])
async def test_the_whole_ledger_is_read_page_by_page(rows: int) -> None:
    """Every row of the query counts once, whatever the size of a page; rows outside of it do not."""
    ledger = MemoryLedger()
    for number in range(rows):
        await ledger.open(attempt(f"att_{number}", opened_at=NOON + timedelta(seconds=number)))
        await ledger.settle(f"att_{number}", settlement(tokens=TOKENS, cost_usd=MINI))
    await ledger.open(attempt("att_before", opened_at=NOON - timedelta(seconds=1)))
    report = await SAVINGS.of_ledger(ledger, UsageQuery(since=NOON, until=NOON + timedelta(days=1)))
    assert (report.total.attempts, report.total.left_out, report.total.cost_usd) == (rows, 0, rows * MINI)


async def test_other_upstreams_are_shown_apart() -> None:
    """What the simulator, another server and an older version have recorded is in no sum."""
    ledger = MemoryLedger()
    for number, upstream in enumerate(["openai", "openai", "simulator", "llm.example.com", None]):
        await ledger.open(attempt(f"att_{number}", upstream=upstream))
        await ledger.settle(f"att_{number}", settlement(tokens=TOKENS, cost_usd=MINI))
    report = await SAVINGS.of_ledger(ledger, UsageQuery(upstream="openai"))
    assert (report.upstream, report.total) == ("openai", saved(MINI, MINI))
    apart = {found.key: (found.attempts, found.cost_usd) for found in report.other_upstreams}
    assert apart == {"simulator": (1, MINI), "llm.example.com": (1, MINI), "unknown": (1, MINI)}
    assert (await SAVINGS.of_ledger(ledger, UsageQuery())).total.attempts == 5


def test_a_percentage_is_of_the_sums_not_a_mean_of_percentages() -> None:
    """A large request counts for more than a small one."""
    large = TokenUsage(1_000_000, 0, 0, 0, 0)
    rows = [billed(GPT_4O), row(settlement(tokens=large, cost_usd=Decimal("0.15")))]
    saving = SAVINGS.report(rows).total
    assert saving.against_baseline_percent == (1 - (GPT_4O + Decimal("0.15")) / (BASELINE + 30)) * 100


def test_thousands_of_small_rows_lose_nothing() -> None:
    """The sums are exact to the picodollar."""
    cost = Decimal("0.000000000001")
    report = SAVINGS.report(row(settlement(tokens=TokenUsage(1, 0, 0, 0, 0), cost_usd=cost)) for _ in range(3000))
    assert report.total.cost_usd == Decimal("0.000000003")
    assert report.total.baseline_usd == Decimal("0.09")


LEFT_OUT: dict[str, AttemptRow] = {
    "open": row(None),
    "cancelled": row(unanswered()),
    "unpriced": row(settlement(cost_usd=None, price_id=None, error="unpriced")),
    "without tokens": row(settlement(tokens=None)),
    "before the default had a price": row(settlement(settled_at=datetime(2024, 7, 17, tzinfo=UTC))),
    "before the baseline had a price": row(settlement(settled_at=datetime(2023, 6, 12, tzinfo=UTC))),
    "an embedding": row(settlement(), wire=Wire.EMBEDDINGS),
    "of a service that is no more": row(settlement(), service="retired_service"),
}


@pytest.mark.parametrize("left_out", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_what_cannot_be_compared_is_counted_and_left_out(left_out: AttemptRow) -> None:
    """It neither adds to the cost nor to what it is compared with, and it does not stop the report."""
    report = SAVINGS.report([billed(MINI), left_out])
    assert report.total == saved(MINI) + Saving(left_out=1)


def test_unbilled_attempts_do_not_count_at_all() -> None:
    """A refused request would have been refused by every model."""
    assert SAVINGS.report([row(unanswered(AttemptStatus.UNBILLED))]).total == Saving()


def test_estimated_costs_count() -> None:
    """Their cost is known well enough to be compared."""
    estimated = row(settlement(status=AttemptStatus.ESTIMATED, tokens=TOKENS, cost_usd=MINI))
    assert SAVINGS.report([estimated]).total.attempts == 1


def test_a_free_answer_saved_everything() -> None:
    """A known cost of 0 is compared like others."""
    assert SAVINGS.report([billed(Decimal(0))]).total.against_baseline_percent == 100


def test_an_answer_of_no_tokens_has_no_percentage() -> None:
    """It is compared, but there is nothing to save on."""
    saving = SAVINGS.report([row(settlement(tokens=NOTHING, cost_usd=Decimal(0)))]).total
    assert (saving.attempts, saving.against_baseline_percent) == (1, None)


def test_cached_tokens_cost_the_baseline_as_input() -> None:
    """gpt-4 has no cached price: 1_000 cached tokens would have cost 0.03."""
    cached = TokenUsage(0, 1000, 0, 0, 0)
    saving = SAVINGS.report([row(settlement(tokens=cached, cost_usd=Decimal("0.000075")))]).total
    assert (saving.baseline_usd, saving.default.usd) == (Decimal("0.03"), Decimal("0.000075"))


@pytest.mark.parametrize(
    ("moment", "default_usd"),
    [
        (datetime(2026, 5, 31, 23, 59, tzinfo=UTC), "1"),
        (datetime(2026, 6, 1, tzinfo=UTC), "0.5"),
        (datetime(2026, 6, 1, 1, tzinfo=timezone(timedelta(hours=2))), "1"),  # still the 31st of May in UTC
    ],
)
def test_the_prices_are_those_of_the_rows_own_utc_day(tmp_path: Path, moment: datetime, default_usd: str) -> None:
    """A later price does not change what was saved before it."""
    policies = PolicyRegistry(load_policies(tmp_path))
    savings = SavingsCalculator(ModelCatalog(load_catalog(tmp_path), CLOCK), policies, baseline_model="large")
    million = settlement(tokens=TokenUsage(1_000_000, 0, 0, 0, 0), cost_usd=Decimal("0.3"), settled_at=moment)
    saving = savings.report([row(million, service="talk")]).total
    assert (saving.baseline_usd, saving.default.usd) == (Decimal(10), Decimal(default_usd))


def test_the_defaults_of_today_cost_many_times_their_replacement() -> None:
    """gpt-4o 21 times gpt-6-luna, gpt-4o-mini 1.3 times: a negative saving, which is what can be saved by moving."""
    report = SAVINGS.report([billed(GPT_4O, "narrative_report"), billed(MINI)])
    against = report.services["narrative_report"].replacement
    assert against == Against("gpt-6-luna", 1, GPT_4O, LUNA)
    assert against.saving_percent == (1 - GPT_4O / LUNA) * 100
    assert report.total.replacement == Against("gpt-6-luna", 2, GPT_4O + MINI, 2 * LUNA)


def test_the_strong_model_is_the_last_of_the_ladder_that_still_answers(tmp_path: Path) -> None:
    """`small` shuts down on the last day of 2026; a service without a ladder is compared with none."""
    ladder = changed(POLICIES, "default_model: small", "default_model: large\n    ladder: [large, small]")
    policies = PolicyRegistry(load_policies(tmp_path, ladder))
    for day, model in ((datetime(2026, 12, 30, tzinfo=UTC), "small"), (datetime(2026, 12, 31, tzinfo=UTC), "large")):
        savings = SavingsCalculator(
            ModelCatalog(load_catalog(tmp_path), FixedClock(day)), policies, baseline_model="large"
        )
        report = savings.report([row(settlement(), service=service) for service in ("talk", "think")])
        assert report.services["talk"].strong.model == model
        assert report.services["think"].strong == Against()
        assert (report.total.attempts, report.total.strong.attempts) == (2, 1)


def test_who_has_no_price_that_day_is_not_compared_with() -> None:
    """gpt-6.1-terra has one from 2026-10-26 on, gpt-6-luna from 2026-09-22 on: the sums say over how many they go."""
    days = (datetime(2026, month, 1, tzinfo=UTC) for month in (9, 10, 11))
    report = SAVINGS.report(row(settlement(tokens=TOKENS, cost_usd=MINI, settled_at=day)) for day in days)
    assert (report.total.attempts, report.total.left_out) == (3, 0)
    assert report.total.strong == Against("gpt-6.1-terra", 1, MINI, TERRA)
    assert report.total.replacement == Against("gpt-6-luna", 2, 2 * MINI, 2 * LUNA)


def test_an_unknown_baseline_is_refused_at_once() -> None:
    """When the calculator is made, not when somebody asks for the report."""
    with pytest.raises(InvalidModelError, match="Model gpt-3 is not in the catalogue"):
        SavingsCalculator(CATALOG, PolicyRegistry(POLICY_FILE), baseline_model="gpt-3")
