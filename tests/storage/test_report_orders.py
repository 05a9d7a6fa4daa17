"""Orders of reports as stored, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace

import pytest

from app.services.gen_ai.reports.orders import ReportOrderStatus
from app.services.gen_ai.reports.ports import ReportsUnavailableError
from app.storage.backtests import SqlBacktestStore
from app.storage.database import Database
from app.storage.opening import database_at
from app.storage.reports import SqlReportOrders, SqlReportStore
from app.vocabulary import BacktestStatus
from tests.fakes.report_orders import report_order
from tests.fakes.stored import NOON, queued
from tests.fakes.stored_reports import stored_report

DONE, WRITTEN, WRITING = BacktestStatus.DONE, ReportOrderStatus.WRITTEN, ReportOrderStatus.WRITING


@pytest.fixture
def orders(each_database: Database) -> SqlReportOrders:
    return SqlReportOrders(each_database, each_database.processes())


@pytest.fixture
def backtests(each_database: Database) -> SqlBacktestStore:
    return SqlBacktestStore(each_database)


async def _ordered(orders: SqlReportOrders, backtests: SqlBacktestStore, *ids: str) -> None:
    """Orders on backtests that are done."""
    for backtest_id in ids:
        assert await backtests.add(queued(backtest_id, status=DONE), most_waiting=9)
        assert await orders.add(report_order(backtest_id))


async def test_an_order_comes_back_as_it_was_kept(orders: SqlReportOrders, backtests: SqlBacktestStore) -> None:
    """Under the id of its backtest; a backtest without one has none."""
    kept = report_order("bt_1", model_id="gpt-4o", language="ko", detail="detailed")
    for backtest_id in ("bt_1", "bt_2"):
        await backtests.add(queued(backtest_id), most_waiting=9)
    assert await orders.add(kept)
    assert await orders.of(["bt_1", "bt_2", "bt_3"]) == {"bt_1": kept}
    assert await orders.of([]) == {}


async def test_an_order_goes_with_its_backtest(orders: SqlReportOrders, backtests: SqlBacktestStore) -> None:
    """Also one that is being written: its end is not wanted any more. Without a backtest there can be none."""
    await _ordered(orders, backtests, "bt_1")
    claimed = await orders.claim()
    assert claimed is not None
    await backtests.delete("bt_1")
    assert await orders.of(["bt_1"]) == {}
    assert not await orders.finish(claimed, None, NOON)
    assert not await orders.add(report_order("bt_1"))


@pytest.mark.parametrize("status", list(BacktestStatus))
async def test_an_order_waits_for_the_end_of_its_backtest(
    orders: SqlReportOrders, backtests: SqlBacktestStore, status: BacktestStatus
) -> None:
    """For whatever end: the order on a failed one has to fail too, and say why."""
    await backtests.add(queued("bt_1", status=status), most_waiting=9)
    await orders.add(report_order("bt_1"))
    claimed = await orders.claim()
    if status in {BacktestStatus.QUEUED, BacktestStatus.RUNNING}:
        assert claimed is None
    else:
        assert claimed == report_order("bt_1", status=WRITING, tries=1)


async def test_each_order_is_taken_once_and_the_oldest_first(
    orders: SqlReportOrders, backtests: SqlBacktestStore
) -> None:
    """However many take at once."""
    ids = [f"bt_{number}" for number in range(6)]
    await _ordered(orders, backtests, *ids)
    first = await orders.claim()
    assert first is not None
    assert first.backtest_id == "bt_0"
    taken = await asyncio.gather(*(orders.claim() for _ in range(8)))
    assert sorted(order.backtest_id for order in taken if order is not None) == ids[1:]


@pytest.mark.parametrize(("failure", "status"), [(None, WRITTEN), ("no budget", ReportOrderStatus.FAILED)])
async def test_the_end_of_an_order_is_noted_once(
    orders: SqlReportOrders, backtests: SqlBacktestStore, failure: str | None, status: ReportOrderStatus
) -> None:
    await _ordered(orders, backtests, "bt_1")
    claimed = await orders.claim()
    assert claimed is not None
    assert await orders.finish(claimed, failure, NOON)
    assert not await orders.finish(claimed, "another end", NOON)
    expected = replace(claimed, status=status, failure=failure, ended_at=NOON)
    assert await orders.of(["bt_1"]) == {"bt_1": expected}
    assert await orders.claim() is None


async def test_what_is_given_back_waits_again_and_the_try_does_not_count(
    orders: SqlReportOrders, backtests: SqlBacktestStore
) -> None:
    await _ordered(orders, backtests, "bt_1")
    claimed = await orders.claim()
    assert claimed is not None
    await orders.give_back(claimed)
    assert await orders.of(["bt_1"]) == {"bt_1": report_order("bt_1")}
    assert await orders.claim() == claimed


async def test_what_a_dead_process_was_writing_waits_again_until_it_was_tried_so_often(
    orders: SqlReportOrders, backtests: SqlBacktestStore, each_database: Database
) -> None:
    """And what a living one writes is left to it."""
    other = each_database.processes()
    await other.hold()
    theirs = SqlReportOrders(each_database, other)
    await _ordered(orders, backtests, "bt_1")
    for tries in (1, 2):
        claimed = await theirs.claim()
        assert claimed is not None
        assert claimed.tries == tries
        assert await orders.recover(NOON, 2, "died too often") == 0
        await other.let_go()
        assert await orders.recover(NOON, 2, "died too often") == 1
        await other.hold()
    (left,) = (await orders.of(["bt_1"])).values()
    assert (left.status, left.failure) == (ReportOrderStatus.FAILED, "died too often")
    await other.let_go()


async def test_a_report_whose_writer_died_before_it_could_say_so_is_not_given_up(
    orders: SqlReportOrders, backtests: SqlBacktestStore, each_database: Database
) -> None:
    """It waits again, so that somebody sees that it is there."""
    await _ordered(orders, backtests, "bt_1")
    claimed = await SqlReportOrders(each_database, each_database.processes()).claim()
    assert claimed is not None
    await SqlReportStore(each_database).add(stored_report(claimed.report_id))
    assert await orders.recover(NOON, 1, "died too often") == 1
    again = await orders.claim()
    assert again is not None
    assert again.report_id == claimed.report_id


async def test_a_store_that_cannot_be_reached_says_so() -> None:
    database = database_at("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    store = SqlReportOrders(database, database.processes())
    for work in (
        store.add(report_order()),
        store.of(["bt_1"]),
        store.claim(),
        store.finish(report_order(), None, NOON),
        store.give_back(report_order()),
        store.recover(NOON, 1, ""),
    ):
        with pytest.raises(ReportsUnavailableError):
            await work
    await database.close()
