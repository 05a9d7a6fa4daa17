"""What waits is run, its end is kept, and whatever happens to who runs it, it is not lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.services.backtests.ports import Backtest, BacktestsUnavailableError, Claim, ResultParts, WorkerDiedError
from app.services.backtests.run import INTERRUPTED, MOST_RUNS
from app.services.backtests.runner import BacktestRunner
from app.services.backtests.worker import BacktestFailedError, BacktestWorker
from app.storage.backtests import SqlBacktestQueue, SqlBacktestStore
from app.storage.database import Database
from app.vocabulary import BacktestStatus
from tests.conftest import TODAY
from tests.fakes.stored import order, queued
from tests.fakes.workers import HeldWorker, InlineWorker

MakeRunner = Callable[..., BacktestRunner]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test need not wait as long as a server may."""
    monkeypatch.setattr("app.services.backtests.run._BEAT_SECONDS", 0.01)
    monkeypatch.setattr("app.services.backtests.runner._LOOK_SECONDS", 0.01)


@pytest.fixture
def store(each_database: Database) -> SqlBacktestStore:
    return SqlBacktestStore(each_database)


@pytest.fixture
def queue(each_database: Database) -> SqlBacktestQueue:
    return SqlBacktestQueue(each_database, each_database.processes())


@pytest.fixture
async def running(queue: SqlBacktestQueue, clock: FixedClock) -> AsyncIterator[MakeRunner]:
    """Makes runners, each with a worker of its own for each lane, and stops those that a test has left running."""
    made: list[BacktestRunner] = []

    def make(*workers: BacktestWorker, queue: SqlBacktestQueue = queue) -> BacktestRunner:
        left = list(workers)
        made.append(BacktestRunner(queue, lambda: left.pop(0), clock, lanes=len(workers), ended=lambda: None))
        return made[-1]

    yield make
    for runner in made:
        await runner.stop()


async def _add(store: SqlBacktestStore, *backtest_ids: str) -> None:
    for backtest_id in backtest_ids:
        assert await store.add(queued(backtest_id), most_waiting=1000)


async def _until(store: SqlBacktestStore, backtest_id: str, *status: BacktestStatus) -> Backtest:
    """The backtest, once it has one of these statuses; a test that waits in vain ends with its timeout."""
    while True:
        found = await store.get(backtest_id)
        assert found is not None
        if found.status in status:
            return found


async def test_what_waits_is_run_one_after_the_other(store: SqlBacktestStore, running: MakeRunner) -> None:
    await _add(store, "bt_1", "bt_2", "bt_3")
    await running(InlineWorker()).start()
    for backtest_id in ("bt_1", "bt_2", "bt_3"):
        done = await _until(store, backtest_id, BacktestStatus.DONE)
        assert (done.progress, done.runs, done.ended_at, done.failure) == (1.0, 1, TODAY, None)
        assert await store.parts(backtest_id) is not None


