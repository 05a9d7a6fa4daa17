"""The migrations make what the code expects, on both databases, and keep what older versions had written."""

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from app.errors import ConfigurationError
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.reports.ports import report_item
from app.services.gen_ai.rules.budgets import NOTHING, counter_keys
from app.storage import schema
from app.storage.database import Database, Upgrade
from app.storage.ledger.queries import LedgerQueries
from app.storage.opening import database_at
from app.storage.reports import SqlReportStore
from app.storage.tables import metadata
from app.vocabulary import UNKNOWN_UPSTREAM, AttemptStatus, Wire
from tests.databases import empty_database
from tests.fakes.stored_reports import stored_report

_OLDER = Path(__file__).parent / "older_databases"


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_the_migrations_make_what_the_code_expects(empty_database_url: str) -> None:
    """Every table, column, type and index of `tables.py`, and nothing else."""
    database = database_at(empty_database_url)
    assert await database.upgrade() == Upgrade(None, schema.HEAD)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await database.close()


async def test_a_forgotten_migration_would_be_noticed(each_database: Database) -> None:
    """The comparison above sees a column that is missing, and one that nobody knows."""
    async with each_database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE attempts DROP COLUMN latency_ms"))
        await connection.execute(text("ALTER TABLE attempts ADD COLUMN surprise INTEGER"))
        changes = await connection.run_sync(_differences)
    assert {change[0] for change in changes if isinstance(change, tuple)} == {"add_column", "remove_column"}


def test_the_newest_revision_is_the_one_that_a_start_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", "app.storage:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


async def _upgraded(tmp_path: Path, script: str) -> Database:
    """A database of an older version, as its statements made it, after this version has opened it."""
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.executescript((_OLDER / script).read_text())
    connection.close()
    database = database_at(f"sqlite+aiosqlite:///{tmp_path}/old.db")
    await database.upgrade()
    return database


async def _at_revision(url: str, revision: str) -> Database:
    """A new database, as the version of this revision left it."""
    config = Config()
    config.set_main_option("script_location", "app.storage:migrations")

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    database = empty_database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade)
    return database


async def test_a_database_of_the_first_version_keeps_its_rows(tmp_path: Path) -> None:
    """It kept no count of versions, knew no worst case, and had written one answer twice."""
    database = await _upgraded(tmp_path, "a2e1037.sql")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    rows, total = await LedgerQueries(database).rows(UsageQuery(), limit=10, offset=0)
    await database.close()
    assert total == 3
    assert {(row.attempt.upstream, row.attempt.wire) for row in rows} == {(None, Wire.CHAT_COMPLETIONS)}
    still_open, second, first = rows
    assert still_open.status is AttemptStatus.OPEN
    assert (still_open.attempt.worst_tokens, still_open.attempt.worst_usd) == (0, None)
    assert first.settlement is not None
    assert first.settlement.tokens is not None
    assert first.settlement.tokens.cache_write_12h == 0  # the column is newer than the row
    assert second.settlement is not None
    assert (first.settlement.upstream_id, first.settlement.cost_usd) == ("chatcmpl-1", Decimal("0.00025125"))
    assert (second.settlement.upstream_id, second.settlement.cost_usd) == (None, Decimal("0.00025125"))


async def test_budgets_know_what_older_versions_had_written(tmp_path: Path) -> None:
    """What was spent counts at its cost, also in counters that did not exist then; nothing stays reserved."""
    database = await _upgraded(tmp_path, "a2e1037.sql")
    ledger = LedgerQueries(database)
    rows, _ = await ledger.rows(UsageQuery(), limit=10, offset=0)
    keys = counter_keys(rows[0].attempt.service, rows[0].attempt.caller_id, rows[0].attempt.opened_on, None)
    counters = await ledger.counters(keys)
    await database.close()
    settled = [row.settlement for row in rows if row.settlement is not None]
    assert len({row.attempt.opened_on for row in rows}) == 1
    assert counters["|".join([keys[0].split("|")[0], "all"])].spent == sum(
        (settlement.charge(NOTHING) for settlement in settled), start=NOTHING
    )
    assert [counter.reserved for counter in counters.values()] == [NOTHING] * 6


async def test_a_database_of_the_second_version_gets_what_it_lacks(tmp_path: Path) -> None:
    database = await _upgraded(tmp_path, "e8b3648.sql")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    _, total = await LedgerQueries(database).rows(UsageQuery(), limit=10, offset=0)
    await database.close()
    assert total == 1


