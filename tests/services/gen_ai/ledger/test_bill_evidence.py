"""What a bill proves about attempts whose cost is not known; and what it leaves open, with the reason."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.clock import FixedClock
from app.services.gen_ai.ledger.bill_evidence import BillEvidence, Verdict
from app.services.gen_ai.ledger.openai_costs import BilledCosts, BilledItem, Category
from app.services.gen_ai.ledger.port import AttemptRow, Resolution, Settlement
from app.services.gen_ai.ledger.resolutions import change_by
from app.services.gen_ai.rules.catalog_file import load_catalog_file
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.settings import Settings
from app.vocabulary import AttemptStatus, Wire
from tests.fakes.rows import attempt, settlement, unanswered
from tests.tables import each_line

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATE = datetime(2026, 11, 20, 23, 59, 30, tzinfo=UTC)
WORST = Decimal("0.01")
CATALOG = ModelCatalog(load_catalog_file(Settings.model_fields["catalog"].default), FixedClock(NOON))
MEASURED = settlement(settled_at=NOON, cost_usd=Decimal("0.002"))
UNKNOWN = replace(unanswered(), settled_at=NOON, cost_low_usd=Decimal(0), cost_high_usd=WORST)
ESTIMATED = settlement(status=AttemptStatus.ESTIMATED, settled_at=NOON, cost_usd=Decimal("0.003"),
                       cost_low_usd=Decimal("0.001"), cost_high_usd=WORST)  # fmt: skip


def row(number: int, settled: Settlement | None, **changes: Any) -> AttemptRow:
    return AttemptRow(attempt(f"att_{number}", **{"opened_at": NOON, "worst_usd": WORST} | changes), settled)


def bill(*lines: tuple[str | None, str], day: date = DAY) -> BilledCosts:
    """A line `model` is its output; another text is no line of tokens."""
    items = []
    for name, usd in lines:
        model = name if name and "," not in name else None
        category = None if model is None else Category.OUTPUT
        items.append(BilledItem(day, name, "proj_a", Decimal(usd), model, category))
    return BilledCosts(tuple(items), frozenset({day}))


def verdict(costs: BilledCosts, *rows: AttemptRow, now: datetime = NOON + timedelta(days=9)) -> Verdict:
    evidence = BillEvidence(costs, CATALOG, now)
    evidence.record(rows)
    return evidence.verdict()


def proved(found: Verdict) -> list[tuple[str, Decimal | None]]:
    return [(proof.attempt_id, proof.cost_usd) for proof in found.proofs]


@each_line(("billed", "rows", "expected"), [
    # No more than was measured: nothing else was billed, however many are left.
    ("0.002", [row(1, MEASURED), row(2, UNKNOWN), row(3, UNKNOWN)], [("att_2", None), ("att_3", None)]),
    ("0.002000000001", [row(1, MEASURED), row(2, UNKNOWN)], [("att_2", None)]),
    ("0", [row(1, UNKNOWN)], [("att_1", None)]),
    # One is left, and the rest of the bill is what it can have cost.
    ("0.0055", [row(1, MEASURED), row(2, UNKNOWN)], [("att_2", Decimal("0.0035"))]),
    ("0.0035", [row(1, ESTIMATED)], [("att_1", Decimal("0.0035"))]),
    ("0.0100000000009", [row(1, UNKNOWN)], [("att_1", WORST)]),
    ("0.00350000000000049", [row(1, UNKNOWN)], [("att_1", Decimal("0.0035"))]),
    # What was not billed has no part in it.
    ("0.0035", [row(1, UNKNOWN), row(2, unanswered(AttemptStatus.UNBILLED))], [("att_1", Decimal("0.0035"))]),
])  # fmt: skip
def test_a_bill_decides_where_nothing_else_can_be(
    billed: str, rows: Sequence[AttemptRow], expected: list[tuple[str, Decimal | None]]
) -> None:
    found = verdict(bill(("gpt-4o-mini-2024-07-18", billed)), *rows)
    assert (proved(found), list(found.undecided)) == (expected, [])


@each_line(("lines", "rows", "why"), [
    ([("gpt-4o-mini", "0.0055")], [row(1, MEASURED), row(2, UNKNOWN), row(3, UNKNOWN)],
     "0.0035 USD for 2 attempts together"),
    ([("gpt-4o-mini", "0.02")], [row(1, UNKNOWN), row(2, UNKNOWN)], "0.02 USD for 2 attempts together"),
    ([("gpt-4o-mini", "0.001")], [row(1, MEASURED), row(2, UNKNOWN)], "0.001 USD less than was measured"),
    ([("gpt-4o-mini", "0.02")], [row(1, UNKNOWN)], "it must have cost between 0 and 0.01 USD"),
    ([("gpt-4o-mini", "0.0005")], [row(1, ESTIMATED)], "between 0.001 and 0.01 USD"),
    ([], [row(1, ESTIMATED)], "it must have cost 0.001 USD at least"),
    ([("gpt-4o-mini", "0.001")], [row(1, replace(UNKNOWN, cost_high_usd=None), worst_usd=None)],
     "between 0 and an amount that is not known"),
    ([(None, "7")], [row(1, UNKNOWN)], "not split by line item"),
    ([("gpt-4o-mini, audio", "0.1")], [row(1, UNKNOWN)], "a line of its model that is not read"),
    ([], [row(1, UNKNOWN, model_id="llama")], "the catalogue does not know its model"),
    ([], [row(1, UNKNOWN, wire=Wire.OTHER)], "cannot be metered"),
    ([], [row(1, None)], "still open"),
    ([], [row(1, settlement(cost_usd=None, settled_at=NOON))], "it has no price"),
    ([], [row(1, replace(UNKNOWN, settled_at=LATE + timedelta(minutes=2)), opened_at=LATE)], "under way at midnight"),
])  # fmt: skip
def test_what_a_bill_does_not_decide_is_left_with_the_reason(
    lines: list[tuple[str | None, str]], rows: Sequence[AttemptRow], why: str
) -> None:
    found = verdict(bill(*lines), *rows)
    assert not found.proofs
    assert found.undecided
    assert all(why in left.why for left in found.undecided)


@each_line("other", [
    row(2, UNKNOWN, wire=Wire.OTHER, model_id="dall-e-3"),
    row(2, None),
    row(2, settlement(cost_usd=None, settled_at=NOON)),
    row(2, replace(UNKNOWN, settled_at=NOON), opened_at=LATE - timedelta(days=1)),
    row(2, settlement(cost_usd=Decimal(0), settled_at=NOON), opened_at=LATE - timedelta(days=1)),
])  # fmt: skip
def test_what_may_be_on_the_same_bill_keeps_it_from_deciding(other: AttemptRow) -> None:
    """Where the bill shows more than was measured it may be either; where it shows nothing more, it is neither."""
    assert "another attempt in doubt" in _why(verdict(bill(("gpt-4o-mini", "0.004")), row(1, UNKNOWN), other), "att_1")
    assert ("att_1", None) in proved(verdict(bill(), row(1, UNKNOWN), other))


def _why(found: Verdict, attempt_id: str) -> str:
    return next(left.why for left in found.undecided if left.attempt_id == attempt_id)


def test_a_day_that_has_not_ended_proves_nothing() -> None:
    """The bill may still grow; of days that it does not speak of it says nothing at all."""
    early = verdict(bill(), row(1, UNKNOWN), now=NOON + timedelta(hours=1))
    assert _why(early, "att_1") == "its day has not ended, and the bill may still grow"
    assert not early.proofs
    elsewhere = verdict(bill(day=DAY + timedelta(days=1)), row(1, UNKNOWN))
    assert not elsewhere.proofs


def test_what_was_resolved_is_known_the_next_time() -> None:
    """It counts on the day on which it was opened, whenever it was found out, and decides about the others."""
    died = replace(UNKNOWN, settled_at=NOON + timedelta(days=3), error="process_died")
    change = change_by(Resolution("att_1", Decimal("0.0035"), "by hand", "ann", NOON), row(1, died))
    known = AttemptRow(row(1, died).attempt, change.after, change.trace)
    assert proved(verdict(bill(("gpt-4o-mini", "0.0035")), known, row(2, UNKNOWN))) == [("att_2", None)]


@given(
    measured=st.lists(st.integers(0, 10**10), max_size=4),
    unknown=st.lists(st.none() | st.integers(1, 10**10), max_size=3),
)
def test_what_is_proved_is_true(measured: list[int], unknown: list[int | None]) -> None:
    """Whatever was billed of what is unknown, a proof never says anything else than what happened."""
    pico = Decimal("1e-12")
    rows = [row(n, settlement(settled_at=NOON, cost_usd=amount * pico)) for n, amount in enumerate(measured)]
    truth = {f"att_{n}": None if amount is None else amount * pico for n, amount in enumerate(unknown, 10)}
    rows += [row(n, UNKNOWN) for n in range(10, 10 + len(unknown))]
    total = sum(measured) + sum(amount for amount in unknown if amount is not None)
    found = verdict(bill(("gpt-4o-mini", f"{total * pico:f}")), *rows)
    rounding, nothing = pico * (len(measured) + 1), Decimal(0)
    for attempt_id, cost in proved(found):
        assert abs((cost or nothing) - (truth[attempt_id] or nothing)) <= rounding
    assert len(found.proofs) + len(found.undecided) == len(unknown)
