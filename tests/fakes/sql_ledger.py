"""The ledger in SQL, put together by hand."""

from collections.abc import Collection

from app.services.gen_ai.rules.budgets import BudgetAlert, BudgetBook
from app.storage.database import Database
from app.storage.ledger.journal import Journal
from app.storage.ledger.statements import LedgerStatements
from app.storage.ledger.steps import LedgerSteps
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.ledger.write_queue import Writer
from app.storage.processes import Processes


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
    raised = [] if alerts is None else alerts
    return SqlUsageLedger(
        database,
        writer,
        processes=processes,
        steps=steps,
        journal=journal,
        raised=raised.extend,
        may_pass=lambda service: service in passing,
    )
