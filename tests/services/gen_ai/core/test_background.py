"""Work that nobody waits for is finished all the same, and a shutdown waits for it."""

import asyncio

import pytest

from app.background import BackgroundWork, Rounds, look_out, set_within


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


async def test_an_event_is_waited_for_until_it_is_set_or_the_time_is_up() -> None:
    event = asyncio.Event()
    assert not await set_within(event, 0)
    event.set()
    assert await set_within(event, 3600)


async def test_who_finds_work_looks_again_at_once_and_else_waits_to_be_woken() -> None:
    looks, wake, stopping = 0, asyncio.Event(), asyncio.Event()
    idle = asyncio.Event()

    async def look() -> bool:
        nonlocal looks
        looks += 1
        if looks in {3, 4}:
            idle.set()
        return looks < 3

    watch = asyncio.create_task(look_out(look, 3600, wake=wake, stopping=stopping))
    await idle.wait()
    assert looks == 3

    idle.clear()
    wake.set()
    await idle.wait()
    assert looks == 4

    stopping.set()
    wake.set()
    await watch
    assert looks == 4


async def test_who_is_not_woken_looks_when_the_time_is_up() -> None:
    looks, stopping = 0, asyncio.Event()

    async def look() -> bool:
        nonlocal looks
        looks += 1
        if looks == 2:
            stopping.set()
        return False

    await look_out(look, 0, wake=asyncio.Event(), stopping=stopping)
    assert looks == 2


async def test_rounds_begin_with_a_pause_and_end_when_they_are_stopped() -> None:
    looked, wake = asyncio.Event(), asyncio.Event()

    async def look() -> bool:
        looked.set()
        return False

    rounds = Rounds(look, 3600, wake)
    await rounds.stop()
    rounds.start()
    assert not await set_within(looked, 0)

    wake.set()
    await looked.wait()
    await rounds.stop()
    looked.clear()
    wake.set()
    assert not await set_within(looked, 0)


async def test_what_has_not_begun_begins_before_it_is_cancelled() -> None:
    """A stream that a call has just begun would leave its row open, and its listener waiting."""
    work, cleaned = BackgroundWork(), []

    async def one_after_the_other(more: int) -> None:
        if more:
            work.spawn(one_after_the_other(more - 1))
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(more)

    work.spawn(one_after_the_other(50))
    await work.close(0)
    assert sorted(cleaned) == list(range(51))
