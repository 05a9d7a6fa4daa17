"""What the chat can look up: each topic, and what it is built from."""

from dependency_injector import containers, providers

from app.services.gen_ai.chat_tools import ChatTools
from app.services.gen_ai.chat_tools.budgets import BudgetTools
from app.services.gen_ai.chat_tools.market import MarketTools
from app.services.gen_ai.chat_tools.models import ModelTools
from app.services.gen_ai.chat_tools.status import StatusTools
from app.services.gen_ai.chat_tools.usage import UsageTools


class ChatToolsContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()
    data = providers.DependenciesContainer()

    tools = providers.Factory(
        ChatTools,
        providers.Factory(UsageTools, data.ledger, rules.policies, core.clock),
        providers.Factory(BudgetTools, rules.budget_book, rules.policies, data.ledger, core.clock),
        providers.Factory(ModelTools, rules.catalog, rules.resolver, rules.policies),
        providers.Factory(MarketTools, data.market),
        providers.Factory(
            StatusTools, data.database, data.ledger, core.clock, upstream=core.settings.provided.upstream
        ),
    )
