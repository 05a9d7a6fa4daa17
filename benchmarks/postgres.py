"""What a write costs on PostgreSQL, with and without waiting for the disk. Run it with `make bench-postgres`.

The server is the one at TOLLGATE_TEST_POSTGRES_URL; the benchmark works in a schema of its own, and drops it. The null
lane is a question whose answer is known: the round trip alone.
"""

import argparse
import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url, text

from app.storage.ledger.postgres_connection import PostgresConnection, Session
from app.storage.opening import database_at
from app.storage.postgres_database import PostgresDatabase
from benchmarks.statistics import Lane, Times, interleaved

_DEFAULT = "postgresql+asyncpg://postgres@127.0.0.1:5432/test"
_INSERT = (
    "INSERT INTO rows (id, amount, said) VALUES ($1, 1, 'a row of some sixty bytes, about as long as a short one')"
)
_BURST = 8


@asynccontextmanager
async def _own_schema(url: str) -> AsyncIterator[PostgresDatabase]:
    schema = f"tollgate_bench_{uuid.uuid4().hex}"
    database = database_at(make_url(url).update_query_dict({"search_path": schema}).render_as_string(False))
    assert isinstance(database, PostgresDatabase)  # noqa: S101  the benchmark's own condition
    session = await database.connect(command_seconds=60)
    await session.execute(f"CREATE SCHEMA {schema}; CREATE TABLE rows (id text PRIMARY KEY, amount bigint, said text)")
    try:
        yield database
    finally:
        await session.execute(f"DROP SCHEMA {schema} CASCADE")
        await session.close()
        await database.close()


async def _insert(session: Session) -> None:
    await session.execute(_INSERT, uuid.uuid4().hex)


def _lanes(database: PostgresDatabase, kept: PostgresConnection, waits: Session, hurries: Session) -> dict[str, Lane]:
    async def null() -> None:
        await hurries.execute("SELECT 1")

    async def burst() -> None:
        await asyncio.gather(*(kept.transaction(_insert) for _ in range(_BURST)))

    async def waiting() -> None:
        async with waits.transaction():
            await _insert(waits)

    async def through_sqlalchemy() -> None:
        async with database.engine.begin() as connection:
            statement = text("INSERT INTO rows (id, amount, said) VALUES (:id, 1, 'as above')")
            await connection.execute(statement, {"id": uuid.uuid4().hex})

    async def connecting() -> None:
        await (await database.connect(command_seconds=60)).close()

    return {
        "null: one round trip": null,
        "one statement, no disk": lambda: _insert(hurries),
        "one statement, disk": lambda: _insert(waits),
        "transaction, disk": waiting,
        "transaction through SQLAlchemy's pool, disk": through_sqlalchemy,
        "transaction, no disk": lambda: kept.transaction(_insert),
        "flush after it": kept.flush,
        "flush with nothing to do": kept.flush,
        f"{_BURST} transactions at once, no disk": burst,
        "a new connection": connecting,
    }


async def measure(url: str, rounds: int) -> dict[str, Times]:
    async with _own_schema(url) as database:
        kept = PostgresConnection(database.connect)
        await kept.start()
        waits = await database.connect(command_seconds=60, synchronous_commit="on")
        hurries = await database.connect(command_seconds=60, synchronous_commit="off")
        try:
            return await interleaved(_lanes(database, kept, waits, hurries), rounds=rounds)
        finally:
            for session in (waits, hurries):
                await session.close()
            await kept.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=os.environ.get("TOLLGATE_TEST_POSTGRES_URL", _DEFAULT))
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    times = asyncio.run(measure(options.url, options.rounds))
    if options.json:
        json.dump(
            {name: {"p50_ms": lane.median, "p99_ms": lane.p99} for name, lane in times.items()}, sys.stdout, indent=2
        )
        return
    table = Table(title="Writes to PostgreSQL, in milliseconds", title_justify="left")
    for heading in ("lane", "p50", "p99", "own CPU"):
        table.add_column(heading, justify="left" if heading == "lane" else "right")
    for name, lane in times.items():
        table.add_row(name, f"{lane.median:.3f}", f"{lane.p99:.3f}", f"{lane.cpu_median:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
