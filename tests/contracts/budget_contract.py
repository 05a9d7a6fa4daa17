"""What every ledger does with budgets: it reserves in the step that records, and settles to what it really cost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.services.gen_ai.ledger.port import Attempt, UsageLedger, UsageQuery
from app.services.gen_ai.rules.budgets import Budget, BudgetBook, BudgetExceededError, Counter, Spend, counter_keys
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus, Wire
from tests.fakes.rows import attempt, settlement, unanswered

Make = Callable[[BudgetBook], UsageLedger]
WORST = Spend(Decimal("0.01"), 1000)


def budget(**changes: Any) -> Budget:
    """A hard one for everything in a day: 0.10 USD."""
    fields = {"name": "all_day", "scope": "all", "period": "day", "limit_usd": "0.10", "kind": "hard"}
    return Budget.model_validate(fields | changes)


def book(*budgets: Budget) -> BudgetBook:
    return BudgetBook(budgets)


def call(number: int | str, **changes: Any) -> Attempt:
    """An attempt that may cost 0.01 USD and use 1,000 tokens."""
    return attempt(f"att_{number}", **{"worst_usd": WORST.usd, "worst_tokens": WORST.tokens} | changes)


async def counters(ledger: UsageLedger, one: Attempt) -> list[Counter]:
    """The six that count it."""
    keys = counter_keys(one.service, one.caller_id, one.opened_at.astimezone(UTC).date(), one.upstream)
    found = await ledger.counters(keys)
    return [found[key] for key in keys]


async def let_through(ledger: UsageLedger, calls: list[Attempt]) -> int:
    ends = await asyncio.gather(*(ledger.open(one) for one in calls), return_exceptions=True)
    assert all(end is None or isinstance(end, BudgetExceededError) for end in ends)
    return ends.count(None)


class BudgetContract:
    @pytest.fixture
    def make(self) -> Make:
        raise NotImplementedError("give a maker of the ledger that is to be tested, empty, with these budgets")

    async def test_opening_reserves_the_worst_case_and_settling_turns_it_into_the_cost(self, make: Make) -> None:
        ledger = make(book())
        await ledger.open(call(1))
        assert await counters(ledger, call(1)) == [Counter(reserved=WORST)] * 6
        await ledger.settle("att_1", settlement(cost_usd=Decimal("0.002"), tokens=TokenUsage(100, 20, 3, 40, 5)))
        assert await counters(ledger, call(1)) == [Counter(spent=Spend(Decimal("0.002"), 168))] * 6

    async def test_the_callers_of_a_month_are_those_who_called_in_it(self, make: Make) -> None:
        """Whatever characters a name has: it is no pattern. Who called another upstream is not among them."""
        ledger = make(book())
        names = ["bob", "a%_|b", "alice"]
        for number, name in enumerate([*names, "alice"]):
            await ledger.open(call(number, caller_id=name))
        await ledger.open(call("later", caller_id="zoe", opened_at=datetime(2026, 12, 1, tzinfo=UTC)))
        await ledger.open(call("elsewhere", caller_id="ida", upstream="simulator"))
        assert await ledger.callers_of_month(date(2026, 11, 30), None) == sorted(names)
        assert await ledger.callers_of_month(date(2026, 12, 31), None) == ["zoe"]
        assert await ledger.callers_of_month(date(2026, 10, 23), None) == []
        assert await ledger.callers_of_month(date(2026, 11, 30), "simulator") == ["ida"]

    async def test_what_nothing_counted_in_is_missing(self, make: Make) -> None:
        assert await make(book()).counters(["2026-11-23|all"]) == {}

    @pytest.mark.parametrize(
        ("status", "spent"), [(AttemptStatus.UNKNOWN, WORST), (AttemptStatus.UNBILLED, Spend())]
    )  # fmt: skip
    async def test_what_is_unknown_counts_at_its_worst_and_what_was_not_billed_not_at_all(
        self, make: Make, status: AttemptStatus, spent: Spend
    ) -> None:
        ledger = make(book())
        await ledger.open(call(1))
        await ledger.settle("att_1", unanswered(status))
        assert await counters(ledger, call(1)) == [Counter(spent=spent)] * 6

    async def test_settling_again_counts_once(self, make: Make) -> None:
        ledger = make(book())
        await ledger.open(call(1))
        for _ in range(3):
            await ledger.settle("att_1", settlement(cost_usd=Decimal("0.002")))
        assert {counter.spent.usd for counter in await counters(ledger, call(1))} == {Decimal("0.002")}
        assert {counter.reserved for counter in await counters(ledger, call(1))} == {Spend()}

    async def test_each_answer_counts_whatever_id_it_has(self, make: Make) -> None:
        """A server that gives all its answers one id does not call for free."""
        ledger = make(book())
        for number in (1, 2):
            await ledger.open(call(number))
            await ledger.settle(f"att_{number}", settlement(upstream_id="same", cost_usd=Decimal("0.002")))
        assert {counter.spent.usd for counter in await counters(ledger, call(1))} == {Decimal("0.004")}

    async def test_what_is_unknown_may_count_for_nothing_until_it_is_resolved(self, make: Make) -> None:
        ledger = make(book())
        await ledger.open(call(1))
        await ledger.settle("att_1", replace(unanswered(), counts_worst=False))
        assert await counters(ledger, call(1)) == [Counter()] * 6

    async def test_each_upstream_has_counters_of_its_own(self, make: Make) -> None:
        """What a simulator answered leaves the whole budget to the real upstream, and the other way round."""
        ledger = make(book(budget()))
        for upstream in ("simulator", "openai", "llm.example.org", None):
            calls = [call(f"{upstream}{number}", upstream=upstream) for number in range(12)]
            assert await let_through(ledger, calls) == 10
            assert {counter.reserved.usd for counter in await counters(ledger, calls[0])} == {Decimal("0.10")}

    async def test_what_cannot_be_metered_is_never_refused_and_counts_nothing(self, make: Make) -> None:
        ledger = make(book(budget()))
        await let_through(ledger, [call(number) for number in range(10)])
        other = call("other", wire=Wire.OTHER, worst_usd=None)
        before = await counters(ledger, other)
        await ledger.open(other)
        assert await counters(ledger, other) == before
        await ledger.settle("att_other", unanswered())
        assert await counters(ledger, other) == before

    async def test_a_thousand_calls_at_once_against_a_budget_for_ten(self, make: Make) -> None:
        """Exactly those are let through that fit; the others left no row and no reservation."""
        ledger = make(book(budget()))
        assert await let_through(ledger, [call(number) for number in range(1000)]) == 10
        assert (await ledger.rows(UsageQuery(), limit=1, offset=0))[1] == 10
        assert {counter.reserved.usd for counter in await counters(ledger, call(1))} == {Decimal("0.10")}

    async def test_a_limit_may_be_used_up_to_the_last_picodollar(self, make: Make) -> None:
        ledger = make(book(budget(limit_usd="0.020000000001")))
        assert await let_through(ledger, [call(1), call(2), call(3, worst_usd=Decimal("0.000000000002"))]) == 2
        await ledger.open(call(4, worst_usd=Decimal("0.000000000001")))

    async def test_tokens_are_limited_too(self, make: Make) -> None:
        ledger = make(book(budget(limit_usd=None, limit_tokens=2500)))
        assert await let_through(ledger, [call(number) for number in range(5)]) == 2

    async def test_what_was_reserved_too_much_is_free_again(self, make: Make) -> None:
        """Ten calls that turn out cheap leave room for others."""
        ledger = make(book(budget()))
        await let_through(ledger, [call(number) for number in range(10)])
        for number in range(10):
            await ledger.settle(f"att_{number}", settlement(cost_usd=Decimal("0.001"), upstream_id=f"answer-{number}"))
        assert await let_through(ledger, [call(number) for number in range(10, 30)]) == 9

    async def test_each_caller_and_each_service_has_its_own(self, make: Make) -> None:
        ledger = make(
            book(
                budget(name="each_caller", scope="caller", limit_usd="0.02"),
                budget(name="chat", scope="service", subject="chatops_advanced", limit_usd="0.03"),
            )
        )
        for caller in ("alice", "bob"):
            assert await let_through(ledger, [call(f"{caller}{n}", caller_id=caller) for n in range(5)]) == 2
        chats = [call(f"c{n}", caller_id=f"caller-{n}", service="chatops_advanced") for n in range(5)]
        assert await let_through(ledger, chats) == 3

    async def test_a_day_and_a_month_end_at_midnight_utc(self, make: Make) -> None:
        """The call of the last second fills the day; the first one of the next day has a new one, but the old month."""
        ledger = make(book(budget(limit_usd="0.01"), budget(name="all_month", period="month", limit_usd="0.02")))
        moments = [
            datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC),
            datetime(2026, 11, 30, 0, 0, tzinfo=UTC),
            datetime(2026, 11, 30, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 12, 1, 0, 0, tzinfo=UTC),
        ]
        ends = [await let_through(ledger, [call(n, opened_at=moment)]) for n, moment in enumerate(moments)]
        assert ends == [1, 1, 0, 1]

    async def test_a_cost_counts_on_the_day_on_which_the_call_was_made(self, make: Make) -> None:
        ledger = make(book())
        before = call(1, opened_at=datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC))
        await ledger.open(before)
        await ledger.settle("att_1", settlement(settled_at=datetime(2026, 11, 30, 0, 0, 9, tzinfo=UTC)))
        assert [counter.reserved for counter in await counters(ledger, before)] == [Spend()] * 6
        assert await ledger.counters(["2026-11-30|all"]) == {}

    async def test_a_refusal_says_what_is_left_and_until_when(self, make: Make) -> None:
        ledger = make(book(budget(limit_tokens=5000)))
        await ledger.open(call(1, worst_usd=Decimal("0.05")))
        await ledger.settle("att_1", settlement(cost_usd=Decimal("0.03"), tokens=TokenUsage(10, 0, 0, 10, 0)))
        await ledger.open(call(2, worst_usd=Decimal("0.04")))
        with pytest.raises(
            BudgetExceededError, match=r"Budget all_day has 0\.03\d* USD and 3,980 tokens left"
        ) as raised:
            await ledger.open(call(3, worst_usd=Decimal("0.031")))
        fields = raised.value.fields
        amounts = {name: Decimal(value) for name, value in fields.items() if name.endswith("_usd")}
        assert amounts == {
            "limit_usd": Decimal("0.10"), "spent_usd": Decimal("0.03"), "reserved_usd": Decimal("0.04"),
            "left_usd": Decimal("0.03"), "needed_usd": Decimal("0.031"),
        }  # fmt: skip
        assert (fields["budget"], fields["resets_at"]) == ("all_day", "2026-11-24T00:00:00Z")
        assert (fields["left_tokens"], fields["needed_tokens"]) == (3980, 1000)

    async def test_a_soft_budget_refuses_nothing(self, make: Make) -> None:
        ledger = make(book(budget(kind="soft")))
        assert await let_through(ledger, [call(number) for number in range(20)]) == 20

    async def test_a_call_without_a_known_price_has_no_room_in_a_hard_budget_in_usd(self, make: Make) -> None:
        ledger = make(book(budget()))
        assert await let_through(ledger, [call(1, worst_usd=None)]) == 0
        assert await let_through(make(book(budget(limit_usd=None, limit_tokens=9000))), [call(2, worst_usd=None)]) == 1
