"""Writes that wait their turn: while one group is being committed the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.storage.driver_statement import ResultT
from app.storage.work import Work

_LARGEST_GROUP = 64
"""Writes of a transaction: it holds locks that others wait for."""

CommitGroup = Callable[[Sequence[Work[Any]]], Awaitable[Sequence[Any]]]
"""Commits a group and gives the result of each, or its error."""


class WriteQueue:
    """First in, first out; whoever stops waiting, what was put in is carried out."""

    def __init__(self, commit: CommitGroup) -> None:
        self._commit = commit
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._emptying: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        return self._emptying is None

    def put(self, work: Work[ResultT]) -> "asyncio.Future[ResultT]":
        """Its end, when it has come."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[ResultT] = loop.create_future()
        self._waiting.append((work, done))
        if self._emptying is None:
            self._emptying = loop.create_task(self._empty(), name="write-queue")
        return done

    async def join(self) -> None:
        """Waits until nothing waits any more."""
        if self._emptying is not None:
            await self._emptying

    async def _empty(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_LARGEST_GROUP], self._waiting[_LARGEST_GROUP:]
            ends = await self._commit([work for work, _ in group])
            for (work, done), end in zip(group, ends, strict=True):
                _finish(work, done, end)
        self._emptying = None


def _finish(work: Work[Any], done: "asyncio.Future[Any]", end: Any) -> None:  # noqa: ANN401  a result, or an error
    if isinstance(end, LedgerUnavailableError):
        try:
            end = work.rescued(end)
        except LedgerUnavailableError as error:
            end = error
    elif not isinstance(end, Exception):
        work.committed(end)
    if done.done():
        return
    if isinstance(end, Exception):
        done.set_exception(end)
    else:
        done.set_result(end)
