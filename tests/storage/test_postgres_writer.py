"""The ledger on a server: shared by processes, lost and found again, and never in doubt of what it wrote."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from app.services.gen_ai.ledger.port import LedgerUnavailableError, UsageQuery
from app.services.gen_ai.rules.budgets import NOTHING, Counter
from app.storage.ledger.postgres_connection import OutcomeUnknownError, PostgresConnection
from app.storage.ledger.usage_ledger import SqlUsageLedger
from app.storage.postgres_database import PostgresDatabase
from app.vocabulary import AttemptStatus
from tests.contracts.budget_contract import book, budget
from tests.fakes.forked import Forked
from tests.fakes.rows import NOON, attempt, settlement
from tests.storage.conftest import Stand, standing

_SPENDER = """
import asyncio, json, sys
from pathlib import Path
from app.services.gen_ai.rules.budgets import BudgetExceededError
from app.storage.opening import database_at
from tests.contracts.budget_contract import book, budget, call
from tests.storage.conftest import standing

async def main():
    database = database_at(sys.argv[1])
    async with standing(database, Path(sys.argv[2])) as stand:
        ledger = stand.ledger(book(budget()))
        print("ready", flush=True)
        sys.stdin.readline()
        calls = [call(f"{sys.argv[3]}_{number}") for number in range(250)]
        ends = await asyncio.gather(*(ledger.open(one) for one in calls), return_exceptions=True)
    await database.close()
    print(json.dumps([ends.count(None), sum(isinstance(end, BudgetExceededError) for end in ends)]))

asyncio.run(main())
"""


@pytest.fixture
async def server(postgres_database: PostgresDatabase, tmp_path: Path) -> AsyncIterator[Stand]:
    async with standing(postgres_database, tmp_path / "journal") as made:
        yield made


async def _cut_all_connections(database: PostgresDatabase) -> None:
    """As a restarting server does, to all but the one that says so."""
    async with database.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


async def _statuses(ledger: SqlUsageLedger) -> dict[str, AttemptStatus]:
    rows, _ = await ledger.rows(UsageQuery(), limit=50, offset=0)
    return {row.attempt.attempt_id: row.status for row in rows}


def test_a_thousand_calls_of_four_processes_against_a_budget_for_ten(postgres_url: str, tmp_path: Path) -> None:
    """Exactly ten get through, whichever process they come from."""
    spenders = [
        Forked(_SPENDER, postgres_url, str(tmp_path), f"p{number}", piped=("stdin", "stdout")) for number in range(4)
    ]
    for spender in spenders:
        assert spender.stdout.readline() == b"ready\n"
    for spender in spenders:
        spender.stdin.write(b"go\n")
        spender.stdin.flush()
    ends = []
    for spender in spenders:
        with spender:
            ends.append(json.loads(spender.stdout.read()))
    assert sum(through for through, _ in ends) == 10
    assert sum(through + refused for through, refused in ends) == 1000


async def test_a_connection_that_was_cut_is_made_again(postgres_database: PostgresDatabase, server: Stand) -> None:
    ledger = server.ledger()
    await ledger.open(attempt())
    await _cut_all_connections(postgres_database)
    await ledger.settle("att_1", settlement())
    assert await _statuses(ledger) == {"att_1": AttemptStatus.MEASURED}


@pytest.mark.parametrize("committed", [True, False])
async def test_where_nobody_knows_whether_it_was_committed_it_is_written_once(
    server: Stand, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    """The connection is lost within the commit, after the server has done it or before."""
    real = PostgresConnection.transaction
    lost = [True, False, True, False]

    async def transaction(self: PostgresConnection, work: object) -> object:
        if not lost.pop(0):
            return await real(self, work)  # type: ignore[arg-type]  # whatever the writer gave
        if committed:
            await real(self, work)  # type: ignore[arg-type]  # the same
        raise OutcomeUnknownError("lost")

    monkeypatch.setattr(PostgresConnection, "transaction", transaction)
    ledger = server.ledger(book(budget(limit_usd="0.01")))
    await ledger.open(attempt(worst_usd=Decimal("0.01")))
    await ledger.settle("att_1", settlement())
    assert lost == []
    assert await _statuses(ledger) == {"att_1": AttemptStatus.MEASURED}
    counter = (await ledger.counters(["2026-11-23|all"]))["2026-11-23|all"]
    assert counter == Counter(spent=settlement().charge(NOTHING))


async def test_a_server_that_is_gone_refuses_new_calls_and_loses_no_settlement(
    postgres_database: PostgresDatabase, server: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was under way is settled in the journal; when the server is back, the ledger has it."""
    ledger = server.ledger()
    await ledger.open(attempt())

    async def refused(**_: object) -> None:
        raise ConnectionRefusedError("connection refused")

    with monkeypatch.context() as gone:
        writer = server.writer
        gone.setattr(writer._connection._writes, "_connect", refused)  # type: ignore[attr-defined]  # a PostgresWriter
        await _cut_all_connections(postgres_database)
        with pytest.raises(LedgerUnavailableError, match="connection refused"):
            await ledger.open(attempt("att_2"))
        await ledger.settle("att_1", settlement())
    assert await _statuses(ledger) == {"att_1": AttemptStatus.OPEN}
    await ledger.recover(NOON)
    assert await _statuses(ledger) == {"att_1": AttemptStatus.MEASURED}


async def test_one_bad_write_does_not_hurt_the_others_of_its_group(server: Stand) -> None:
    ledger = server.ledger()
    await ledger.open(attempt("att_1"))
    ends = await asyncio.gather(
        *(ledger.open(attempt(name)) for name in ("att_0", "att_1", "att_2")), return_exceptions=True
    )
    assert [end is None for end in ends] == [True, False, True]
    assert set(await _statuses(ledger)) == {"att_0", "att_1", "att_2"}


async def test_calls_of_two_processes_around_midnight_do_not_wait_for_each_other_for_ever(
    postgres_database: PostgresDatabase, server: Stand, tmp_path: Path
) -> None:
    """One settles the old day's calls and opens new ones, the other the other way round; all get through."""
    evening, morning = NOON.replace(hour=23), NOON.replace(day=24, hour=1)
    async with standing(postgres_database, tmp_path / "other") as second:
        ledgers = [server.ledger(), second.ledger()]
        orders = [[evening, morning], [morning, evening]]
        await asyncio.gather(
            *(
                ledger.open(attempt(f"att_{who}_{round_number}_{number}", opened_at=moment))
                for round_number in range(20)
                for who, (ledger, order) in enumerate(zip(ledgers, orders, strict=True))
                for number, moment in enumerate(order)
            )
        )
    assert (await server.ledger().rows(UsageQuery(), limit=1, offset=0))[1] == 80


async def test_after_closing_nothing_is_written(server: Stand) -> None:
    await server.writer.close()
    with pytest.raises(LedgerUnavailableError, match="closed"):
        await server.ledger().open(attempt())
