"""Usage, cost, budgets and failures: of the caller, and of nobody else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.clock import FixedClock
from app.services.gen_ai.chat.tools.platform import StatusTools
from app.services.gen_ai.chat.tools.spending import BudgetTools, Period, UsageTools
from app.services.gen_ai.ledger.budget_standings import BudgetOverview
from app.services.gen_ai.ledger.port import Settlement
from app.services.gen_ai.ledger.usage_overview import UsageOverview
from app.services.gen_ai.rules.budgets import Budget, BudgetBook
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.vocabulary import AttemptStatus, BudgetPeriod, BudgetScope
from tests.fakes.gate import POLICY_FILE
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.rows import NOON, attempt, settlement, unanswered
from tests.services.gen_ai.chat.tools.asking import answer, look

POLICIES = PolicyRegistry(POLICY_FILE)
COST = Decimal("0.00025125")


class Books:
    """A ledger with rows of Alice and Bob, and the tools over it."""

    def __init__(self, *budgets: Budget) -> None:
        self.clock, book = FixedClock(NOON), BudgetBook(budgets)
        self.ledger = MemoryLedger(book)
        self.usage = UsageTools(UsageOverview(self.ledger, "simulator", self.clock), POLICIES, self.clock)
        self.budgets = BudgetTools(BudgetOverview(book, POLICIES, self.ledger, self.clock, "simulator"))
        self._rows = 0

    async def add(self, settled: Settlement | None = None, **changes: Any) -> None:
        self._rows += 1
        row = attempt(f"att_{self._rows}", worst_usd=Decimal(1), **{"upstream": "simulator"} | changes)
        await self.ledger.open(row)
        await self.ledger.settle(row.attempt_id, settled or settlement())


class Ready:
    def __init__(self, *, ready: bool = True) -> None:
        self._ready = ready

    async def is_ready(self) -> bool:
        return self._ready


async def test_usage_sums_the_callers_rows_exactly_and_nobody_elses() -> None:
    """Money as exact decimal strings, by the group that was asked for."""
    books = Books()
    await books.add(opened_at=NOON)
    await books.add(opened_at=NOON, service="chatops_advanced", model_id="gpt-4o")
    await books.add(opened_at=NOON, caller_id="bob")
    found = await look(books.usage, "usage_and_cost", period="today", group_by="service", service=None)
    assert found["total_cost_usd"] == "0.0005025"
    assert [(group["key"], group["cost_usd"]) for group in found["groups"]] == [
        ("chatops_advanced", f"{COST}"),
        ("strategy_builder", f"{COST}"),
    ]
    assert found["groups"][0]["input_tokens"] == 1000
    by_model = await look(books.usage, "usage_and_cost", period="today", group_by="model", service="chatops_advanced")
    assert [group["key"] for group in by_model["groups"]] == ["gpt-4o"]
    nothing = await look(books.usage, "usage_and_cost", "carol", period="all", group_by="day", service=None)
    assert (nothing["groups"], nothing["total_cost_usd"]) == ([], "0")


async def test_what_an_answer_cost_that_nobody_knows_is_counted_beside_the_sum() -> None:
    """Unknown is not zero."""
    books = Books()
    await books.add(unanswered())
    found = await look(books.usage, "usage_and_cost", period="all", group_by="service", service=None)
    assert (found["groups"][0]["uncosted_attempts"], found["groups"][0]["attempts"]) == (1, 1)


async def test_a_service_that_there_is_not_is_told_with_those_that_there_are() -> None:
    """Else it would look like one that was never used."""
    told = await answer(Books().usage, "usage_and_cost", period="all", group_by="service", service="cooking")
    assert told["kind"] == "error"
    assert "strategy_builder, narrative_report, chatops_advanced" in told["error"]


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        (Period.TODAY, midnight(3, 1), None),
        (Period.YESTERDAY, midnight(2, 28), midnight(3, 1)),
        (Period.LAST_7_DAYS, midnight(2, 23), None),
        (Period.THIS_MONTH, midnight(3, 1), None),
        (Period.LAST_MONTH, midnight(2, 1), midnight(3, 1)),
        (Period.ALL, None, None),
    ],
)
def test_periods_are_days_and_months_in_utc(period: Period, since: datetime | None, until: datetime | None) -> None:
    """On the first of March."""
    assert period.bounds(midnight(3, 1).date()) == (since, until)


async def test_yesterday_ends_where_today_begins() -> None:
    """A row at midnight is of the day that begins."""
    books = Books()
    today = NOON.replace(hour=0)
    for moment in (today - timedelta(seconds=1), today):
        await books.add(opened_at=moment)
    for period in ("yesterday", "today"):
        found = await look(books.usage, "usage_and_cost", period=period, group_by="day", service=None)
        assert [group["attempts"] for group in found["groups"]] == [1]


def _budget(name: str, scope: BudgetScope, subject: str | None = None) -> Budget:
    return Budget(name=name, scope=scope, subject=subject, period=BudgetPeriod.DAY, limit_usd=Decimal(5), kind="hard")


async def test_budgets_are_those_that_the_caller_falls_under() -> None:
    """Each once; another caller's own budget is not among them, nor what is spent of it."""
    books = Books(
        _budget("all_of_us", BudgetScope.ALL),
        _budget("each", BudgetScope.CALLER),
        _budget("bobs", BudgetScope.CALLER, "bob"),
        _budget("building", BudgetScope.SERVICE, "strategy_builder"),
    )
    await books.add()
    await books.add(caller_id="bob")
    found = (await look(books.budgets, "budgets"))["budgets"]
    assert {budget["name"]: Decimal(budget["spent_usd"]) for budget in found} == {
        "all_of_us": 2 * COST,
        "each": COST,
        "building": 2 * COST,
    }
    assert found[0]["resets_at"] == "2026-11-24T00:00:00Z"
    assert (found[0]["limit_usd"], found[0]["limit_tokens"]) == ("5", None)
    assert (Decimal(found[0]["left_usd"]), found[0]["left_tokens"]) == (5 - 2 * COST, None)
    assert (await look(Books().budgets, "budgets")) == {"answered_by": "simulator", "budgets_in_all": 0, "budgets": []}


