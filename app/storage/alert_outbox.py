"""Alerts that are still to be delivered, in the table into which the ledger writes them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from app.services.gen_ai.rules.budgets import BudgetAlert, OutboxUnavailableError, WaitingAlert
from app.storage.budget_tables import budget_alerts
from app.storage.database import Database
from app.storage.ledger_statements import ALERT
from app.storage.transactions import Transactions

_COLUMNS = budget_alerts.c


class SqlAlertOutbox:
    """An `AlertOutbox`. An alert without a next try is closed."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, OutboxUnavailableError, "Budget alerts cannot be read or written")

    async def due(self, now: datetime, *, limit: int) -> Sequence[WaitingAlert]:
        statement = (
            select(budget_alerts)
            .where(_COLUMNS.next_try_at <= now)
            .order_by(_COLUMNS.next_try_at, _COLUMNS.percent, _COLUMNS.alert_id)
            .limit(limit)
        )
        found = await self._transactions.rows(statement)
        return [WaitingAlert(BudgetAlert(**{name: row[name] for name in ALERT}), row["tries"]) for row in found]

    async def claim(self, waiting: WaitingAlert, *, next_try_at: datetime) -> bool:
        # Of several processes that saw the same number of tries, the first one changes it.
        statement = (
            update(budget_alerts)
            .where(
                _COLUMNS.alert_id == waiting.alert.alert_id,
                _COLUMNS.tries == waiting.tries,
                _COLUMNS.next_try_at.is_not(None),
            )
            .values(tries=waiting.tries + 1, next_try_at=next_try_at)
        )
        return await self._transactions.change(statement) == 1

    async def close(self, alert_id: str) -> None:
        statement = update(budget_alerts).where(_COLUMNS.alert_id == alert_id).values(next_try_at=None)
        await self._transactions.change(statement)
