"""Work that must end even though nobody waits for it any more: settling, and reading streams to their end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

ResultT = TypeVar("ResultT")

_CLEAN_UP_SECONDS = 2.0
"""For what cancelled work leaves to be done."""


class BackgroundWork:
    """Holds every task until it is done, so that none is lost and a shutdown can wait for all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def pending(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, ResultT]) -> asyncio.Task[ResultT]:
        """Starts work that nobody waits for; a failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def finish(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Waits for work that goes on to its end even if the waiting is cancelled."""
        return await asyncio.shield(self.spawn(work))

    async def close(self, seconds: float) -> None:
        """Waits for all work; what is not done after so many seconds is cancelled, and may still clean up."""
        await self._all_done(seconds)
        late = set(self._tasks)
        for task in late:
            task.cancel()
        if late:
            log.warning("background_work_cancelled", tasks=len(late))
            await asyncio.wait(late)
        # What was cancelled may have left something to be written down.
        await self._all_done(_CLEAN_UP_SECONDS)

    async def _all_done(self, seconds: float) -> None:
        """Waits, at most so long, for all work, also for what is begun meanwhile."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._tasks:
            await asyncio.wait(set(self._tasks), timeout=max(end - loop.time(), 0))
            if loop.time() >= end:
                return

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        # Asking for the exception marks it as seen: whoever waits has it too, and else it is only logged.
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("background_work_failed", error=type(error).__name__)
