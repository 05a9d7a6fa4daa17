"""Takes backtests from the queue and has them run, as long as the server does."""

import asyncio
from collections.abc import Callable

import structlog

from app.background import look_out
from app.clock import Clock
from app.services.backtests.ports import BacktestQueue, BacktestsUnavailableError
from app.services.backtests.run import MOST_RUNS, BacktestRun
from app.services.backtests.worker import BacktestWorker

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0
"""How long who has nothing to do waits before it looks again: other processes may have queued something, or died."""


class BacktestRunner:
    """As many backtests at a time as there are `lanes`, each in a worker of its own."""

    def __init__(
        self,
        queue: BacktestQueue,
        new_worker: Callable[[], BacktestWorker],
        clock: Clock,
        *,
        lanes: int,
        ended: Callable[[], None],
    ) -> None:
        """`ended` is called whenever the run of a backtest has ended, however it did."""
        self._queue = queue
        self._new_worker = new_worker
        self._clock = clock
        self._lane_count = lanes
        self._ended = ended
        self._lanes: list[asyncio.Task[None]] = []
        self._work = asyncio.Event()
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Begins to run what waits, and what dead processes have left."""
        self._stopping.clear()
        self._lanes = [asyncio.create_task(self._lane(), name="backtests") for _ in range(self._lane_count)]

    def wake(self) -> None:
        """Something was queued."""
        self._work.set()

    async def stop(self) -> None:
        """Gives back to the queue what is running, so that the next start, or another process, runs it."""
        self._stopping.set()
        self._work.set()
        lanes, self._lanes = self._lanes, []
        await asyncio.gather(*lanes)

    async def run_one(self, backtest_id: str) -> None:
        """Runs this backtest here and now, if nobody else has taken it; who cancels it gives it back.

        Raises:
            BacktestsUnavailableError: the queue cannot be reached.
        """
        claim = await self._queue.claim(self._clock.now(), backtest_id)
        if claim is None:
            return
        worker = self._new_worker()
        stopping = asyncio.Event()
        run = asyncio.create_task(BacktestRun(self._queue, self._clock, stopping).of(claim, worker))
        try:
            await asyncio.shield(run)
        finally:
            stopping.set()
            await run
            await worker.close()

    async def _lane(self) -> None:
        worker = self._new_worker()
        try:
            await look_out(
                lambda: self._has_found_work(worker), _LOOK_SECONDS, wake=self._work, stopping=self._stopping
            )
        finally:
            await worker.close()

    async def _has_found_work(self, worker: BacktestWorker) -> bool:
        """Runs one backtest, or sees what dead processes have left."""
        try:
            claim = await self._queue.claim(self._clock.now())
            if claim is None:
                return await self._queue.recover(self._clock.now(), MOST_RUNS) > 0
            self._work.set()  # there may be more, for another lane
            await BacktestRun(self._queue, self._clock, self._stopping).of(claim, worker)
            self._ended()
        except BacktestsUnavailableError as error:
            log.warning("backtest_queue_unavailable", reason=str(error))
            return False
        except Exception:
            log.exception("backtest_lane_failed")  # and goes on: without a lane nothing would be run any more
            return False
        return True
