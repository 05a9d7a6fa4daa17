"""Brings a database's tables to what this version needs."""

from sqlalchemy import Connection, inspect, text

HEAD = "0010"
"""The newest revision, written down so that a start need not import Alembic to see that there is nothing to do."""
_VERSIONS = "alembic_version"
_ONE_AT_A_TIME = 0x70_6C_6C_67  # any number will do, as long as nobody else locks it


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
