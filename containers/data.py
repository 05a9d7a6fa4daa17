"""Where things are kept."""

from operator import methodcaller

from dependency_injector import containers, providers

from app.quant.market import market_data
from app.storage.answers import SqlAnswerStore
from app.storage.backtest_queue import SqlBacktestQueue
from app.storage.backtests import SqlBacktestStore
from app.storage.builds import SqlBuildStore
from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database_url import database_at
from app.storage.expired_chats import ExpiredChats
from app.storage.journal import Journal
from app.storage.ledger_statements import LedgerStatements
from app.storage.ledger_steps import LedgerSteps
from app.storage.opening import open_storage
from app.storage.report_orders import SqlReportOrders
from app.storage.reports import SqlReportStore
from app.storage.strategies import SqlStrategyStore
from app.storage.usage_ledger import SqlUsageLedger


class DataContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()

    database = providers.ThreadSafeSingleton(database_at, core.settings.provided.database_url)
    writer = providers.ThreadSafeSingleton(methodcaller("writer"), database)
    processes = providers.ThreadSafeSingleton(methodcaller("processes"), database)
    journal = providers.ThreadSafeSingleton(Journal, core.settings.provided.journal_dir, processes.provided.process_id)
    statements = providers.ThreadSafeSingleton(LedgerStatements.of, database.provided.driver_dialect)

    ledger = providers.ThreadSafeSingleton(
        SqlUsageLedger,
        database,
        writer,
        processes=processes,
        steps=providers.Factory(LedgerSteps, statements, rules.budget_book),
        journal=journal,
        alerts=rules.alerts,
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
