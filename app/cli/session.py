"""Runs a command's work over the same container that serves HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

from app.bootstrap import build_container, running
from containers import Container


def with_container(work: Callable[[Container], Awaitable[None]]) -> None:
    """Builds the container from the environment, opens it, does the work, closes it.

    Raises:
        TollgateError: whatever the work, or the configuration, has to complain about.
    """

    async def session() -> None:
        async with running(build_container()) as container:
            await work(container)

    asyncio.run(session())
