"""The ledger in SQL, put together by hand."""

from collections.abc import Collection, Sequence

from app.services.gen_ai.core.budget import BudgetBook
from app.services.gen_ai.core.budget_alert import BudgetAlert
from app.storage.database import Database
from app.storage.ledger.journal import Journal
from app.storage.ledger.statements import LedgerStatements
from app.storage.ledger.steps import LedgerSteps
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.ledger.write_queue import Writer
from app.storage.processes import Processes


class KeptAlerts:
    """An `AlertSink` that keeps what it is given in a list."""

    def __init__(self, alerts: list[BudgetAlert]) -> None:
        self._alerts = alerts

    def raised(self, alerts: Sequence[BudgetAlert]) -> None:
        self._alerts.extend(alerts)


def sql_ledger(
    database: Database,
    writer: Writer,
    processes: Processes,
    journal: Journal,
    *,
    book: BudgetBook | None = None,
    alerts: list[BudgetAlert] | None = None,
    passing: Collection[str] = (),
) -> SqlUsageLedger:
    """`passing`: the services whose calls go out while the ledger cannot be written."""
    steps = LedgerSteps(LedgerStatements.of(database.driver_dialect), book or BudgetBook())
    sink = KeptAlerts([] if alerts is None else alerts)
    return SqlUsageLedger(
        database,
        writer,
        processes=processes,
        steps=steps,
        journal=journal,
        alerts=sink,
        may_pass=lambda service: service in passing,
    )
