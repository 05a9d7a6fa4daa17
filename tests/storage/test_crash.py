"""kill -9 at any moment: the next start closes what was left open, with an interval instead of a guess."""

import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from app.services.gen_ai.core.ledger import AttemptStatus, UsageQuery
from app.storage.processes import ProcessLocks
from app.storage.sqlite_database import SqliteDatabase
from app.storage.sqlite_writer import SqliteWriter
from app.storage.usage_ledger import SqlUsageLedger
from tests.fakes.rows import NOON, attempt, settlement

_ROOT = Path(__file__).parents[2]
_VICTIM = """
import asyncio, sys
from decimal import Decimal
from pathlib import Path
from app.storage.database_url import database_at
from app.storage.processes import ProcessLocks
from app.storage.sqlite_writer import SqliteWriter
from app.storage.usage_ledger import SqlUsageLedger
from tests.fakes.rows import attempt, settlement

async def main():
    database = database_at(sys.argv[1])
    writer, processes = SqliteWriter(database.path), ProcessLocks(database.processes_folder)
    writer.start()
    processes.hold()
    ledger = SqlUsageLedger(database, writer, processes)
    await ledger.open(attempt("att_open", worst_usd=Decimal("0.004"), worst_tokens=900))
    await ledger.open(attempt("att_settled"))
    await ledger.settle("att_settled", settlement())
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def _start_victim(database: SqliteDatabase) -> subprocess.Popen[str]:
    """A process that has one attempt open and one settled, and waits to be killed."""
    victim = subprocess.Popen(  # noqa: S603  our own interpreter and our own script
        [sys.executable, "-c", _VICTIM, database.name],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "ready\n"
    return victim


async def test_what_a_killed_process_left_open_is_closed_at_the_next_start(
    database: SqliteDatabase, writer: SqliteWriter, processes: ProcessLocks
) -> None:
    """Not while it lives; afterwards once, and without touching what it had settled."""
    ledger = SqlUsageLedger(database, writer, processes)
    victim = _start_victim(database)
    try:
        assert await ledger.close_abandoned(NOON) == 0
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        assert victim.stdout is not None
        victim.stdout.close()
    assert await ledger.close_abandoned(NOON) == 1
    assert await ledger.close_abandoned(NOON) == 0
    rows = {row.attempt.attempt_id: row for row in (await ledger.rows(UsageQuery(), limit=9, offset=0))[0]}
    assert rows["att_settled"].settlement == settlement()
    closed = rows["att_open"].settlement
    assert closed is not None
    assert (closed.status, closed.error, closed.cost_usd) == (AttemptStatus.UNKNOWN, "process_died", None)
    assert (closed.cost_low_usd, closed.cost_high_usd) == (Decimal(0), Decimal("0.004"))
    assert (closed.settled_at, closed.latency_ms) == (NOON, None)


async def test_ones_own_open_attempts_are_left_alone(
    database: SqliteDatabase, writer: SqliteWriter, processes: ProcessLocks
) -> None:
    processes.hold()
    ledger = SqlUsageLedger(database, writer, processes)
    await ledger.open(attempt())
    assert await ledger.close_abandoned(NOON) == 0
    processes.let_go()
