"""The use cases: one provider each, for tests to override."""

from dependency_injector import containers, providers

from app.services.gen_ai.chatops_advanced import ChatOpsAdvancedService
from app.services.gen_ai.idempotency import Idempotency
from app.services.gen_ai.narrative_report import NarrativeReportService
from app.services.gen_ai.strategy_builder import StrategyBuilderService


class ServicesContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()
    data = providers.DependenciesContainer()
    gen_ai = providers.DependenciesContainer()
    chat_tools = providers.DependenciesContainer()

    strategy_builder = providers.Factory(StrategyBuilderService, gen_ai.manager)
    narrative_report = providers.Factory(NarrativeReportService, gen_ai.manager)
    idempotency = providers.Factory(
        Idempotency,
        data.answers,
        core.clock,
        deadline_seconds=core.settings.provided.request_deadline_seconds,
    )
    chatops_advanced = providers.Factory(
        ChatOpsAdvancedService, gen_ai.manager, data.chat_sessions, core.clock, chat_tools.tools
    )
