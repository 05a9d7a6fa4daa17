"""What is told of a budget alert."""

from datetime import date
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.ledger.alerts import alert_message, alert_sentence
from app.services.gen_ai.rules.budgets import CounterName, counter_key
from tests.fakes.budget_alerts import budget_alert


def test_a_message_has_type_time_figures_and_a_sentence() -> None:
    """Amounts are exact decimal strings, moments are UTC, and what has no limit is null."""
    assert orjson.loads(alert_message(budget_alert())) == {
        "type": "budget.alert",
        "timestamp": "2026-11-23T12:00:00.250000Z",
        "data": {
            "alert_id": "alert_1",
            "budget": "everything",
            "upstream": None,
            "scope": "all",
            "subject": None,
            "period": "month",
            "period_start": "2026-11-01T00:00:00Z",
            "resets_at": "2026-12-01T00:00:00Z",
            "percent": 80,
            "limit_usd": "200",
            "spent_usd": "160.500000000001",
            "limit_tokens": None,
            "spent_tokens": 123456,
            "raised_at": "2026-11-23T12:00:00.250000Z",
            "message": "Budget everything has reached 80 % of its limit: 160.500000000001 of 200 USD spent. "
            "It resets at 2026-12-01T00:00:00Z.",
        },
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"percent": 100, "spent_usd": Decimal(200)}, "has reached 100 % of its limit: 200 of 200 USD spent."),
        ({"percent": 100}, "Budget everything had no room for a call: 160.500000000001 of 200 USD spent."),
        ({"counter": "2026-11-23|caller|alice"}, "Budget everything of alice has reached 80 %"),
        ({"counter": "2026-11-23@llm.example.org|caller|a@b"}, "everything of a@b at llm.example.org has reached"),
        ({"limit_usd": None, "limit_tokens": 150_000}, "80 % of its limit: 123,456 of 150,000 tokens spent."),
        ({"limit_tokens": 10**6}, "160.500000000001 of 200 USD and 123,456 of 1,000,000 tokens spent."),
        ({"limit_usd": None, "limit_tokens": 124_000, "percent": 100}, "had no room for a call: 123,456 of 124,000"),
    ],
)  # fmt: skip
def test_the_sentence_says_what_is_true(changes: dict[str, object], sentence: str) -> None:
    """A budget that refused a call counts as used up, but the sentence does not claim that all of it is spent."""
    assert sentence in alert_sentence(budget_alert(**changes))


@given(
    period=st.sampled_from(["day", "month"]),
    day=st.dates(),
    scope=st.sampled_from(["service", "caller"]),
    subject=st.text(min_size=1),
    upstream=st.sampled_from([None, "openai", "llm.example.org"]),
)
def test_the_name_of_a_counter_says_what_it_counts(
    period: str, day: date, scope: str, subject: str, upstream: str | None
) -> None:
    """Whatever characters the subject has, also the one that separates the parts."""
    first_day = day if period == "day" else day.replace(day=1)
    name = CounterName.of(counter_key(period, day, scope, subject, upstream))
    assert name == CounterName(period, first_day, scope, subject, upstream)
    everybody = CounterName.of(counter_key(period, day, "all", "", upstream))
    assert everybody == CounterName(period, first_day, "all", None, upstream)
