"""What a writer is given, and how it waits its turn: while one group is being committed the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol

from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.storage.ledger.statements import ResultT, Steps


@dataclass(frozen=True, slots=True)
class Work(Generic[ResultT]):
    """`committed` is told the result, whoever still waits for it. `rescue` takes the writing over where the database
    cannot be written; it gives the result in its place, or None if it cannot either. `repeated` are the steps where
    nobody knows whether the first ones were committed; None: the first ones bear being repeated.
    """

    steps: Callable[[], Steps[ResultT]]
    committed: Callable[[ResultT], None] = lambda _: None
    rescue: Callable[[], ResultT | None] = lambda: None
    repeated: Callable[[], Steps[ResultT]] | None = None

    def again(self) -> Steps[ResultT]:
        return self.steps() if self.repeated is None else self.repeated()

    def rescued(self, error: LedgerUnavailableError) -> ResultT:
        """What `rescue` makes of it.

        Raises:
            LedgerUnavailableError: nothing.
        """
        result = self.rescue()
        if result is None:
            raise error
        return result


class Writer(Protocol):
    async def start(self) -> None:
        """Connects; the tables must be there.

        Raises:
            OSError, sqlite3.Error: the database cannot be reached or opened.
        """
        ...

    async def close(self) -> None:
        """Waits for what is being written, then lets go of the database."""
        ...

    async def write(self, work: Work[ResultT]) -> ResultT:
        """Done when it is committed. Whoever stops waiting, it is carried out, in the order of the calls.

        Raises:
            LedgerUnavailableError: it could not be written, and nobody rescued it.
        """
        ...


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
