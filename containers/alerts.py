"""Telling others of budget alerts."""

from dependency_injector import containers, providers

from app.storage.alert_outbox import SqlAlertOutbox
from containers.alert_sender import open_alert_sender


class AlertsContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()
    data = providers.DependenciesContainer()

    outbox = providers.Factory(SqlAlertOutbox, data.database)
    opened_sender = providers.Resource(
        open_alert_sender,
        data.opened_storage,
        settings=core.settings,
        outbox=outbox,
        clock=core.clock,
        waiting=rules.alerts.provided.waiting,
    )
    """Takes the opened storage, so that it starts after it; `running` stops it before it."""
