"""What the chat can look up: each topic, and what it is built from."""

from dependency_injector import containers, providers

from app.services.backtests.service import BacktestService
from app.services.gen_ai.chat.contenders import ContenderLoader
from app.services.gen_ai.chat.tools import ChatTools
from app.services.gen_ai.chat.tools.comparing import CompareTools
from app.services.gen_ai.chat.tools.platform import MarketTools, ModelTools, StatusTools
from app.services.gen_ai.chat.tools.research import BacktestTools, ReportTools, StrategyTools
from app.services.gen_ai.chat.tools.spending import BudgetTools, UsageTools
from app.services.gen_ai.ledger.budget_standings import BudgetOverview
from app.services.gen_ai.reports.library import ReportLibrary
from app.services.gen_ai.reports.orders import ReportOrders
from app.services.strategies.service import StrategyService


class ChatToolsContainer(containers.DeclarativeContainer):
    """Within that of the services: some topics are read through services, and the chat is one itself."""

    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()
    data = providers.DependenciesContainer()
    budgets = providers.Dependency(instance_of=BudgetOverview)
    strategies = providers.Dependency(instance_of=StrategyService)
    backtests = providers.Dependency(instance_of=BacktestService)
    reports = providers.Dependency(instance_of=ReportLibrary)
    report_orders = providers.Dependency(instance_of=ReportOrders)
    contenders = providers.Dependency(instance_of=ContenderLoader)

    tools = providers.Factory(
        ChatTools,
        providers.Factory(UsageTools, data.ledger, rules.policies, core.clock),
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
