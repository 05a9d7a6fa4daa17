"""Backtests and their queue, as stored, on SQLite and on PostgreSQL."""

import asyncio
from collections import Counter
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select, text

from app.quant.backtest import BacktestConfig
from app.services.backtests.ports import BacktestFilter, BacktestsUnavailableError, Claim, ResultParts
from app.services.backtests.run import INTERRUPTED
from app.storage.backtests import SqlBacktestQueue, SqlBacktestStore
from app.storage.database import Database
from app.storage.opening import database_at
from app.storage.postgres_database import PostgresDatabase
from app.storage.tables import backtest_details, report_orders
from app.vocabulary import BacktestStatus
from tests.fakes.forked import Forked
from tests.fakes.report_orders import report_order
from tests.fakes.stored import NOON, order, queued

LATER = NOON + timedelta(minutes=5)
PARTS = ResultParts(b'{"symbol": "GSPC"}', b"trades\0", b"\xffcurves")
MANY = 1000


@pytest.fixture
def store(each_database: Database) -> SqlBacktestStore:
    return SqlBacktestStore(each_database)


@pytest.fixture
def queue(each_database: Database) -> SqlBacktestQueue:
    return SqlBacktestQueue(each_database, each_database.processes())


async def _add(store: SqlBacktestStore, *backtest_ids: str) -> None:
    for backtest_id in backtest_ids:
        assert await store.add(queued(backtest_id), most_waiting=MANY)


async def _claim(queue: SqlBacktestQueue, backtest_id: str | None = None) -> Claim:
    claim = await queue.claim(LATER, backtest_id)
    assert claim is not None
    return claim


async def test_an_order_comes_back_as_it_was_given(store: SqlBacktestStore) -> None:
    given = queued(
        order=order(
            start_date=date(2003, 2, 1),
            end_date=date(2004, 12, 31),
            config=BacktestConfig(initial_cash=1 / 3, max_position=0.1, commission=0, slippage=0.1),
        )
    )
    assert await store.add(given, most_waiting=MANY)
    await _add(store, "bt_2")
    assert await store.get("bt_1") == given
    assert await store.get("bt_2") == queued("bt_2")
    assert await store.get("bt_3") is None
    assert await store.parts("bt_1") is None


async def test_pages_have_the_newest_first_and_can_be_narrowed(
    store: SqlBacktestStore, queue: SqlBacktestQueue
) -> None:
    await _add(store, "bt_1", "bt_2", "bt_3")
    assert await store.add(queued("bt_4", strategy_id="strat_2"), most_waiting=MANY)
    assert await store.add(queued("bt_5", owner_id="bob"), most_waiting=MANY)
    await _claim(queue, "bt_2")

    async def ids(which: BacktestFilter, limit: int = 9, offset: int = 0) -> tuple[list[str], int]:
        found, total = await store.page(which, limit=limit, offset=offset)
        return [backtest.backtest_id for backtest in found], total

    assert await ids(BacktestFilter("ann"), 2, 1) == (["bt_3", "bt_2"], 4)
    assert await ids(BacktestFilter("ann", BacktestStatus.QUEUED)) == (["bt_4", "bt_3", "bt_1"], 3)
    assert await ids(BacktestFilter("ann", BacktestStatus.QUEUED, "strat_1")) == (["bt_3", "bt_1"], 2)
    assert await ids(BacktestFilter("eve")) == ([], 0)


async def test_no_more_wait_than_may_however_many_come_at_once(
    store: SqlBacktestStore, queue: SqlBacktestQueue, database_url: str
) -> None:
    """Also from two processes. What runs does not wait any more, and makes room."""
    other = database_at(database_url)
    stores = [store, SqlBacktestStore(other)]
    taken = await asyncio.gather(
        *(stores[number % 2].add(queued(f"bt_{number:02}"), most_waiting=3) for number in range(12))
    )
    await other.close()
    assert Counter(taken) == {True: 3, False: 9}
    assert (await store.page(BacktestFilter("ann"), limit=9, offset=0))[1] == 3
    await _claim(queue)
    assert await store.add(queued("bt_one_more"), most_waiting=3)


