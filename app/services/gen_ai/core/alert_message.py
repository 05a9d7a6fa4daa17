"""What is told of a budget alert: its figures, and a sentence for a person."""

from datetime import datetime
from typing import Any

import orjson

from app.services.gen_ai.core.budget_alert import BudgetAlert
from app.services.gen_ai.core.spend import CounterName, usd_text


def alert_message(alert: BudgetAlert) -> bytes:
    """The body of a webhook, in the form of the specification: `type`, `timestamp` (of the event) and `data`."""
    name = CounterName.of(alert.counter)
    data: dict[str, Any] = {
        "alert_id": alert.alert_id,
        "budget": alert.budget,
        "scope": name.scope,
        "subject": name.subject,
        "period": name.period,
        "period_start": f"{name.first_day}T00:00:00Z",
        "resets_at": _moment(alert.resets_at),
        "percent": alert.percent,
        "limit_usd": None if alert.limit_usd is None else usd_text(alert.limit_usd),
        "spent_usd": usd_text(alert.spent_usd),
        "limit_tokens": alert.limit_tokens,
        "spent_tokens": alert.spent_tokens,
        "raised_at": _moment(alert.raised_at),
        "message": alert_sentence(alert),
    }
    return orjson.dumps({"type": "budget.alert", "timestamp": _moment(alert.raised_at), "data": data})


def alert_sentence(alert: BudgetAlert) -> str:
    subject = CounterName.of(alert.counter).subject
    whose = f" of {subject}" if subject else ""
    what = f"has reached {alert.percent} % of its limit" if _is_spent(alert) else "had no room for a call"
    spent = []
    if alert.limit_usd is not None:
        spent.append(f"{usd_text(alert.spent_usd)} of {usd_text(alert.limit_usd)} USD")
    if alert.limit_tokens is not None:
        spent.append(f"{alert.spent_tokens:,} of {alert.limit_tokens:,} tokens")
    return f"Budget {alert.budget}{whose} {what}: {' and '.join(spent)} spent. It resets at {_moment(alert.resets_at)}."


def _is_spent(alert: BudgetAlert) -> bool:
    """Whether so much is spent; a hard budget that had to refuse a call counts as used up before that."""
    part = alert.percent
    usd, tokens = alert.limit_usd, alert.limit_tokens
    return (usd is not None and alert.spent_usd * 100 >= usd * part) or (
        tokens is not None and alert.spent_tokens * 100 >= tokens * part
    )


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
