"""Work that nobody waits for is finished all the same, and a shutdown waits for it."""

import asyncio

import pytest

from app.services.gen_ai.core.background import BackgroundWork


async def test_work_goes_on_when_the_waiting_is_cancelled() -> None:
    background, go, done = BackgroundWork(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go.wait()
        done.set()

    waiting = asyncio.create_task(background.finish(work()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go.set()
    await background.close(5)
    assert done.is_set()
    assert background.pending == 0


async def test_whoever_waits_gets_the_result_or_the_error() -> None:
    background = BackgroundWork()

    async def good() -> int:
        return 7

    async def bad() -> int:
        raise ValueError("no")

    assert await background.finish(good()) == 7
    with pytest.raises(ValueError, match="no"):
        await background.finish(bad())


async def test_a_failure_that_nobody_waits_for_does_no_harm() -> None:
    background = BackgroundWork()

    async def bad() -> None:
        raise ValueError("no")

    background.spawn(bad())
    await background.close(5)
    assert background.pending == 0


async def test_what_is_too_late_is_cancelled_and_may_clean_up() -> None:
    background, cleaned = BackgroundWork(), asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    background.spawn(endless())
    await background.close(0)
    assert cleaned.is_set()
    assert background.pending == 0
