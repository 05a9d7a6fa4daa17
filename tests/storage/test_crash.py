"""kill -9 at any moment: the next start closes what was left open, with an interval instead of a guess."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from app.services.gen_ai.ledger.port import AttemptRow, UsageQuery
from app.services.gen_ai.rules.budgets import Spend
from app.vocabulary import AttemptStatus
from tests.fakes.forked import Forked
from tests.fakes.rows import NOON, attempt, settlement
from tests.storage.conftest import Stand

_VICTIM = """
import asyncio, sys
from decimal import Decimal
from pathlib import Path
from app.storage.opening import database_at
from app.storage.ledger.journal import Journal
from tests.fakes.rows import attempt, settlement
from tests.fakes.sql_ledger import sql_ledger

async def main():
    database = database_at(sys.argv[1])
    writer, processes = database.writer(), database.processes()
    await writer.start()
    await processes.hold()
    journal = Journal(Path(sys.argv[2]), processes.process_id, database.identity)
    journal.open()
    ledger = sql_ledger(database, writer, processes, journal)
    await ledger.open(attempt("att_open", worst_usd=Decimal("0.004"), worst_tokens=900))
    await ledger.open(attempt("att_settled"))
    await ledger.settle("att_settled", settlement())
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def _start_victim(url: str, journals: Path) -> Forked:
    """A process that has one attempt open and one settled, and waits to be killed."""
    victim = Forked(_VICTIM, url, str(journals), piped=("stdout",))
    assert victim.stdout.readline() == b"ready\n"
    return victim


async def test_what_a_killed_process_left_open_is_closed_at_the_next_start(database_url: str, stand: Stand) -> None:
    """Not while it lives; afterwards once, without touching what it had settled; and nothing stays reserved."""
    ledger = stand.ledger()

    async def rows() -> dict[str, AttemptRow]:
        return {row.attempt.attempt_id: row for row in (await ledger.rows(UsageQuery(), limit=9, offset=0))[0]}

    with _start_victim(database_url, stand.journal.folder) as victim:
        await ledger.recover(NOON)
        lived = (await rows())["att_open"].status is AttemptStatus.OPEN
        victim.kill()
    assert lived
    # A server notices a moment later that the process is gone; a test that waits in vain ends with its timeout.
    while (await rows())["att_open"].status is AttemptStatus.OPEN:
        await ledger.recover(NOON)
    await ledger.recover(NOON + timedelta(seconds=30))
    assert (await rows())["att_settled"].settlement == settlement()
    closed = (await rows())["att_open"].settlement
    assert closed is not None
    assert (closed.status, closed.error, closed.cost_usd) == (AttemptStatus.UNKNOWN, "process_died", None)
    assert (closed.cost_low_usd, closed.cost_high_usd) == (Decimal(0), Decimal("0.004"))
    assert (closed.settled_at, closed.latency_ms) == (NOON, None)
    counter = (await ledger.counters(["2026-11-23|all"]))["2026-11-23|all"]
    measured = settlement().cost_usd
    assert measured is not None
    assert (counter.spent.usd, counter.reserved) == (Decimal("0.004") + measured, Spend())


async def test_an_answer_that_comes_after_its_process_was_given_up_is_measured(stand: Stand) -> None:
    """Who seemed dead and lives after all settles its attempt; the budgets count the cost, not the worst case."""
    ledger, processes = stand.ledger(), stand.processes
    await ledger.open(attempt(worst_usd=Decimal("0.004"), worst_tokens=900))
    mine, processes.process_id = processes.process_id, "proc_another"
    await ledger.recover(NOON)
    processes.process_id = mine
    await ledger.settle("att_1", settlement())
    await ledger.settle("att_1", settlement(cost_usd=Decimal(9)))
    ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
    assert row.settlement == settlement()
    counter = (await ledger.counters(["2026-11-23|all"]))["2026-11-23|all"]
    assert (counter.spent, counter.reserved) == (settlement().charge(Spend()), Spend())


async def test_ones_own_open_attempts_are_left_alone(stand: Stand) -> None:
    ledger = stand.ledger()
    await stand.processes.hold()
    await ledger.open(attempt())
    await ledger.recover(NOON)
    ((row,), _) = await ledger.rows(UsageQuery(), limit=9, offset=0)
    assert row.status is AttemptStatus.OPEN
    await stand.processes.let_go()