async def test_the_one_that_has_waited_longest_comes_first(store: SqlBacktestStore, queue: SqlBacktestQueue) -> None:
    await _add(store, "bt_2", "bt_1", "bt_3")
    assert [(await _claim(queue)).backtest_id for _ in range(2)] == ["bt_1", "bt_2"]
    running = await store.get("bt_1")
    assert running is not None
    assert (running.status, running.started_at, running.runs) == (BacktestStatus.RUNNING, LATER, 1)
    assert await _claim(queue) == Claim("bt_3", order(), 1)
    assert await queue.claim(LATER) is None


async def test_one_that_somebody_asks_for_by_name_is_taken_once(
    store: SqlBacktestStore, queue: SqlBacktestQueue
) -> None:
    await _add(store, "bt_1", "bt_2")
    assert (await _claim(queue, "bt_2")).backtest_id == "bt_2"
    assert await queue.claim(LATER, "bt_2") is None
    assert await queue.claim(LATER, "bt_9") is None


async def test_of_many_who_claim_at_once_each_gets_another(
    each_database: Database, store: SqlBacktestStore, database_url: str
) -> None:
    """From two processes, more claims than backtests: each is taken once, nobody waits for nothing."""
    await _add(store, *(f"bt_{number}" for number in range(8)))
    other = database_at(database_url)
    queues = [SqlBacktestQueue(database, database.processes()) for database in (each_database, other)]
    claims = await asyncio.gather(*(queues[number % 2].claim(LATER) for number in range(20)))
    # On PostgreSQL somebody may come away with nothing while others are taking what waits.
    while (more := await queues[0].claim(LATER)) is not None:
        claims.append(more)
    await other.close()
    assert sorted(claim.backtest_id for claim in claims if claim is not None) == [f"bt_{number}" for number in range(8)]


async def test_a_result_is_kept_with_all_its_parts(store: SqlBacktestStore, queue: SqlBacktestQueue) -> None:
    await _add(store, "bt_1")
    claim = await _claim(queue)
    assert await queue.advance(claim, 0.25)
    running = await store.get("bt_1")
    assert running is not None
    assert running.progress == 0.25
    assert await queue.finish(claim, PARTS, LATER)
    done = await store.get("bt_1")
    assert done == replace(
        queued(),
        status=BacktestStatus.DONE,
        progress=1.0,
        started_at=LATER,
        ended_at=LATER,
        runs=1,
        summary=PARTS.summary,
    )
    assert await store.parts("bt_1") == PARTS
    assert not await queue.finish(claim, PARTS, LATER)


async def test_why_there_is_no_result_is_kept(store: SqlBacktestStore, queue: SqlBacktestQueue) -> None:
    await _add(store, "bt_1")
    assert await queue.finish(await _claim(queue), "the file is broken", LATER)
    failed = await store.get("bt_1")
    assert failed is not None
    assert (failed.status, failed.failure, failed.ended_at) == (BacktestStatus.FAILED, "the file is broken", LATER)
    assert (failed.progress, await store.parts("bt_1")) == (0.0, None)


async def test_a_deleted_backtest_is_gone_with_its_result(
    store: SqlBacktestStore, queue: SqlBacktestQueue, each_database: Database
) -> None:
    """And whoever runs it hears of that."""
    await _add(store, "bt_1", "bt_2")
    claims = [await _claim(queue), await _claim(queue)]
    assert await queue.finish(claims[0], PARTS, LATER)
    for backtest_id in ("bt_1", "bt_2", "bt_2"):
        await store.delete(backtest_id)
        assert await store.get(backtest_id) is None
    assert not await queue.advance(claims[1], 0.5)
    assert not await queue.finish(claims[1], PARTS, LATER)
    async with each_database.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(backtest_details)) == 0


@pytest.mark.parametrize(("interrupted", "runs"), [(False, 1), (True, 2)])
async def test_what_was_given_back_waits_again(
    store: SqlBacktestStore,
    queue: SqlBacktestQueue,
    interrupted: bool,  # noqa: FBT001  a case
    runs: int,
) -> None:
    """A run counts where it was interrupted, and not where a server was stopped in good order."""
    await _add(store, "bt_1")
    claim = await _claim(queue)
    assert await queue.advance(claim, 0.5)
    await queue.give_back(claim, interrupted=interrupted)
    assert await store.get("bt_1") == queued(runs=runs - 1)
    again = await _claim(queue)
    assert (again.backtest_id, again.run) == ("bt_1", runs)


