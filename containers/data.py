"""Where things are kept."""

from dependency_injector import containers, providers

from app.storage.answers import SqlAnswerStore
from app.storage.chat_sessions import SqlChatSessionStore
from app.storage.database import Database
from app.storage.opening import open_storage
from app.storage.processes import ProcessLocks
from app.storage.sqlite_writer import SqliteWriter
from app.storage.usage_ledger import SqlUsageLedger


class DataContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()

    database = providers.ThreadSafeSingleton(Database, url=core.settings.provided.database_url)
    writer = providers.ThreadSafeSingleton(SqliteWriter, database.provided.path)
    processes = providers.ThreadSafeSingleton(ProcessLocks, database.provided.processes_folder)
    opened_storage = providers.Resource(open_storage, database, writer, processes, core.clock)
    """Opening is kept apart from the object graph: an async Resource within it would turn all of it into futures."""

    ledger = providers.Factory(SqlUsageLedger, database, writer, processes)
    chat_sessions = providers.Factory(SqlChatSessionStore, database)
    answers = providers.Factory(SqlAnswerStore, database)