async def test_what_is_queued_later_is_run_at_once(
    store: SqlBacktestStore, running: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits until the next look: it is an hour away."""
    monkeypatch.setattr("app.services.backtests.runner._LOOK_SECONDS", 3600)
    runner = running(InlineWorker())
    await runner.start()
    for backtest_id in ("bt_1", "bt_2"):
        await _add(store, backtest_id)
        runner.wake()
        await _until(store, backtest_id, BacktestStatus.DONE)


async def test_as_many_run_at_a_time_as_there_are_lanes(
    store: SqlBacktestStore, running: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where one wake-up stands for several backtests."""
    monkeypatch.setattr("app.services.backtests.runner._LOOK_SECONDS", 3600)
    workers = [HeldWorker(), HeldWorker()]
    runner = running(*workers)
    await runner.start()
    await _add(store, "bt_1", "bt_2", "bt_3")
    runner.wake()
    for worker in workers:
        await worker.begun.wait()
    waiting = await store.get("bt_3")
    assert waiting is not None
    assert waiting.status is BacktestStatus.QUEUED
    for worker in workers:
        worker.go_on.set()
    await _until(store, "bt_3", BacktestStatus.DONE)


async def test_progress_is_noted_while_it_runs(store: SqlBacktestStore, running: MakeRunner) -> None:
    await _add(store, "bt_1")
    worker = HeldWorker()
    await running(worker).start()
    await worker.begun.wait()
    while (found := await _until(store, "bt_1", BacktestStatus.RUNNING)).progress == 0:
        pass
    assert (found.progress, found.started_at) == (0.4, TODAY)


async def test_a_stop_gives_back_what_is_running_and_the_next_start_runs_it(
    store: SqlBacktestStore, running: MakeRunner
) -> None:
    await _add(store, "bt_1")
    worker = HeldWorker()
    runner = running(worker)
    await runner.start()
    await worker.begun.wait()
    await runner.stop()
    assert worker.stopped.is_set()
    assert worker.closed == 1
    assert await store.get("bt_1") == queued("bt_1")
    await running(InlineWorker()).start()
    assert (await _until(store, "bt_1", BacktestStatus.DONE)).runs == 1


async def test_a_deleted_backtest_is_stopped_and_the_next_one_run(store: SqlBacktestStore, running: MakeRunner) -> None:
    await _add(store, "bt_1", "bt_2")
    worker = HeldWorker()
    await running(worker).start()
    await worker.begun.wait()
    await store.delete("bt_1")
    await worker.stopped.wait()
    worker.go_on.set()
    await _until(store, "bt_2", BacktestStatus.DONE)
    assert await store.get("bt_1") is None


async def test_what_cannot_be_run_fails_and_says_why(store: SqlBacktestStore, running: MakeRunner) -> None:
    assert await store.add(queued("bt_1", order=order(symbol="GONE")), most_waiting=9)
    await _add(store, "bt_2")
    worker = HeldWorker(BacktestFailedError("there are no bars of 'GONE'"))
    worker.go_on.set()
    await running(worker).start()
    failed = await _until(store, "bt_1", BacktestStatus.FAILED)
    assert (failed.failure, failed.ended_at) == ("there are no bars of 'GONE'", TODAY)
    await _until(store, "bt_2", BacktestStatus.DONE)


async def test_an_unexpected_fault_fails_one_backtest_and_not_those_after_it(
    store: SqlBacktestStore, running: MakeRunner
) -> None:
    await _add(store, "bt_1", "bt_2")
    worker = HeldWorker(ZeroDivisionError("a fault of ours"))
    worker.go_on.set()
    await running(worker).start()
    failed = await _until(store, "bt_1", BacktestStatus.FAILED)
    assert failed.failure == "an unexpected error (ZeroDivisionError); the log has the details"
    await _until(store, "bt_2", BacktestStatus.DONE)


async def test_a_backtest_whose_worker_dies_is_run_again(store: SqlBacktestStore, running: MakeRunner) -> None:
    await _add(store, "bt_1")
    worker = HeldWorker(*[WorkerDiedError("killed")] * (MOST_RUNS - 1))
    worker.go_on.set()
    await running(worker).start()
    assert (await _until(store, "bt_1", BacktestStatus.DONE)).runs == MOST_RUNS


async def test_a_backtest_that_keeps_on_killing_its_worker_is_given_up(
    store: SqlBacktestStore, running: MakeRunner
) -> None:
    await _add(store, "bt_1", "bt_2")
    worker = HeldWorker(*[WorkerDiedError("killed")] * MOST_RUNS)
    worker.go_on.set()
    await running(worker).start()
    assert (await _until(store, "bt_1", BacktestStatus.FAILED)).failure == INTERRUPTED
    await _until(store, "bt_2", BacktestStatus.DONE)


async def test_what_a_dead_process_was_running_is_run(
    store: SqlBacktestStore, running: MakeRunner, each_database: Database
) -> None:
    """While others see it alive nobody touches it; then whoever looks next takes it up."""
    other = each_database.processes()
    await other.hold()
    await _add(store, "bt_1", "bt_2")
    assert await SqlBacktestQueue(each_database, other).claim(TODAY, "bt_1") is not None
    await running(InlineWorker()).start()
    await _until(store, "bt_2", BacktestStatus.DONE)
    left = await store.get("bt_1")
    assert left is not None
    assert left.status is BacktestStatus.RUNNING
    await other.let_go()
    assert (await _until(store, "bt_1", BacktestStatus.DONE)).runs == 2


class _Failing(SqlBacktestQueue):
    """A queue of which every second word is lost, until it has failed often enough."""

    failures = 12

    def _fail(self) -> None:
        if self.failures > 0:
            self.failures -= 1
            if self.failures % 2:
                raise BacktestsUnavailableError("the database is away")

    async def claim(self, now: datetime, backtest_id: str | None = None) -> Claim | None:
        self._fail()
        return await super().claim(now, backtest_id)

    async def advance(self, claim: Claim, progress: float) -> bool:
        self._fail()
        return await super().advance(claim, progress)

    async def finish(self, claim: Claim, end: ResultParts | str, now: datetime) -> bool:
        self._fail()
        return await super().finish(claim, end, now)


async def test_a_database_that_is_away_for_a_while_loses_no_result(
    store: SqlBacktestStore, running: MakeRunner, each_database: Database
) -> None:
    """Each backtest is run once all the same."""
    await _add(store, "bt_1", "bt_2", "bt_3")
    queue = _Failing(each_database, each_database.processes())
    await running(InlineWorker(), queue=queue).start()
    for backtest_id in ("bt_1", "bt_2", "bt_3"):
        assert (await _until(store, backtest_id, BacktestStatus.DONE)).runs == 1
    assert queue.failures < 12


class _Surprising(SqlBacktestQueue):
    """A queue with a fault that nobody has thought of, once."""

    surprised = False

    async def recover(self, now: datetime, most_runs: int) -> int:
        if not self.surprised:
            self.surprised = True
            raise ZeroDivisionError("a fault of ours")
        return await super().recover(now, most_runs)


async def test_a_lane_outlives_an_unexpected_fault(
    store: SqlBacktestStore, running: MakeRunner, each_database: Database
) -> None:
    queue = _Surprising(each_database, each_database.processes())
    with capture_logs() as logs:
        runner = running(InlineWorker(), queue=queue)
        await runner.start()
        while not logs:
            await store.get("bt_1")
        await _add(store, "bt_1")
        await _until(store, "bt_1", BacktestStatus.DONE)
    assert [entry["event"] for entry in logs] == ["backtest_lane_failed"]


async def test_a_stop_ends_also_where_the_database_is_gone(
    store: SqlBacktestStore, running: MakeRunner, each_database: Database
) -> None:
    await _add(store, "bt_1", "bt_2")
    workers = HeldWorker(), HeldWorker()
    runner = running(*workers)
    await runner.start()
    for worker in workers:
        await worker.begun.wait()
    async with each_database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE report_orders"))
        await connection.execute(text("DROP TABLE backtest_details"))
        await connection.execute(text("DROP TABLE backtests"))
    workers[0].go_on.set()
    await runner.stop()
    assert [worker.closed for worker in workers] == [1, 1]


async def test_one_is_run_by_name_without_those_that_have_waited_longer(
    store: SqlBacktestStore, running: MakeRunner
) -> None:
    await _add(store, "bt_1", "bt_2")
    await running(InlineWorker()).run_one("bt_2")
    assert (await _until(store, "bt_2", BacktestStatus.DONE)).runs == 1
    assert await store.get("bt_1") == queued("bt_1")


async def test_one_that_somebody_else_runs_is_left_to_them(
    store: SqlBacktestStore, queue: SqlBacktestQueue, running: MakeRunner
) -> None:
    await _add(store, "bt_1")
    assert await queue.claim(TODAY) is not None
    await running(HeldWorker()).run_one("bt_1")
    await running(HeldWorker()).run_one("bt_9")


async def test_who_stops_waiting_for_one_gives_it_back(store: SqlBacktestStore, running: MakeRunner) -> None:
    await _add(store, "bt_1")
    worker = HeldWorker()
    work = asyncio.create_task(running(worker).run_one("bt_1"))
    await worker.begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert worker.stopped.is_set()
    assert worker.closed == 1
    assert await store.get("bt_1") == queued("bt_1")