async def test_a_claim_that_went_to_another_run_has_no_say_any_more(
    store: SqlBacktestStore, queue: SqlBacktestQueue
) -> None:
    """Even of the same process: it was taken for dead, and has taken the backtest up once more."""
    await _add(store, "bt_1")
    lost = await _claim(queue)
    await queue.give_back(lost, interrupted=True)
    held = await _claim(queue)
    assert not await queue.advance(lost, 0.9)
    assert not await queue.finish(lost, "too late", LATER)
    await queue.give_back(lost, interrupted=True)
    assert await queue.finish(held, PARTS, LATER)


_VICTIM = """
import asyncio, sys
from datetime import UTC, datetime
from app.storage.backtests import SqlBacktestQueue
from app.storage.opening import database_at

async def main():
    database = database_at(sys.argv[1])
    processes = database.processes()
    await processes.hold()
    claim = await SqlBacktestQueue(database, processes).claim(datetime.now(UTC))
    print(claim.backtest_id, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def _victim(database_url: str) -> Forked:
    return Forked(_VICTIM, database_url, piped=("stdout",))


async def _died_running(database_url: str, queue: SqlBacktestQueue) -> str:
    """What a process had claimed that was then killed; while it lives nobody takes that away."""
    with _victim(database_url) as victim:
        backtest_id = victim.stdout.readline().decode().strip()
        assert await queue.recover(LATER, 2) == 0
        victim.kill()
    return backtest_id


async def _recovered(queue: SqlBacktestQueue) -> int:
    """A server takes a moment to notice that a process has died."""
    found = 0
    while not found:
        found = await queue.recover(LATER, 2)
    return found


async def test_what_a_killed_process_was_running_waits_again_but_not_for_ever(
    database_url: str, store: SqlBacktestStore, queue: SqlBacktestQueue
) -> None:
    """One's own and what is done is left alone. The second death fails it: it may be what kills its processes."""
    await _add(store, "bt_1", "bt_2", "bt_3")
    await queue.finish(await _claim(queue, "bt_2"), PARTS, LATER)
    mine = await _claim(queue, "bt_3")
    assert await _died_running(database_url, queue) == "bt_1"
    assert await _recovered(queue) == 1
    assert await store.get("bt_1") == queued(runs=1)
    assert await _died_running(database_url, queue) == "bt_1"
    assert await _recovered(queue) == 1
    failed = await store.get("bt_1")
    assert failed is not None
    assert (failed.status, failed.failure, failed.ended_at) == (BacktestStatus.FAILED, INTERRUPTED, LATER)
    assert await queue.recover(LATER, 2) == 0
    assert await queue.finish(mine, PARTS, LATER)


async def test_a_backtest_is_claimed_while_an_order_of_a_report_on_it_is_being_kept(
    postgres_database: PostgresDatabase,
) -> None:
    """It is not passed over until somebody looks again: the order refers to it, and holds its key for a moment."""
    await _add(SqlBacktestStore(postgres_database), "bt_1")
    queue = SqlBacktestQueue(postgres_database, postgres_database.processes())
    async with postgres_database.engine.begin() as keeping:
        await keeping.execute(insert(report_orders).values(asdict(report_order("bt_1")) | {"status": "waiting"}))
        assert (await _claim(queue)).backtest_id == "bt_1"


async def test_a_lost_database_is_named(
    store: SqlBacktestStore, queue: SqlBacktestQueue, each_database: Database
) -> None:
    async with each_database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE report_orders"))
        await connection.execute(text("DROP TABLE backtest_details"))
        await connection.execute(text("DROP TABLE backtests"))
    claim = Claim("bt_1", order(), 1)
    for work in (
        store.add(queued(), most_waiting=MANY),
        store.get("bt_1"),
        store.page(BacktestFilter("ann"), limit=1, offset=0),
        store.parts("bt_1"),
        store.delete("bt_1"),
        queue.claim(LATER),
        queue.advance(claim, 0.5),
        queue.finish(claim, PARTS, LATER),
        queue.give_back(claim, interrupted=True),
        queue.recover(LATER, 2),
    ):
        with pytest.raises(BacktestsUnavailableError, match=r"cannot be read or written .*repeat the request later"):
            await work
