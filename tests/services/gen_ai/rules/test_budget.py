"""Budgets as the policies write them: what is refused there, when they begin anew, and which calls fall under them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ConfigurationError
from app.services.gen_ai.rules.budgets import (
    Budget,
    BudgetBook,
    BudgetClaim,
    BudgetExceededError,
    BudgetStanding,
    Counter,
    Spend,
    counter_keys,
)
from app.vocabulary import BudgetPeriod
from tests.fakes.gate import POLICY_FILE
from tests.fakes.small_files import POLICIES, changed, load_policies

BUDGETS = """\
budgets:
  - name: everything
    scope: all
    period: month
    limit_usd: 0.30
    limit_tokens: 1000
    kind: hard
  - name: talking
    scope: service
    subject: talk
    period: day
    limit_usd: 0.1
    kind: soft
  - name: each_caller
    scope: caller
    period: day
    limit_tokens: 500
    kind: hard
  - name: alice
    scope: caller
    subject: alice
    period: month
    limit_usd: 1
    kind: soft
"""
DAY = date(2026, 11, 23)

BROKEN = {
    "no limit": ("    limit_usd: 0.1\n", "", "line 8, budgets[1]", "talking has no limit; give limit_usd"),
    "a subject for all": ("scope: all\n", "scope: all\n    subject: bob\n", "budgets[0]", "take it out or change"),
    "a name with blanks": ("name: talking", "name: Much talk", "line 8, budgets[1].name", "match pattern"),
    "an unknown scope": ("scope: all", "scope: world", "budgets[0].scope", "'all', 'service' or 'caller'"),
    "an unknown period": ("period: month", "period: year", "budgets[0].period", "'day' or 'month'"),
    "an unknown kind": ("kind: soft", "kind: firm", "budgets[1].kind", "'hard' or 'soft'"),
    "a limit of nothing": ("limit_usd: 0.30", "limit_usd: 0", "budgets[0].limit_usd", "greater than 0"),
    "a limit in words": ("limit_usd: 0.30", "limit_usd: little", "budgets[0].limit_usd", "valid decimal"),
    "a limit that is no number": ("limit_usd: 0.30", "limit_usd: .nan", "budgets[0].limit_usd", "finite number"),
    "half a token": ("limit_tokens: 1000", "limit_tokens: 0.5", "budgets[0].limit_tokens", "valid integer"),
    "less than a picodollar": ("limit_usd: 0.1", "limit_usd: 1.0e-13", "budgets[1].limit_usd", "12 decimal places"),
    "an unknown key": ("kind: hard", "kind: hard\n    colour: red", "budgets[0].colour", "not permitted"),
    "a name that stands twice": ("name: alice", "name: talking", "budget talking stands twice", "name of its own"),
    "an unknown service": ("subject: talk", "subject: sing", "budget talking: there is no service sing",
                           "known services: talk, think"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "expectation"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_budget_says_what_is_wrong(tmp_path: Path, old: str, new: str, place: str, expectation: str) -> None:
    """With the file, the place, and what was expected there."""
    with pytest.raises(ConfigurationError) as caught:
        load_policies(tmp_path, changed(BUDGETS + POLICIES, old, new))
    assert caught.value.detail.startswith(f"{tmp_path / 'policies.yaml'}")
    assert place in caught.value.detail
    assert expectation in caught.value.detail


def test_limits_are_read_exactly(tmp_path: Path) -> None:
    """0.30 in the file is 0.30 USD, not the nearest binary fraction."""
    (everything, talking, *_) = load_policies(tmp_path, BUDGETS + POLICIES).budgets
    assert (everything.limit_usd, talking.limit_usd) == (Decimal("0.30"), Decimal("0.1"))


def test_the_shipped_policies_guard_a_newcomer() -> None:
    """A hard budget for everything in a month, a soft one for each caller and day; nothing else is limited."""
    found = [(b.scope.value, b.subject, b.period.value, b.limit_usd, b.limit_tokens, b.kind)
             for b in POLICY_FILE.budgets]  # fmt: skip
    assert found == [
        ("all", None, "month", Decimal(200), None, "hard"),
        ("caller", None, "day", Decimal(20), None, "soft"),
    ]


@given(period=st.sampled_from(BudgetPeriod), day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_periods_follow_one_another_without_a_gap(period: BudgetPeriod, day: date) -> None:
    """Every moment lies in one period; the next one begins exactly where it ends, at midnight UTC."""
    start, end = period.starts_at(day), period.resets_at(day)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert start < noon < end
    assert period.starts_at(end.date()) == end
    assert period.starts_at((end - timedelta(seconds=1)).date()) == start
    assert (start.hour, start.minute, start.tzinfo) == (0, 0, UTC)
    if period is BudgetPeriod.MONTH:
        assert (start.day, end.day) == (1, 1)


def book(tmp_path: Path) -> BudgetBook:
    return BudgetBook(load_policies(tmp_path, BUDGETS + POLICIES).budgets)


def names(claims: tuple[BudgetClaim, ...] | list[BudgetClaim]) -> list[tuple[str, str | None]]:
    return [(claim.budget.name, claim.subject) for claim in claims]


def test_a_call_falls_under_the_budgets_of_all_of_its_service_and_of_its_caller(tmp_path: Path) -> None:
    found = book(tmp_path)
    assert names(found.claims("talk", "alice", DAY, None)) == [
        ("everything", None), ("talking", "talk"), ("each_caller", "alice"), ("alice", "alice"),
    ]  # fmt: skip
    assert names(found.claims("think", "bob", DAY, None)) == [("everything", None), ("each_caller", "bob")]


@given(service=st.sampled_from(["talk", "think"]), caller=st.text(min_size=1, max_size=20), day=st.dates(),
       upstream=st.sampled_from([None, "openai", "llm.example.org"]))  # fmt: skip
def test_each_budget_is_held_against_one_of_the_counters_of_the_call(
    service: str, caller: str, day: date, upstream: str | None
) -> None:
    """What a budget looks at is what the ledger counts: their keys agree, whoever calls whom."""
    kinds = [(scope, period) for scope in ("all", "service", "caller") for period in ("day", "month")]
    budgets = [Budget.model_validate({"name": f"{scope}_{period}", "scope": scope, "period": period, "kind": "hard",
                                      "limit_tokens": 1}) for scope, period in kinds]  # fmt: skip
    claims = BudgetBook(budgets).claims(service, caller, day, upstream)
    assert sorted(claim.counter for claim in claims) == sorted(counter_keys(service, caller, day, upstream))


def test_all_claims_name_each_budget_once(tmp_path: Path) -> None:
    """Several services and callers share the budget for everything, and have their own of the others."""
    claims = list(book(tmp_path).all_claims(["talk", "think"], ["alice", "bob"], DAY, None))
    assert names(claims) == [
        ("everything", None), ("talking", "talk"), ("each_caller", "alice"), ("each_caller", "bob"),
        ("alice", "alice"),
    ]  # fmt: skip
    assert book(tmp_path).named_callers == ["alice"]


def test_many_callers_do_not_fill_the_memory(tmp_path: Path) -> None:
    """What was worked out for a caller is kept, but not for ever."""
    found = book(tmp_path)
    for number in range(3000):
        assert found.claims("talk", f"caller-{number}", DAY, None)
    assert len(found._known) <= 1001


def standing(usd: str, tokens: int, reserved: Spend | None = None) -> BudgetStanding:
    budget = Budget.model_validate(
        {"name": "b", "scope": "all", "period": "day", "limit_usd": "2", "limit_tokens": 1000, "kind": "hard"}
    )
    return BudgetStanding(budget.claim(None, DAY, None), Counter(Spend(Decimal(usd), tokens), reserved or Spend()))


def test_what_is_left_is_what_is_neither_spent_nor_reserved_and_never_negative() -> None:
    left = standing("0.5", 100, Spend(Decimal("0.25"), 1000))
    assert (left.left_usd, left.left_tokens) == (Decimal("1.25"), 0)
    assert (standing("3", 0).left_usd, standing("3", 0).left_tokens) == (Decimal(0), 1000)


@pytest.mark.parametrize(
    ("spent", "reserved", "need", "only_reserved"),
    [
        ("1", "0.9", "0.2", True),  # as soon as the calls under way turn out cheaper
        ("1", "0.9", "1", True),  # exactly what is not spent
        ("1", "0.9", "1.000000000001", False),  # not even alone
        ("2", "0", "0.1", False),  # all is spent
    ],
)
def test_a_refusal_tells_whether_only_reservations_are_in_the_way(
    spent: str, reserved: str, need: str, *, only_reserved: bool
) -> None:
    """Then it is worth trying again in a moment; else not before the next period."""
    claim = standing("0", 0).claim
    counter = Counter(Spend(Decimal(spent)), Spend(Decimal(reserved)))
    error = BudgetExceededError.of(claim, counter, Spend(Decimal(need), 1), priced=True)
    assert error.only_reserved is only_reserved
    assert error.fields.get("retry_after_seconds") == (2 if only_reserved else None)
    assert ("wait for calls that are under way" in error.detail) is only_reserved
    assert not BudgetExceededError.of(claim, counter, Spend(), priced=False).only_reserved  # it never fits


@pytest.mark.parametrize(("usd", "tokens", "percent"), [("0.5", 100, 25), ("0.5", 900, 90), ("3", 0, 150)])
def test_what_is_used_is_that_of_the_limit_that_is_nearer_to_its_end(usd: str, tokens: int, percent: int) -> None:
    assert standing(usd, tokens, reserved=Spend(Decimal(2), 500)).used_percent == percent
