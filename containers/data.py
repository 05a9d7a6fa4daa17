"""Where things are kept."""

from dependency_injector import containers, providers

from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database import Database, open_database
from app.storage.usage_ledger import SqlUsageLedger


class DataContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()

    database = providers.ThreadSafeSingleton(Database, url=core.settings.provided.database_url)
    opened_database = providers.Resource(open_database, database)
    """Opening is kept apart from the object graph: an async Resource within it would turn all of it into futures."""

    ledger = providers.Factory(SqlUsageLedger, database)
    chat_sessions = providers.Factory(SqlChatSessionStore, database)
