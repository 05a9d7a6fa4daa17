"""What every `UsageLedger` must do. A test module subclasses `LedgerContract` as `Test...` and gives the ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from app.services.gen_ai.ledger.port import AttemptRow, Settlement, UnreadWrites, UsageLedger, UsageQuery, UsageSum
from app.services.gen_ai.rules.budgets import BudgetBook
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import UNKNOWN_UPSTREAM, AttemptStatus, UsageGroup, Wire
from tests.fakes.rows import NOON, attempt, settlement, unanswered

EVERYTHING = UsageQuery()
MANY = 2000


async def all_rows(ledger: UsageLedger, query: UsageQuery = EVERYTHING) -> list[AttemptRow]:
    rows, total = await ledger.rows(query, limit=100, offset=0)
    assert len(rows) == total
    return list(rows)


async def ids(ledger: UsageLedger, query: UsageQuery) -> set[str]:
    return {row.attempt.attempt_id for row in await all_rows(ledger, query)}


def answer(number: int, **changes: Any) -> Settlement:
    """An answer with an id of its own."""
    return settlement(upstream_id=f"chatcmpl-{number}", **changes)


class LedgerContract:
    @pytest.fixture
    def make(self) -> Callable[[BudgetBook], UsageLedger]:
        raise NotImplementedError("give a maker of the ledger that is to be tested, empty, with these budgets")

    @pytest.fixture
    def ledger(self, make: Callable[[BudgetBook], UsageLedger]) -> UsageLedger:
        return make(BudgetBook())

    async def test_a_new_ledger_is_empty(self, ledger: UsageLedger) -> None:
        """No rows, no sums."""
        assert await all_rows(ledger) == []
        for group in UsageGroup:
            assert list(await ledger.sums(EVERYTHING, group)) == []

    async def test_an_opened_attempt_is_a_row_at_once(self, ledger: UsageLedger) -> None:
        """Before anything is sent, the row is there, with every field and no settlement."""
        opened = attempt(
            requested_model_id="gpt-4o-mini", streamed=True, upstream="llm.example.org", wire=Wire.RESPONSES
        )
        await ledger.open(opened)
        assert await all_rows(ledger) == [AttemptRow(opened, None)]
        assert (await all_rows(ledger))[0].attempt.wire is Wire.RESPONSES
        assert (await all_rows(ledger))[0].status is AttemptStatus.OPEN

    async def test_settling_keeps_every_field(self, ledger: UsageLedger) -> None:
        """What was settled is read back as it was."""
        await ledger.open(attempt())
        await ledger.settle("att_1", settlement())
        assert await all_rows(ledger) == [AttemptRow(attempt(), settlement())]

    @pytest.mark.parametrize("status", [status for status in AttemptStatus if status is not AttemptStatus.OPEN])
    async def test_every_end_is_kept(self, ledger: UsageLedger, status: AttemptStatus) -> None:
        """Measured, estimated, unknown and unbilled attempts are told apart."""
        await ledger.open(attempt())
        await ledger.settle("att_1", settlement(status=status))
        assert [row.status for row in await all_rows(ledger)] == [status]

    async def test_settling_again_changes_nothing(self, ledger: UsageLedger) -> None:
        """The first settlement stands, whatever comes later."""
        await ledger.open(attempt())
        await ledger.settle("att_1", settlement())
        await ledger.settle("att_1", unanswered())
        await ledger.settle("att_1", settlement(cost_usd=Decimal(9)))
        assert await all_rows(ledger) == [AttemptRow(attempt(), settlement())]

    @pytest.mark.parametrize(
        "usd", ["0", "0.000000000001", "0.123456789012", "1234567.000000000001", "0.000251250000", "3"]
    )
    async def test_a_cost_is_kept_exactly(self, ledger: UsageLedger, usd: str) -> None:
        """Down to a picodollar (1e-12 USD), as a Decimal; 0 is a known cost and stays 0."""
        await ledger.open(attempt())
        await ledger.settle("att_1", settlement(cost_usd=Decimal(usd)))
        (found,) = await all_rows(ledger)
        assert found.settlement is not None
        assert isinstance(found.settlement.cost_usd, Decimal)
        assert found.settlement.cost_usd == Decimal(usd)

    async def test_what_is_not_known_stays_none(self, ledger: UsageLedger) -> None:
        """No tokens are not 0 tokens, no cost is not 0 USD."""
        await ledger.open(attempt())
        await ledger.settle("att_1", unanswered())
        (found,) = await all_rows(ledger)
        assert found == AttemptRow(attempt(), unanswered())
        assert found.settlement is not None
        assert found.settlement.tokens is None
        assert found.settlement.cost_usd is None

    async def test_each_kind_of_token_is_kept_apart(self, ledger: UsageLedger) -> None:
        """Also what was written into a cache for twelve hours; sums have it too."""
        written = settlement(tokens=TokenUsage(1, 2, 3, 4, 5, 6))
        await ledger.open(attempt())
        await ledger.settle("att_1", written)
        assert await all_rows(ledger) == [AttemptRow(attempt(), written)]
        (found,) = await ledger.sums(UsageQuery(), UsageGroup.MODEL)
        assert found.tokens == TokenUsage(1, 2, 3, 4, 5, 6)

    async def test_zero_tokens_are_not_unknown_tokens(self, ledger: UsageLedger) -> None:
        """An answer that used nothing is known to have used nothing."""
        nothing = settlement(tokens=TokenUsage(0, 0, 0, 0, 0), cost_usd=Decimal(0))
        await ledger.open(attempt())
        await ledger.settle("att_1", nothing)
        assert await all_rows(ledger) == [AttemptRow(attempt(), nothing)]

    async def test_times_are_utc_whatever_zone_they_came_in(self, ledger: UsageLedger) -> None:
        """A moment given in another zone is the same moment when it is read."""
        kolkata = timezone(timedelta(hours=5, minutes=30))
        await ledger.open(attempt(opened_at=NOON.astimezone(kolkata)))
        (found,) = await all_rows(ledger)
        assert found.attempt.opened_at == NOON
        assert found.attempt.opened_at.tzinfo is not None

    async def test_the_newest_row_comes_first(self, ledger: UsageLedger) -> None:
        """Rows are ordered by the moment of opening, not by the order of writing."""
        for minutes in (2, 0, 3, 1):
            await ledger.open(attempt(f"att_{minutes}", opened_at=NOON + timedelta(minutes=minutes)))
        assert [row.attempt.attempt_id for row in await all_rows(ledger)] == ["att_3", "att_2", "att_1", "att_0"]

    async def test_pages_cut_the_rows_without_gap_or_overlap(self, ledger: UsageLedger) -> None:
        """Each page tells how many rows there are in all, also one behind the end."""
        for minutes in range(7):
            await ledger.open(attempt(f"att_{minutes}", opened_at=NOON + timedelta(minutes=minutes)))
        pages = [await ledger.rows(EVERYTHING, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
        assert [total for _, total in pages] == [7, 7, 7, 7]
        assert [len(rows) for rows, _ in pages] == [3, 3, 1, 0]
        shown = [row.attempt.attempt_id for rows, _ in pages for row in rows]
        assert shown == [f"att_{minutes}" for minutes in range(6, -1, -1)]

    async def test_pages_do_not_repeat_rows_of_the_same_moment(self, ledger: UsageLedger) -> None:
        """Where attempts were opened at once, paging still shows each of them once."""
        for number in range(5):
            await ledger.open(attempt(f"att_{number}"))
        shown = [(await ledger.rows(EVERYTHING, limit=1, offset=offset))[0][0] for offset in range(5)]
        assert len({row.attempt.attempt_id for row in shown}) == 5

    async def test_since_is_included_and_until_excluded(self, ledger: UsageLedger) -> None:
        """So that neighbouring spans share no row; the zone of the question does not matter."""
        for minutes in range(3):
            await ledger.open(attempt(f"att_{minutes}", opened_at=NOON + timedelta(minutes=minutes)))
        one, two = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
        assert await ids(ledger, UsageQuery(since=one)) == {"att_1", "att_2"}
        assert await ids(ledger, UsageQuery(until=one)) == {"att_0"}
        assert await ids(ledger, UsageQuery(since=one, until=two)) == {"att_1"}
        tokyo = timezone(timedelta(hours=9))
        assert await ids(ledger, UsageQuery(since=one.astimezone(tokyo), until=two.astimezone(tokyo))) == {"att_1"}

    async def test_rows_and_sums_obey_the_same_filters(self, ledger: UsageLedger) -> None:
        """By service and by caller, alone and together."""
        for number, (service, caller) in enumerate([("a", "alice"), ("a", "bob"), ("b", "alice"), ("b", "bob")]):
            await ledger.open(attempt(f"att_{number}", service=service, caller_id=caller))
        expected = {
            UsageQuery(service="a"): {"att_0", "att_1"},
            UsageQuery(caller_id="alice"): {"att_0", "att_2"},
            UsageQuery(service="b", caller_id="bob"): {"att_3"},
            UsageQuery(service="nobody"): set[str](),
            UsageQuery(since=NOON + timedelta(seconds=1)): set[str](),
        }
        for query, found in expected.items():
            assert await ids(ledger, query) == found
            assert sum(group.attempts for group in await ledger.sums(query, UsageGroup.SERVICE)) == len(found)

    async def test_sums_are_ordered_by_key(self, ledger: UsageLedger) -> None:
        """By service; by the model that was asked, not by the snapshot that answered."""
        for number, (service, model) in enumerate([("b", "gpt-6-luna"), ("a", "gpt-4o"), ("b", "gpt-4o")]):
            await ledger.open(attempt(f"att_{number}", service=service, model_id=model))
            await ledger.settle(f"att_{number}", answer(number, answered_as=f"{model}-2026-01-01"))
        by_service = await ledger.sums(EVERYTHING, UsageGroup.SERVICE)
        by_model = await ledger.sums(EVERYTHING, UsageGroup.MODEL)
        assert [(group.key, group.attempts) for group in by_service] == [("a", 1), ("b", 2)]
        assert [(group.key, group.attempts) for group in by_model] == [("gpt-4o", 2), ("gpt-6-luna", 1)]

    async def test_a_day_is_the_utc_date_of_opening(self, ledger: UsageLedger) -> None:
        """In ISO form; an attempt belongs to the day on which it was opened, whenever it was settled."""
        midnight = datetime(2026, 11, 24, tzinfo=UTC)
        new_york = timezone(timedelta(hours=-5))
        opened = [midnight - timedelta(microseconds=1), midnight, midnight.astimezone(new_york)]
        for number, moment in enumerate(opened):
            await ledger.open(attempt(f"att_{number}", opened_at=moment))
            await ledger.settle(f"att_{number}", answer(number, settled_at=midnight + timedelta(hours=1)))
        groups = await ledger.sums(EVERYTHING, UsageGroup.DAY)
        assert [(group.key, group.attempts) for group in groups] == [("2026-11-23", 1), ("2026-11-24", 2)]

    async def test_uncosted_counts_what_may_have_been_billed_at_an_unknown_cost(self, ledger: UsageLedger) -> None:
        """Open, unknown and unpriced attempts count; known costs, also of 0, and unbilled attempts do not."""
        ends = [
            None,
            unanswered(),
            settlement(cost_usd=None, price_id=None, error="unpriced"),
            settlement(cost_usd=Decimal("0.5"), upstream_id="chatcmpl-2"),
            settlement(cost_usd=Decimal(0), upstream_id="chatcmpl-3"),
            unanswered(AttemptStatus.UNBILLED, "upstream_error"),
        ]
        for number, end in enumerate(ends):
            await ledger.open(attempt(f"att_{number}"))
            if end is not None:
                await ledger.settle(f"att_{number}", end)
        tokens = TokenUsage(3 * 700, 3 * 250, 3 * 50, 3 * 150, 3 * 50)
        assert list(await ledger.sums(EVERYTHING, UsageGroup.SERVICE)) == [
            UsageSum(
                key="strategy_builder",
                attempts=6,
                uncosted=3,
                tokens=tokens,
                cost_usd=Decimal("0.5"),
                measured_usd=Decimal("0.5"),
                cost_low_usd=Decimal("0.5"),
                cost_high_usd=Decimal("0.5"),
                cached=3,
                cache_unpriced=3,
            )
        ]

    async def test_what_caching_saved_is_summed_and_may_be_a_loss(self, ledger: UsageLedger) -> None:
        """To the picodollar; a row that used a cache and has no price is counted apart."""
        ends = [
            settlement(cache_read_saved_usd=Decimal("0.000000000002"), cache_write_extra_usd=Decimal("0.5")),
            settlement(cache_read_saved_usd=Decimal("0.1"), cache_write_extra_usd=Decimal(0)),
            settlement(cost_usd=None, price_id=None),
            settlement(tokens=TokenUsage(9, 0, 0, 9, 0)),
        ]
        for number, end in enumerate(ends):
            await ledger.open(attempt(f"att_{number}"))
            await ledger.settle(f"att_{number}", end)
        (found,) = await ledger.sums(EVERYTHING, UsageGroup.SERVICE)
        assert found.cache_saved_usd == Decimal("-0.399999999998")
        assert (found.cached, found.cache_unpriced) == (3, 1)

    async def test_a_write_that_nobody_reads_in_time_is_unread(self, ledger: UsageLedger) -> None:
        """Whoever reads, if it is with the same upstream, service and model, later, and within the lifetime to the
        microsecond, the write was not for nothing.
        """
        minute, tick = timedelta(minutes=1), timedelta(microseconds=1)
        short, long = TokenUsage(5, 0, 1000, 1, 0), TokenUsage(5, 0, 0, 1, 0, 2000)
        read = TokenUsage(5, 1000, 0, 1, 0)
        same_moment, other_caller = NOON, NOON + 30 * minute
        rows: list[tuple[str, datetime, TokenUsage, str, str]] = [
            ("read-in-time", NOON, short, "ann", "openai"),
            ("read-in-time", same_moment, read, "ann", "openai"),  # which is not later, and reads an older one
            ("read-in-time", other_caller, read, "bob", "openai"),
            ("read-late", NOON, short, "ann", "openai"),
            ("read-late", other_caller + tick, read, "ann", "openai"),
            ("read-elsewhere", NOON, short, "ann", "openai"),
            ("read-elsewhere", NOON + minute, read, "ann", "simulator"),
            ("read-before", NOON, short, "ann", "openai"),
            ("read-before", NOON - minute, read, "ann", "openai"),
            ("written-again", NOON, TokenUsage(5, 1000, 300, 1, 0), "ann", "openai"),
            ("written-again", NOON + minute, TokenUsage(5, 1000, 400, 1, 0), "ann", "openai"),
            ("long", NOON, long, "ann", "openai"),
            ("long", NOON + timedelta(hours=12), read, "ann", "openai"),
            ("long-late", NOON, long, "ann", "openai"),
            ("long-late", NOON + timedelta(hours=12) + tick, read, "ann", "openai"),
        ]
        for number, (service, at, tokens, caller, upstream) in enumerate(rows):
            name = f"att_{number}"
            await ledger.open(attempt(name, service=service, opened_at=at, caller_id=caller, upstream=upstream))
            extra = None if service == "read-before" else Decimal("0.25")
            end = answer(number, tokens=tokens, cache_read_saved_usd=Decimal(0), cache_write_extra_usd=extra)
            await ledger.settle(name, end)
        a_day_later = NOON + timedelta(days=1)
        found = await ledger.unread_writes(EVERYTHING, UsageGroup.SERVICE, a_day_later)
        assert found == {
            unread.key: unread
            for unread in (
                UnreadWrites("read-late", 1, 0, 1000, Decimal("0.25")),
                UnreadWrites("read-elsewhere", 1, 0, 1000, Decimal("0.25")),
                UnreadWrites("read-before", 1, 1, 1000, Decimal(0)),
                UnreadWrites("written-again", 1, 0, 400, Decimal("0.25")),
                UnreadWrites("long-late", 1, 0, 2000, Decimal("0.25")),
            )
        }

        async def keys(query: UsageQuery, now: datetime) -> set[str]:
            return set(await ledger.unread_writes(query, UsageGroup.SERVICE, now))

        # A read after the end of the period, or by a caller who is not asked for, is a read all the same.
        ended = UsageQuery(until=NOON + minute, caller_id="ann", upstream="openai")
        assert await keys(ended, a_day_later) == {"read-late", "read-elsewhere", "read-before", "long-late"}
        assert await keys(UsageQuery(caller_id="bob"), a_day_later) == set()
        # What may still be read is not waste yet.
        assert await keys(EVERYTHING, NOON + 30 * minute) == set()
        late_ones = {"read-late", "read-elsewhere", "read-before"}
        assert await keys(EVERYTHING, NOON + 30 * minute + tick) == late_ones
        assert await keys(UsageQuery(until=datetime.max.replace(tzinfo=UTC)), NOON + 30 * minute + tick) == late_ones

    async def test_what_is_not_measured_widens_the_interval(self, ledger: UsageLedger) -> None:
        """0.5 measured, an estimate of 0.2 within 0.1 to 0.4, an unknown one from nothing to 0.3 USD."""
        ends = [
            settlement(cost_usd=Decimal("0.5")),
            settlement(
                status=AttemptStatus.ESTIMATED,
                cost_usd=Decimal("0.2"),
                cost_low_usd=Decimal("0.1"),
                cost_high_usd=Decimal("0.4"),
                upstream_id="chatcmpl-2",
            ),
            replace(unanswered(), cost_low_usd=Decimal(0), cost_high_usd=Decimal("0.3")),
        ]
        for number, end in enumerate(ends):
            await ledger.open(attempt(f"att_{number}", worst_tokens=10, worst_usd=Decimal("0.4")))
            await ledger.settle(f"att_{number}", end)
        (found,) = await ledger.sums(EVERYTHING, UsageGroup.SERVICE)
        assert (found.cost_usd, found.measured_usd) == (Decimal("0.7"), Decimal("0.5"))
        assert (found.cost_low_usd, found.cost_high_usd) == (Decimal("0.6"), Decimal("1.2"))
        rows = {row.attempt.attempt_id: row for row in await all_rows(ledger)}
        assert [rows[f"att_{number}"].settlement for number in range(3)] == ends

    async def test_the_id_of_an_answer_proves_nothing_about_other_attempts(self, ledger: UsageLedger) -> None:
        """Some servers repeat ids, or send empty ones: each attempt keeps its own settlement."""
        ends = [settlement(), settlement(latency_ms=7.0), settlement(upstream_id=""), settlement(upstream_id="")]
        for number, end in enumerate(ends):
            await ledger.open(attempt(f"att_{number}"))
            await ledger.settle(f"att_{number}", end)
        rows = {row.attempt.attempt_id: row.settlement for row in await all_rows(ledger)}
        assert [rows[f"att_{number}"] for number in range(4)] == ends

    @pytest.mark.parametrize("count", [2**63, 2**64 - 35, 10**40, -1])
    async def test_counts_that_no_column_takes_are_unknown(self, ledger: UsageLedger, count: int) -> None:
        """Whatever an answer held, its attempt is settled: within its worst case, and flagged."""
        await ledger.open(attempt(worst_usd=Decimal("0.01"), worst_tokens=9))
        await ledger.settle("att_1", settlement(tokens=TokenUsage(count, 0, 0, 1, 0), cost_usd=Decimal(1)))
        (row,) = await all_rows(ledger)
        assert row.settlement is not None
        assert (row.status, row.settlement.error) == (AttemptStatus.UNKNOWN, "unstorable_answer")
        assert (row.settlement.cost_low_usd, row.settlement.cost_high_usd) == (Decimal(0), Decimal("0.01"))
        assert row.settlement.charge(row.attempt.worst) == row.attempt.worst

    @pytest.mark.parametrize("name", ["x" * 100_000, "a\0b", "\N{GRINNING FACE}" * 9000])
    async def test_names_that_no_column_takes_cost_no_row(self, ledger: UsageLedger, name: str) -> None:
        """They may be cut, but the cost stands."""
        await ledger.open(attempt())
        await ledger.settle("att_1", settlement(upstream_id=name, answered_as=name, service_tier=name))
        (row,) = await all_rows(ledger)
        assert row.settlement is not None
        assert (row.status, row.settlement.cost_usd) == (AttemptStatus.MEASURED, settlement().cost_usd)

    async def test_an_unknown_cost_may_count_for_nothing(self, ledger: UsageLedger) -> None:
        """That is kept with the row."""
        end = replace(unanswered(), counts_worst=False)
        await ledger.open(attempt())
        await ledger.settle("att_1", end)
        assert [row.settlement for row in await all_rows(ledger)] == [end]

    async def test_rows_know_their_upstream(self, ledger: UsageLedger) -> None:
        """Rows are found and summed by it; those of older versions, which did not write it down, are apart."""
        for upstream in ("openai", "simulator", None):
            await ledger.open(attempt(f"att_{upstream}", upstream=upstream))
        assert await ids(ledger, UsageQuery(upstream="openai")) == {"att_openai"}
        assert await ids(ledger, UsageQuery(upstream=UNKNOWN_UPSTREAM)) == {"att_None"}
        assert await ids(ledger, UsageQuery(upstream="elsewhere")) == set()
        groups = await ledger.sums(EVERYTHING, UsageGroup.UPSTREAM)
        assert [(group.key, group.attempts) for group in groups] == [("openai", 1), ("simulator", 1), ("unknown", 1)]

    async def test_many_attempts_may_end_without_an_answer(self, ledger: UsageLedger) -> None:
        """Where no answer came there is no id, and nothing that could be the same."""
        for number in range(3):
            await ledger.open(attempt(f"att_{number}"))
            await ledger.settle(f"att_{number}", unanswered())
        assert [row.settlement for row in await all_rows(ledger)] == [unanswered()] * 3

    async def test_tiny_costs_add_up_exactly(self, ledger: UsageLedger) -> None:
        """Thousands of picodollars lose nothing, where floating point would."""
        costs = [Decimal(number % 7 * 10**9 + number) / 10**12 for number in range(1, MANY + 1)]
        for number, cost in enumerate(costs):
            await ledger.open(attempt(f"att_{number}", model_id=f"model-{number % 2}"))
            await ledger.settle(f"att_{number}", answer(number, cost_usd=cost, tokens=TokenUsage(1, 2, 3, 4, 5)))
        (whole,) = await ledger.sums(EVERYTHING, UsageGroup.SERVICE)
        assert whole.cost_usd == sum(costs)
        assert (whole.attempts, whole.uncosted) == (MANY, 0)
        assert whole.tokens == TokenUsage(MANY, 2 * MANY, 3 * MANY, 4 * MANY, 5 * MANY)
        halves = await ledger.sums(EVERYTHING, UsageGroup.MODEL)
        assert [half.cost_usd for half in halves] == [sum(costs[0::2]), sum(costs[1::2])]
