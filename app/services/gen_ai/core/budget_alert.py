"""A budget that has reached a part of its limit, told once in each of its periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from app.errors import TollgateError

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


@dataclass(frozen=True, slots=True)
class WaitingAlert:
    """An alert that is still to be delivered, and how often that has been tried."""

    alert: BudgetAlert
    tries: int


class OutboxUnavailableError(TollgateError):
    status = 503
    code = "alert_outbox_unavailable"
    title = "Alerts cannot be read or written at the moment"


class AlertOutbox(Protocol):
    """Alerts that are still to be delivered. They are put there with what raised them, and stay until they are closed.

    Each method raises OutboxUnavailableError where the store does not answer.
    """

    async def due(self, now: datetime, *, limit: int) -> Sequence[WaitingAlert]:
        """Those whose next try is due, the one that has waited longest first."""
        ...

    async def claim(self, waiting: WaitingAlert, *, next_try_at: datetime) -> bool:
        """Counts a try, and hides the alert from everybody until the next; False: somebody else has claimed it."""
        ...

    async def close(self, alert_id: str) -> None:
        """It was delivered, or is given up: it is never due again."""
        ...
