"""Brings a database's tables to what this version needs."""

from sqlalchemy import Connection, MetaData, inspect, text

from app.storage.answer_table import kept_answers
from app.storage.budget_tables import budget_counters
from app.storage.report_table import narrative_reports
from app.storage.strategy_tables import strategies
from app.storage.tables import metadata

HEAD = "0007"
"""The newest revision, written down so that a start need not import Alembic to see that there is nothing to do."""
_VERSIONS = "alembic_version"
_ONE_AT_A_TIME = 0x70_6C_6C_67  # any number will do, as long as nobody else locks it


def everything() -> MetaData:
    """All tables of this version; a table is known once its module is imported."""
    for table in (kept_answers, budget_counters, strategies, narrative_reports):
        assert table.metadata is metadata  # noqa: S101  to have imported it
    return metadata


def revision(connection: Connection) -> str | None:
    """The revision of the tables that are there; None: none that counts its versions."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608  a constant
    return None if found is None else str(found)


def upgrade(connection: Connection) -> str | None:
    """Runs what is missing, in one transaction; of several processes one does it and the others wait.

    Returns the revision that it found.
    """
    from alembic import command  # noqa: PLC0415  150 ms that only a start with work to do should pay
    from alembic.config import Config  # noqa: PLC0415  the same

    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none for statements that change tables
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
    before = revision(connection)
    config = Config()
    config.set_main_option("script_location", "app.storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before
