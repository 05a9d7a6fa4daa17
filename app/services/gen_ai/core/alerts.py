"""Says that a budget has reached a part of its limit: in the log, and to whoever delivers it."""

import asyncio
from collections.abc import Sequence

import structlog

from app.services.gen_ai.core.budget_alert import BudgetAlert
from app.services.gen_ai.core.spend import usd_text

log = structlog.get_logger(__name__)


class BudgetAlerts:
    """`waiting` is set when there is something to deliver."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()

    def raised(self, alerts: Sequence[BudgetAlert]) -> None:
        """Called once the alerts are stored; does not block."""
        for alert in alerts:
            log.warning(
                "budget_alert",
                alert_id=alert.alert_id,
                budget=alert.budget,
                counter=alert.counter,
                percent=alert.percent,
                limit_usd=None if alert.limit_usd is None else usd_text(alert.limit_usd),
                spent_usd=usd_text(alert.spent_usd),
                limit_tokens=alert.limit_tokens,
                spent_tokens=alert.spent_tokens,
                resets_at=alert.resets_at.isoformat(),
            )
        self.waiting.set()
