"""Work that nobody waits for is finished all the same, and a shutdown waits for it."""

import asyncio

import pytest

from app.background import BackgroundWork


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


async def test_work_that_begins_while_others_are_waited_for_is_waited_for_too() -> None:
    """It has the rest of the time, and is not cancelled because it came later."""
    background, go_first, go_second = BackgroundWork(), asyncio.Event(), asyncio.Event()
    done = asyncio.Event()

    async def second() -> None:
        await go_second.wait()
        done.set()

    async def first() -> None:
        await go_first.wait()
        background.spawn(second())

    background.spawn(first())
    closing = asyncio.create_task(background.close(60))
    for event in (go_first, go_second):
        for _ in range(5):  # whatever can happen before it does
            await asyncio.sleep(0)
        event.set()
    await closing
    assert done.is_set()


async def test_what_cancelled_work_leaves_to_be_done_is_done() -> None:
    """An attempt that was being opened, for instance: it is never sent, and its row must say so."""
    background, begun, written = BackgroundWork(), asyncio.Event(), asyncio.Event()

    async def write_down() -> None:
        await asyncio.sleep(0)
        written.set()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            background.spawn(write_down())

    background.spawn(endless())
    await begun.wait()
    await background.close(0)
    assert written.is_set()
    assert background.pending == 0
