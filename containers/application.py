"""The container on top of the others: HTTP, the command line and the tests use it; who only reads the ledger takes
`containers.reading`.
"""

from dependency_injector import containers, providers

from containers.data import CoreContainer, DataContainer, RulesContainer
from containers.gen_ai import AlertsContainer, GenAIContainer
from containers.services import ServicesContainer


class Container(containers.DeclarativeContainer):
    wiring_config = containers.WiringConfiguration(
        modules=[
            "app.api.idempotency",
            "app.api.routes.backtests",
            "app.api.routes.health",
            "app.api.routes.gen_ai.budgets",
            "app.api.routes.strategies",
            "app.api.routes.gen_ai.builds",
            "app.api.routes.gen_ai.chatops",
            "app.api.routes.gen_ai.models",
            "app.api.routes.gen_ai.narrative_report",
            "app.api.routes.gen_ai.reports",
            "app.api.routes.gen_ai.strategy_builder",
            "app.api.routes.gen_ai.usage",
        ],
        auto_wire=False,  # create_app wires: the command line does not need the endpoints
        warn_unresolved=True,
    )

    core = providers.Container(CoreContainer)
    rules = providers.Container(RulesContainer, core=core)
    data = providers.Container(DataContainer, core=core, rules=rules)
    alerts = providers.Container(AlertsContainer, core=core, rules=rules, data=data)
    gen_ai = providers.Container(GenAIContainer, core=core, rules=rules, data=data)
    services = providers.Container(ServicesContainer, core=core, rules=rules, data=data, gen_ai=gen_ai)
