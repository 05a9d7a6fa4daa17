"""Work beside the calls: what must end even though nobody waits for it any more (settling, reading streams to their
end), and what sleeps and looks now and then whether there is something to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from inspect import CORO_CREATED, getcoroutinestate
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
        # What is cancelled before it has begun never runs, and so cleans nothing up.
        while not all(map(_has_begun, self._tasks)):  # noqa: ASYNC110  each begins with the next turn of the loop
            await asyncio.sleep(0)
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


def _has_begun(task: asyncio.Task[Any]) -> bool:
    work: Any = task.get_coro()
    return getcoroutinestate(work) != CORO_CREATED


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Waits until the event is set, for so many seconds at most; whether it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def look_out(
    look: Callable[[], Awaitable[bool]], seconds: float, *, wake: asyncio.Event, stopping: asyncio.Event | None = None
) -> None:
    """Looks for work, at once again as long as it finds some; else when somebody wakes it, or after so many seconds.

    For ever, or until it is `stopping`; whoever sets that wakes it too.
    """
    while stopping is None or not stopping.is_set():
        wake.clear()
        if not await look():
            await set_within(wake, seconds)


class Rounds:
    """Looks for work beside all else, as long as it is started; first after a pause, as a command soon ends."""

    def __init__(self, look: Callable[[], Awaitable[bool]], seconds: float, wake: asyncio.Event | None = None) -> None:
        self._look = look
        self._seconds = seconds
        self._wake = wake or asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """What it is doing is broken off."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        await set_within(self._wake, self._seconds)
        await look_out(self._look, self._seconds, wake=self._wake)
