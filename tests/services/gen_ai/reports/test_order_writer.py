"""Ordered reports are written once, and whatever happens to who writes them, the order is not lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.background import BackgroundWork
from app.clock import FixedClock
from app.errors import UpstreamError
from app.schemas.gen_ai.narrative_report import NarrativeReportRequest
from app.services.gen_ai.reports.library import ReportLibrary
from app.services.gen_ai.reports.order_writer import MOST_TRIES, ReportWriter
from app.services.gen_ai.reports.orders import ReportOrder, ReportOrderStatus
from app.services.gen_ai.reports.ports import ReportNotFoundError, ReportsUnavailableError, StoredReport
from app.storage.backtests import SqlBacktestStore
from app.storage.database import Database
from app.storage.reports import SqlReportOrders
from app.vocabulary import BacktestStatus
from tests.conftest import TODAY
from tests.fakes.report_orders import report_order
from tests.fakes.stored import queued
from tests.fakes.stored_reports import stored_report

FAILED, WRITTEN = ReportOrderStatus.FAILED, ReportOrderStatus.WRITTEN
MakeWriter = Callable[..., ReportWriter]


class Reports(ReportLibrary):
    """Writes and keeps reports; each waits at first if they are `held`. `ends` are raised in the place of the first."""

    def __init__(self, *ends: Exception, held: bool = False) -> None:
        self.ends = list(ends)
        self.kept: dict[str, StoredReport] = {}
        self.asked: list[tuple[NarrativeReportRequest, str]] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        if not held:
            self.go_on.set()

    async def generate_report(
        self, request: NarrativeReportRequest, caller_id: str, report_id: str | None = None
    ) -> StoredReport:
        self.asked.append((request, caller_id))
        self.begun.set()
        await self.go_on.wait()
        if self.ends:
            raise self.ends.pop(0)
        assert report_id is not None
        self.kept[report_id] = stored_report(report_id, owner_id=caller_id)
        return self.kept[report_id]

    async def get(self, report_id: str, caller_id: str) -> StoredReport:
        found = self.kept.get(report_id)
        if found is None or found.owner_id != caller_id:
            raise ReportNotFoundError(report_id)
        return found


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test need not wait as long as a server may."""
    monkeypatch.setattr("app.services.gen_ai.reports.order_writer._LOOK_SECONDS", 0.01)


@pytest.fixture
def queue(each_database: Database) -> SqlReportOrders:
    return SqlReportOrders(each_database, each_database.processes())


@pytest.fixture
def background() -> BackgroundWork:
    return BackgroundWork()


@pytest.fixture
async def writer(queue: SqlReportOrders, clock: FixedClock, background: BackgroundWork) -> AsyncIterator[MakeWriter]:
    """Makes writers, and stops those that a test has left running."""
    made: list[ReportWriter] = []

    def make(
        reports: Reports, queue: SqlReportOrders = queue, ended: asyncio.Event | None = None, at_once: int = 2
    ) -> ReportWriter:
        signal = asyncio.Event() if ended is None else ended
        more: dict[str, Any] = {"background": background, "backtest_ended": signal, "at_once": at_once}
        made.append(ReportWriter(queue, reports, reports, clock, **more))
        return made[-1]

    yield make
    for each in made:
        await each.stop()
    await background.close(0)


async def _ordered(database: Database, *ids: str, status: BacktestStatus = BacktestStatus.DONE) -> None:
    backtests, orders = SqlBacktestStore(database), SqlReportOrders(database, database.processes())
    for backtest_id in ids:
        assert await backtests.add(queued(backtest_id, status=status), most_waiting=9)
        assert await orders.add(report_order(backtest_id))


async def _until(queue: SqlReportOrders, backtest_id: str, *status: ReportOrderStatus) -> ReportOrder:
    """The order once it has one of these statuses; a test that waits in vain ends with its timeout."""
    while True:
        (found,) = (await queue.of([backtest_id])).values()
        if found.status in status:
            return found


async def test_what_was_ordered_is_written_as_it_was_ordered(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter
) -> None:
    """Each once, for its owner, under the name that it was promised."""
    ids = ("bt_1", "bt_2", "bt_3")
    await _ordered(each_database, *ids)
    reports = Reports()
    await writer(reports).start()
    for backtest_id in ids:
        ended = await _until(queue, backtest_id, WRITTEN)
        assert (ended.tries, ended.ended_at, ended.failure) == (1, TODAY, None)
    assert list(reports.kept) == [f"report_of_{backtest_id}" for backtest_id in ids]
    request = NarrativeReportRequest(backtest_id="bt_1", language="en", detail="brief")
    assert reports.asked[0] == (request, "ann")
    assert len(reports.asked) == 3


