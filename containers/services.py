"""The use cases: one provider each, for tests to override; and what the chat can look up."""

import asyncio

from dependency_injector import containers, providers

from app.services.backtests.runner import BacktestRunner
from app.services.backtests.service import BacktestService
from app.services.backtests.worker import BacktestWorker
from app.services.gen_ai.building.keeping import Keeper
from app.services.gen_ai.building.trials import Trials
from app.services.gen_ai.chat.contenders import ContenderLoader
from app.services.gen_ai.chat.tools import ChatTools
from app.services.gen_ai.chat.tools.comparing import CompareTools
from app.services.gen_ai.chat.tools.platform import MarketTools, ModelTools, StatusTools
from app.services.gen_ai.chat.tools.research import BacktestTools, ReportTools, StrategyTools
from app.services.gen_ai.chat.tools.spending import BudgetTools, UsageTools
from app.services.gen_ai.chatops_advanced import ChatOpsAdvancedService
from app.services.gen_ai.idempotency import Idempotency
from app.services.gen_ai.ledger.budget_standings import BudgetOverview
from app.services.gen_ai.ledger.usage_overview import UsageOverview
from app.services.gen_ai.narrative_report import SERVICE as NARRATIVE_REPORT
from app.services.gen_ai.narrative_report import NarrativeReportService
from app.services.gen_ai.reports.library import ReportBases, ReportLibrary
from app.services.gen_ai.reports.order_writer import ReportWriter
from app.services.gen_ai.reports.orders import ReportOrders
from app.services.gen_ai.strategy_builder import StrategyBuilderService
from app.services.strategies.builds import StrategyBuilds
from app.services.strategies.service import StrategyService


class ChatToolsContainer(containers.DeclarativeContainer):
    """Within that of the services: some topics are read through services, and the chat is one itself."""

    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()
    data = providers.DependenciesContainer()
    usage = providers.Dependency(instance_of=UsageOverview)
    budgets = providers.Dependency(instance_of=BudgetOverview)
    strategies = providers.Dependency(instance_of=StrategyService)
    backtests = providers.Dependency(instance_of=BacktestService)
    reports = providers.Dependency(instance_of=ReportLibrary)
    report_orders = providers.Dependency(instance_of=ReportOrders)
    contenders = providers.Dependency(instance_of=ContenderLoader)

    tools = providers.Factory(
        ChatTools,
        providers.Factory(UsageTools, usage, rules.policies, core.clock),
        providers.Factory(BudgetTools, budgets),
        providers.Factory(ModelTools, rules.catalog, rules.resolver, rules.policies),
        providers.Factory(MarketTools, data.market),
        providers.Factory(
            StatusTools, data.database, data.ledger, core.clock, upstream=core.settings.provided.upstream
        ),
        providers.Factory(StrategyTools, strategies),
        providers.Factory(BacktestTools, backtests, report_orders),
        providers.Factory(ReportTools, reports),
        providers.Factory(CompareTools, contenders),
    )


_REPORTS_AT_ONCE = 4
"""Their writing is waiting for a model, for the most part."""


class ServicesContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()
    data = providers.DependenciesContainer()
    gen_ai = providers.DependenciesContainer()

    strategies = providers.Factory(StrategyService, data.strategies, core.clock)
    strategy_builds = providers.Factory(StrategyBuilds, data.builds, core.clock)
    backtest_worker = providers.Factory(BacktestWorker, core.settings.provided.data_dir)
    backtest_ended = providers.ThreadSafeSingleton(asyncio.Event)
    """From who runs backtests to who writes the reports on them."""
    backtest_runner = providers.ThreadSafeSingleton(
        BacktestRunner,
        data.backtest_queue,
        backtest_worker.provider,
        core.clock,
        lanes=core.settings.provided.backtest_workers,
        ended=backtest_ended.provided.set,
    )
    backtests = providers.Factory(
        BacktestService,
        data.backtests,
        strategies,
        data.market,
        core.clock,
        most_waiting=core.settings.provided.backtest_queue,
        submitted=backtest_runner.provided.wake,
    )
    trials = providers.ThreadSafeSingleton(Trials, data.market)
    strategy_builder = providers.Factory(
        StrategyBuilderService, gen_ai.manager, trials, providers.Factory(Keeper, strategy_builds), strategies
    )
    report_bases = providers.ThreadSafeSingleton(ReportBases, backtests, data.market)
    report_library = providers.Factory(ReportLibrary, data.reports, backtests, core.clock)
    narrative_report = providers.Factory(NarrativeReportService, gen_ai.manager, report_bases, report_library)
    report_orders = providers.Factory(
        ReportOrders, data.report_orders, backtests, rules.resolver, core.clock, service=NARRATIVE_REPORT
    )
    report_writer = providers.ThreadSafeSingleton(
        ReportWriter,
        data.report_orders,
        narrative_report,
        report_library,
        core.clock,
        background=gen_ai.background,
        backtest_ended=backtest_ended,
        at_once=_REPORTS_AT_ONCE,
    )
    usage = providers.Factory(UsageOverview, data.ledger, core.settings.provided.upstream, core.clock)
    budgets = providers.Factory(
        BudgetOverview,
        rules.budget_book,
        rules.policies,
        data.ledger,
        core.clock,
        upstream=core.settings.provided.upstream,
    )
    idempotency = providers.Factory(
        Idempotency,
        data.answers,
        core.clock,
        deadline_seconds=core.settings.provided.request_deadline_seconds,
        duplicate_window=core.settings.provided.duplicate_window,
    )
    contenders = providers.Factory(ContenderLoader, strategies, backtests)
    chat_topics = providers.Container(
        ChatToolsContainer,
        core=core,
        rules=rules,
        data=data,
        usage=usage,
        budgets=budgets,
        strategies=strategies,
        backtests=backtests,
        reports=report_library,
        report_orders=report_orders,
        contenders=contenders,
    )
    chat_tools = chat_topics.tools
    chatops_advanced = providers.Factory(
        ChatOpsAdvancedService,
        gen_ai.manager,
        data.chat_sessions,
        core.clock,
        background=gen_ai.background,
        tools=chat_tools,
        contenders=contenders,
    )