@pytest.mark.parametrize("ready", [True, False])
async def test_the_status_says_what_is_known(ready: bool) -> None:  # noqa: FBT001  pytest passes it by name
    """The share of cached tokens is unknown, not 0, where nothing was sent."""
    books = Books()
    status = StatusTools(Ready(ready=ready), books.ledger, books.clock, upstream="simulator")
    found = await look(status, "system_status")
    assert (found["database_ready"], found["answers_come_from"]) == (ready, "simulator")
    assert found["last_24_hours"]["cached_percent"] is None
    await books.add(opened_at=NOON)
    await books.add(opened_at=NOON - timedelta(hours=25))
    await books.add(opened_at=NOON, caller_id="bob")
    found = (await look(status, "system_status"))["last_24_hours"]
    assert (found["requests"], found["input_tokens"], found["cached_percent"]) == (1, 1000, 25.0)


async def test_failures_are_the_callers_newest_first_and_ten_at_most() -> None:
    """Attempts that brought an answer are not among them."""
    books = Books()
    await books.add(opened_at=NOON)
    await books.add(unanswered(AttemptStatus.UNBILLED, "upstream_error"), opened_at=NOON, caller_id="bob")
    for number in range(12):
        await books.add(unanswered(error=f"error_{number}"), opened_at=NOON + timedelta(minutes=number))
    status = StatusTools(Ready(), books.ledger, books.clock, upstream="openai")
    found = await look(status, "recent_failures")
    assert [failure["error"] for failure in found["failures"]] == [f"error_{number}" for number in range(11, 1, -1)]
    assert (found["requests_searched"], found["requests_in_all"]) == (13, 13)
    assert (await look(status, "recent_failures", "carol"))["failures"] == []