async def test_a_backtest_that_ends_wakes_the_writer_up(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits until the next look: it is an hour away."""
    monkeypatch.setattr("app.services.gen_ai.reports.order_writer._LOOK_SECONDS", 3600)
    ended = asyncio.Event()
    await writer(Reports(), ended=ended).start()
    await _ordered(each_database, "bt_1")
    ended.set()
    await _until(queue, "bt_1", WRITTEN)


async def test_no_more_are_written_at_a_time_than_may_be(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of one begins the next, though the next look is an hour away."""
    monkeypatch.setattr("app.services.gen_ai.reports.order_writer._LOOK_SECONDS", 3600)
    await _ordered(each_database, "bt_1", "bt_2", "bt_3")
    reports = Reports(held=True)
    await writer(reports, at_once=2).start()
    for backtest_id in ("bt_1", "bt_2"):
        await _until(queue, backtest_id, ReportOrderStatus.WRITING)
    (third,) = (await queue.of(["bt_3"])).values()
    assert third.status is ReportOrderStatus.WAITING
    reports.go_on.set()
    await _until(queue, "bt_3", WRITTEN)


@pytest.mark.parametrize(
    ("end", "failure"),
    [
        (UpstreamError("OpenAI answered 500"), "OpenAI answered 500"),
        (ZeroDivisionError("a fault of ours"), "an unexpected error (ZeroDivisionError); the log has the details"),
    ],
)
async def test_what_cannot_be_written_fails_says_why_and_holds_up_nobody(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter, end: Exception, failure: str
) -> None:
    await _ordered(each_database, "bt_1", "bt_2")
    await writer(Reports(end), at_once=1).start()
    ended = await _until(queue, "bt_1", FAILED)
    assert (ended.failure, ended.ended_at) == (failure, TODAY)
    await _until(queue, "bt_2", WRITTEN)


async def test_a_report_is_not_paid_for_twice_where_its_writer_died_before_it_could_say_so(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter
) -> None:
    await _ordered(each_database, "bt_1")
    assert await SqlReportOrders(each_database, each_database.processes()).claim() is not None  # of a dead process
    reports = Reports()
    reports.kept["report_of_bt_1"] = stored_report("report_of_bt_1")
    await writer(reports).start()
    assert (await _until(queue, "bt_1", WRITTEN)).tries == 2
    assert not reports.asked


async def test_a_report_that_nobody_survives_is_given_up(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter
) -> None:
    await _ordered(each_database, "bt_1")
    for _ in range(MOST_TRIES):
        dead = SqlReportOrders(each_database, each_database.processes())
        assert await dead.claim() is not None
        await queue.recover(TODAY, MOST_TRIES + 1, "")
    assert await SqlReportOrders(each_database, each_database.processes()).claim() is not None
    reports = Reports()
    await writer(reports).start()
    failure = (await _until(queue, "bt_1", FAILED)).failure or ""
    assert failure.startswith(f"its process ended {MOST_TRIES} times")
    assert not reports.asked


async def test_a_shutdown_lets_what_is_being_written_end(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter, background: BackgroundWork
) -> None:
    """And nothing further is begun."""
    await _ordered(each_database, "bt_1", "bt_2")
    reports = Reports(held=True)
    writing = writer(reports, at_once=1)
    await writing.start()
    await reports.begun.wait()
    await writing.stop()
    reports.go_on.set()
    await background.close(5)
    orders = await queue.of(["bt_1", "bt_2"])
    assert [orders[key].status for key in ("bt_1", "bt_2")] == [WRITTEN, ReportOrderStatus.WAITING]


async def test_what_takes_longer_than_a_shutdown_may_is_given_back(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter, background: BackgroundWork
) -> None:
    """The next start writes it."""
    await _ordered(each_database, "bt_1")
    reports = Reports(held=True)
    writing = writer(reports)
    await writing.start()
    await reports.begun.wait()
    await writing.stop()
    await background.close(0)
    assert await queue.of(["bt_1"]) == {"bt_1": report_order("bt_1")}
    await writer(Reports()).start()
    assert (await _until(queue, "bt_1", WRITTEN)).tries == 1


class _Failing(SqlReportOrders):
    """A queue of which every second word is lost, until it has failed often enough."""

    failures = 10

    def _fail(self) -> None:
        if self.failures > 0:
            self.failures -= 1
            if self.failures % 2:
                raise ReportsUnavailableError("the database is away")

    async def claim(self) -> ReportOrder | None:
        self._fail()
        return await super().claim()

    async def finish(self, order: ReportOrder, failure: str | None, now: datetime) -> bool:
        self._fail()
        return await super().finish(order, failure, now)


async def test_a_database_that_is_away_for_a_while_costs_no_second_report(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter
) -> None:
    await _ordered(each_database, "bt_1", "bt_2", "bt_3")
    failing, reports = _Failing(each_database, each_database.processes()), Reports()
    await writer(reports, queue=failing).start()
    for backtest_id in ("bt_1", "bt_2", "bt_3"):
        await _until(queue, backtest_id, WRITTEN)
    assert len(reports.asked) == 3
    assert failing.failures < 10


class _Surprising(SqlReportOrders):
    """A queue with a fault that nobody has thought of, once."""

    surprised = False

    async def claim(self) -> ReportOrder | None:
        if not self.surprised:
            self.surprised = True
            raise ZeroDivisionError("a fault of ours")
        return await super().claim()


async def test_the_writer_outlives_an_unexpected_fault(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter
) -> None:
    await _ordered(each_database, "bt_1")
    with capture_logs() as logs:
        await writer(Reports(), queue=_Surprising(each_database, each_database.processes())).start()
        await _until(queue, "bt_1", WRITTEN)
    assert [entry["event"] for entry in logs] == ["report_orders_failed"]


async def test_an_order_that_was_deleted_meanwhile_is_forgotten(
    each_database: Database, queue: SqlReportOrders, writer: MakeWriter, background: BackgroundWork
) -> None:
    """Its report stays, for it is paid for."""
    await _ordered(each_database, "bt_1")
    reports = Reports(held=True)
    with capture_logs() as logs:
        await writer(reports).start()
        await reports.begun.wait()
        await SqlBacktestStore(each_database).delete("bt_1")
        reports.go_on.set()
        await background.close(5)
    assert await queue.of(["bt_1"]) == {}
    assert list(reports.kept) == ["report_of_bt_1"]
    assert "ordered_report_not_wanted" in [entry["event"] for entry in logs]
