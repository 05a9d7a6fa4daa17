"""One backtest from its claim to its end."""

import asyncio

import structlog

from app.background import set_within
from app.clock import Clock
from app.services.backtests.ports import BacktestQueue, BacktestsUnavailableError, Claim, ResultParts, WorkerDiedError
from app.services.backtests.worker import BacktestFailedError, BacktestWorker

log = structlog.get_logger(__name__)

MOST_RUNS = 5
"""A backtest that was interrupted so often may be what ends its process: it is not tried again."""
INTERRUPTED = f"its process ended {MOST_RUNS} times while it ran; it may need more memory than there is"
_BEAT_SECONDS = 0.5
"""How often progress is noted, and looked whether anybody still wants the result."""


class BacktestRun:
    """Set `stopping`, and what is running is given back."""

    def __init__(self, queue: BacktestQueue, clock: Clock, stopping: asyncio.Event) -> None:
        self._queue = queue
        self._clock = clock
        self._stopping = stopping

    async def of(self, claim: Claim, worker: BacktestWorker) -> None:
        """Runs a backtest and keeps its end, whatever it is, unless the claim is lost or there is a stop."""
        reached = 0.0

        def progress(fraction: float) -> None:
            nonlocal reached
            reached = fraction

        work = asyncio.create_task(worker.run(claim.order, progress), name=claim.backtest_id)
        stop = asyncio.create_task(self._stopping.wait())
        wanted = True
        while wanted and not work.done() and not stop.done():
            await asyncio.wait({work, stop}, timeout=_BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and not stop.done():
                wanted = await self._is_wanted(claim, reached)
        stop.cancel()
        if work.done():
            await self._end(claim, work)
            return
        work.cancel()
        await asyncio.wait({work})
        if wanted:
            await self._give_back(claim, interrupted=False)

    async def _is_wanted(self, claim: Claim, reached: float) -> bool:
        try:
            return await self._queue.advance(claim, reached)
        except BacktestsUnavailableError:
            return True  # nobody can know; its end will tell

    async def _end(self, claim: Claim, work: asyncio.Task[ResultParts]) -> None:
        try:
            end: ResultParts | str = work.result()
        except BacktestFailedError as error:
            end = str(error)
        except WorkerDiedError as error:
            log.warning("backtest_worker_died", backtest_id=claim.backtest_id, run=claim.run, reason=str(error))
            if claim.run < MOST_RUNS:
                await self._give_back(claim, interrupted=True)
                return
            end = INTERRUPTED
        except Exception as error:
            log.exception("backtest_not_run", backtest_id=claim.backtest_id)
            end = f"an unexpected error ({type(error).__name__}); the log has the details"
        # The result has been computed: as long as this process lives, it tries to keep it.
        while not await self._is_kept(claim, end) and not self._stopping.is_set():
            await set_within(self._stopping, _BEAT_SECONDS)

    async def _is_kept(self, claim: Claim, end: ResultParts | str) -> bool:
        try:
            if not await self._queue.finish(claim, end, self._clock.now()):
                log.info("backtest_end_not_wanted", backtest_id=claim.backtest_id)
        except BacktestsUnavailableError as error:
            log.warning("backtest_end_not_kept", backtest_id=claim.backtest_id, reason=str(error))
            return False
        return True

    async def _give_back(self, claim: Claim, *, interrupted: bool) -> None:
        try:
            await self._queue.give_back(claim, interrupted=interrupted)
        except BacktestsUnavailableError as error:
            # When this process is dead, others see that and take it up.
            log.warning("backtest_not_given_back", backtest_id=claim.backtest_id, reason=str(error))
