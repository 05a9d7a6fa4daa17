"""Where things are kept."""

from dependency_injector import containers, providers

from app.storage.answers import SqlAnswerStore
from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database_url import database_at
from app.storage.opening import create_processes, create_writer, open_storage
from app.storage.usage_ledger import SqlUsageLedger


class DataContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()

    database = providers.ThreadSafeSingleton(database_at, core.settings.provided.database_url)
    writer = providers.ThreadSafeSingleton(create_writer, database)
    processes = providers.ThreadSafeSingleton(create_processes, database)
    opened_storage = providers.Resource(open_storage, database, writer, processes, core.clock)
    """Opening is kept apart from the object graph: an async Resource within it would turn all of it into futures."""

    ledger = providers.Factory(SqlUsageLedger, database, writer, processes.provided.locks)
    chat_sessions = providers.Factory(SqlChatSessionStore, database)
    answers = providers.Factory(SqlAnswerStore, database)
