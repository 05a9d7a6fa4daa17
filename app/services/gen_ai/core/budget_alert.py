"""A budget that has reached a part of its limit, told once in each of its periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

ALERT_PERCENTS = (50, 80, 100)
"""Percent of the limit that is spent. A hard budget that had to refuse a call counts as used up: that is 100."""


@dataclass(frozen=True, slots=True)
class BudgetAlert:
    """`counter` names the period and whom it is for; the figures are those of the moment in which it was raised."""

    alert_id: str
    budget: str
    counter: str
    percent: int
    limit_usd: Decimal | None
    spent_usd: Decimal
    limit_tokens: int | None
    spent_tokens: int
    resets_at: datetime
    raised_at: datetime


class AlertSink(Protocol):
    def raised(self, alerts: Sequence[BudgetAlert]) -> None:
        """Called once the alerts are stored; must not block."""
        ...


class AlertOutbox(Protocol):
    """Alerts that are still to be delivered; they stay until somebody took them."""

    async def due(self, now: datetime, *, limit: int) -> Sequence[tuple[BudgetAlert, int]]:
        """Undelivered alerts whose next try is due, the oldest first, each with the tries made so far."""
        ...

    async def delivered(self, alert_id: str, now: datetime) -> None: ...

    async def postpone(self, alert_id: str, *, until: datetime | None) -> None:
        """Counts a failed try; `until` None: it is given up."""
        ...
