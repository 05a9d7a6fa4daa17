"""Budget alerts with made-up figures."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from app.services.gen_ai.rules.budgets import BudgetAlert
from app.storage.database import Database
from app.storage.ledger.statements import alert_values
from app.storage.tables import budget_alerts

_ALERT = BudgetAlert(
    alert_id="alert_1",
    budget="everything",
    counter="2026-11|all",
    percent=80,
    limit_usd=Decimal(200),
    spent_usd=Decimal("160.500000000001"),
    limit_tokens=None,
    spent_tokens=123_456,
    resets_at=datetime(2026, 12, 1, tzinfo=UTC),
    raised_at=datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC),
)


def budget_alert(**changes: Any) -> BudgetAlert:
    """80 % of 200 USD for everything in November are spent."""
    return replace(_ALERT, **changes)


async def put_in_outbox(database: Database, *alerts: BudgetAlert) -> None:
    """As the ledger does it when they are raised."""
    async with database.engine.begin() as connection:
        for alert in alerts:
            await connection.execute(insert(budget_alerts).values(alert_values(alert)))
