"""What budgets hold against what the rows count for: a difference is found, and nothing where there is none."""

from dataclasses import replace
from decimal import Decimal

from app.services.gen_ai.ledger.port import Settlement
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus
from tests.conservation.budgets import wrong_counters
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.rows import attempt, settlement, unanswered
from tests.tables import each_line

UPSTREAM = "127.0.0.1"
FAILED = replace(unanswered(error="upstream_error"), upstream_status=500, counts_worst=False)
BROKEN = replace(unanswered(error="answer_failed"), upstream_status=200, counts_worst=False)


async def told(*settlements: Settlement | None) -> list[str]:
    """What is found of attempts that end like this; None: not at all."""
    ledger = MemoryLedger()
    for number, end in enumerate(settlements):
        one = attempt(f"att_{number}", upstream=UPSTREAM, worst_usd=Decimal("0.01"), worst_tokens=900)
        await ledger.open(one)
        if end is not None:
            await ledger.settle(one.attempt_id, end)
    return await wrong_counters(ledger, UPSTREAM)


async def test_counters_that_hold_what_the_rows_count_for_are_right() -> None:
    """Measured, unpriced, unbilled, at the worst where an answer broke off, for nothing where the upstream failed."""
    unpriced = settlement(cost_usd=None, error="unpriced")
    assert await told(settlement(), unpriced, unanswered(AttemptStatus.UNBILLED), unanswered(), FAILED, BROKEN) == []


@each_line(
    ("end", "found"),
    [
        (None, "still reserves Spend(usd=Decimal('0.01'), tokens=900)"),
        (replace(FAILED, counts_worst=True), "holds Spend(usd=Decimal('0.01'), tokens=900), but its rows count for"),
        (replace(BROKEN, counts_worst=True), "holds Spend(usd=Decimal('0.01'), tokens=900), but its rows count for"),
        (replace(unanswered(), counts_worst=False), "holds Spend(usd=Decimal('0'), tokens=0), but its rows count for"),
        (
            replace(unanswered(), counts_worst=False, tokens=TokenUsage(1, 0, 0, 1, 0)),
            "holds Spend(usd=Decimal('0'), tokens=2), but its rows count for Spend(usd=Decimal('0.01'), tokens=2)",
        ),
    ],
)
async def test_a_counter_that_holds_something_else_is_found(end: Settlement | None, found: str) -> None:
    """What is still reserved; a failure of the upstream that counts; an unknown cost that does not."""
    assert any(found in sentence for sentence in await told(end)), await told(end)
