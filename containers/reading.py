"""What commands need that only read: the rules, and the ledger as it stands.

Put together by hand. The whole house brings openai, TA-Lib and the simulator, and even an empty container of
dependency-injector brings fastapi: two seconds, which a command that shows three figures does not have.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.clock import Clock
from app.services.gen_ai.ledger.alerts import BudgetAlerts
from app.services.gen_ai.ledger.budget_standings import BudgetOverview
from app.services.gen_ai.ledger.port import UsageLedger
from app.services.gen_ai.ledger.savings import SavingsCalculator
from app.services.gen_ai.ledger.usage_overview import UsageOverview
from app.services.gen_ai.rules.budgets import BudgetBook
from app.services.gen_ai.rules.catalog_file import CatalogFile, load_catalog_file
from app.services.gen_ai.rules.endings import ModelEndings
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyRegistry, load_policy_file
from app.services.gen_ai.rules.upstream import upstream_of
from app.settings import Settings

if TYPE_CHECKING:
    from app.storage.database import Database


@dataclass(frozen=True, slots=True)
class ReadLedger:
    """`name` is the URL of its database as anybody may see it."""

    name: str
    ledger: UsageLedger
    usage: UsageOverview
    budgets: BudgetOverview


class Reading:
    """The rules of the data files; the ledger is opened when it is asked for.

    Raises:
        ConfigurationError: a file is wrong.
        InvalidModelError: the baseline of savings is not in the catalogue.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.catalog_file: CatalogFile = load_catalog_file(settings.catalog)
        self.catalog = ModelCatalog(self.catalog_file, clock)
        self._policy_file = load_policy_file(settings.policies, self.catalog_file)
        self.policies = PolicyRegistry(self._policy_file)
        self.resolver = ModelResolver(self.catalog, self.policies, clock, upstream_of(settings))
        self.endings = ModelEndings(self.catalog, self.policies, clock)
        self.savings = SavingsCalculator(
            self.catalog, self.policies, baseline_model=settings.baseline_model, regional=settings.regional_processing
        )

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[ReadLedger]:
        """The ledger, open; what a process that has died left in it is closed first.

        Raises:
            ConfigurationError: there is no database, or it cannot be opened.
        """
        from app.storage.opening import database_at  # noqa: PLC0415  models and price need no database

        database = database_at(self.settings.database_url)
        await database.require()
        async with _opened(self, database, book := BudgetBook(self._policy_file.budgets)) as ledger:
            upstream = self.settings.upstream
            budgets = BudgetOverview(book, self.policies, ledger, self.clock, upstream)
            yield ReadLedger(database.name, ledger, UsageOverview(ledger, upstream, self.clock), budgets)


@asynccontextmanager
async def _opened(reading: Reading, database: "Database", book: BudgetBook) -> AsyncIterator[UsageLedger]:
    from app.storage.chat_sessions import ExpiredChats  # noqa: PLC0415  as above
    from app.storage.ledger.journal import Journal  # noqa: PLC0415
    from app.storage.ledger.statements import LedgerStatements  # noqa: PLC0415
    from app.storage.ledger.steps import LedgerSteps  # noqa: PLC0415
    from app.storage.ledger.usage_ledger import SqlUsageLedger  # noqa: PLC0415
    from app.storage.opening import open_storage  # noqa: PLC0415

    settings, writer, processes = reading.settings, database.writer(), database.processes()
    journal = Journal(settings.journal_dir, processes.process_id, database.identity)
    ledger = SqlUsageLedger(
        database,
        writer,
        processes=processes,
        steps=LedgerSteps(LedgerStatements.of(database.driver_dialect), book),
        journal=journal,
        raised=BudgetAlerts().raised,
        may_pass=reading.policies.may_pass_unrecorded,
    )
    chats = ExpiredChats(database, reading.clock, settings.chat_kept)
    storage = open_storage(
        database, writer, processes=processes, journal=journal, ledger=ledger, chats=chats, clock=reading.clock
    )
    await anext(storage)
    try:
        yield ledger
    finally:
        # What opens it goes on behind its `yield`, and closes.
        with suppress(StopAsyncIteration):
            await anext(storage)