async def test_several_upgrades_at_once_are_one(empty_database_url: str) -> None:
    """Each has its own connections, as processes have; nobody fails, and one does the work."""
    databases = [database_at(empty_database_url) for _ in range(4)]
    done = await asyncio.gather(*(database.upgrade() for database in databases))
    assert sorted(upgrade.before or "" for upgrade in done) == ["", *[schema.HEAD] * 3]
    for database in databases:
        assert await database.revision() == schema.HEAD
        await database.close()


async def test_an_upgrade_that_fails_changes_nothing(empty_database_url: str) -> None:
    """All of it is one transaction, on both databases. Here somebody's table has the name of an index."""
    database = empty_database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE attempts_by_answer (id INTEGER)"))
    with pytest.raises(ConfigurationError, match="attempts_by_answer"):
        await database.upgrade()
    assert await database.revision() is None
    async with database.engine.begin() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["attempts_by_answer"]
        await connection.execute(text("DROP TABLE attempts_by_answer"))
    assert await database.upgrade() == Upgrade(None, schema.HEAD)
    await database.close()


async def test_the_tables_of_a_newer_version_are_left_alone(each_database: Database) -> None:
    """Neither a start nor an upgrade touches what it does not know."""
    async with each_database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for work in (each_database.upgrade(), each_database.prepare()):
        with pytest.raises(ConfigurationError, match=r"newer version of Tollgate \(revision 9999.*install the newer"):
            await work
    assert await each_database.revision() == "9999"


async def test_reports_of_an_older_version_are_listed_with_their_titles(empty_database_url: str) -> None:
    """What a list shows was within the report then; it is read out of it once."""
    database = await _at_revision(empty_database_url, "0007")
    kept = stored_report("report_1")
    await SqlReportStore(database).add(kept)
    async with database.engine.begin() as connection:
        for name in ("title", "strategy_name", "recommendation"):
            await connection.execute(text(f"ALTER TABLE narrative_reports DROP COLUMN {name}"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
    await database.upgrade()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    found, _ = await SqlReportStore(database).page("ann", limit=9, offset=0)
    assert found == [report_item(kept)]
    assert await SqlReportStore(database).get("report_1") == kept
    await database.close()


_OLD_ATTEMPTS = """
    INSERT INTO attempts (attempt_id, process_id, operation_id, service, operation, caller_id, model_id, streamed,
        opened_at, opened_on, worst_tokens, worst_usd, status, settled_at, error, cost_usd)
    VALUES ('att_1', 'proc_1', 'op_1', 'strategy_builder', 'build', 'ann', 'gpt-4o', FALSE,
        '2026-11-23 12:00:00+00', '2026-11-23', 90, 9000000000, 'unknown', '2026-11-23 12:00:01+00', 'upstream_timeout',
        NULL),
    ('att_2', 'proc_1', 'op_1', 'strategy_builder', 'build', 'ann', 'gpt-4o', TRUE,
        '2026-11-23 11:00:00+00', '2026-11-23', 90, 9000000000, 'estimated', '2026-11-23 12:00:01+00', 'stream_cut',
        2000000000)
"""
"""SQLite keeps moments without their zone."""


async def test_what_was_written_before_upstreams_were_known_is_of_the_unknown_one(empty_database_url: str) -> None:
    """The rows of the version before keep all that they say, and what they spent stays with the unknown upstream."""
    database = await _at_revision(empty_database_url, "0007")
    zone = "" if database.engine.dialect.name == "sqlite" else "+00"
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql(_OLD_ATTEMPTS.replace("+00", zone))
        await connection.exec_driver_sql("INSERT INTO budget_counters VALUES ('2026-11|all', 9000000000, 0, 90, 0)")
    await database.upgrade()
    ledger = LedgerQueries(database)
    (found, cut), _ = await ledger.rows(UsageQuery(upstream=UNKNOWN_UPSTREAM), limit=9, offset=0)
    counters = await ledger.counters(list(counter_keys("strategy_builder", "ann", found.attempt.opened_on, None)))
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await database.close()
    assert found.settlement is not None
    assert (found.attempt.upstream, found.attempt.wire) == (None, Wire.CHAT_COMPLETIONS)
    assert found.settlement.counts_worst
    assert cut.settlement is not None
    assert not cut.settlement.counts_worst, "an estimate counted as what it was"
    assert counters["2026-11|all"].spent == found.settlement.charge(found.attempt.worst)
