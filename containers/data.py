"""What everything stands on (settings and time), the rules that calls are held to, and where things are kept."""

from operator import methodcaller

from dependency_injector import containers, providers

from app.clock import SystemClock
from app.quant.market import market_data
from app.services.gen_ai.ledger.alerts import BudgetAlerts
from app.services.gen_ai.rules.budgets import BudgetBook
from app.services.gen_ai.rules.catalog_file import load_catalog_file
from app.services.gen_ai.rules.endings import ModelEndings
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.refusals import Refusals
from app.services.gen_ai.rules.service_policy import PolicyRegistry, load_policy_file
from app.services.gen_ai.rules.upstream import upstream_of
from app.settings import load_settings
from app.storage.answers import SqlAnswerStore
from app.storage.backtests import SqlBacktestQueue, SqlBacktestStore
from app.storage.chat_sessions import ExpiredChats, SqlChatSessionStore
from app.storage.ledger.journal import Journal
from app.storage.ledger.statements import LedgerStatements
from app.storage.ledger.steps import LedgerSteps
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.opening import database_at, open_storage
from app.storage.reports import SqlReportOrders, SqlReportStore
from app.storage.strategies import SqlBuildStore, SqlStrategyStore


class CoreContainer(containers.DeclarativeContainer):
    settings = providers.ThreadSafeSingleton(load_settings)
    clock = providers.ThreadSafeSingleton(SystemClock)


class RulesContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()

    catalog_file = providers.ThreadSafeSingleton(load_catalog_file, core.settings.provided.catalog)
    policy_file = providers.ThreadSafeSingleton(load_policy_file, core.settings.provided.policies, catalog_file)
    catalog = providers.Factory(ModelCatalog, catalog_file, core.clock)
    policies = providers.Factory(PolicyRegistry, policy_file)
    upstream = providers.Callable(upstream_of, core.settings)
    refusals = providers.ThreadSafeSingleton(Refusals, core.clock)
    resolver = providers.Factory(ModelResolver, catalog, policies, core.clock, upstream, refusals=refusals)
    endings = providers.ThreadSafeSingleton(ModelEndings, catalog, policies, core.clock)
    budget_book = providers.ThreadSafeSingleton(BudgetBook, policy_file.provided.budgets)
    alerts = providers.ThreadSafeSingleton(BudgetAlerts)


class DataContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()

    database = providers.ThreadSafeSingleton(database_at, core.settings.provided.database_url)
    writer = providers.ThreadSafeSingleton(methodcaller("writer"), database)
    processes = providers.ThreadSafeSingleton(methodcaller("processes"), database)
    journal = providers.ThreadSafeSingleton(
        Journal, core.settings.provided.journal_dir, processes.provided.process_id, database.provided.identity
    )
    statements = providers.ThreadSafeSingleton(LedgerStatements.of, database.provided.driver_dialect)

    ledger = providers.ThreadSafeSingleton(
        SqlUsageLedger,
        database,
        writer,
        processes=processes,
        steps=providers.Factory(LedgerSteps, statements, rules.budget_book),
        journal=journal,
        raised=rules.alerts.provided.raised,
        may_pass=rules.policies.provided.may_pass_unrecorded,
    )
    opened_storage = providers.Resource(
        open_storage,
        database,
        writer,
        processes=processes,
        journal=journal,
        ledger=ledger,
        chats=providers.Factory(ExpiredChats, database, core.clock, core.settings.provided.chat_kept),
        clock=core.clock,
    )
    """Opening is kept apart from the object graph: an async Resource within it would turn all of it into futures."""

    chat_sessions = providers.Factory(SqlChatSessionStore, database)
    answers = providers.Factory(SqlAnswerStore, database)
    builds = providers.Factory(SqlBuildStore, database)
    strategies = providers.Factory(SqlStrategyStore, database)
    backtests = providers.Factory(SqlBacktestStore, database)
    backtest_queue = providers.Factory(SqlBacktestQueue, database, processes)
    reports = providers.Factory(SqlReportStore, database)
    report_orders = providers.Factory(SqlReportOrders, database, processes)
    market = providers.ThreadSafeSingleton(market_data, core.settings.provided.data_dir)
