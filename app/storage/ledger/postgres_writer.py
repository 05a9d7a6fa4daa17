"""Writes to PostgreSQL: what gathers while one group is being committed shares the next transaction.

No commit waits for the server's disk. A flush does, beside the calls, while the upstream works; so a call waits for the
group before its own at the most, and never for a disk.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import structlog

from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.storage.database import reason
from app.storage.ledger.postgres_connection import FAILURES, OutcomeUnknownError, PostgresConnection, Session
from app.storage.ledger.statements import Done, DriverStatement, ResultT, Steps
from app.storage.ledger.write_queue import Work, WriteQueue

log = structlog.get_logger(__name__)

Way = Callable[[Work[Any]], Steps[Any]]
"""Which steps of a work are gone: the first ones, or those that bear it that the first ones were gone already."""


class PostgresWriter:
    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._queue = WriteQueue(self._commit)
        self._flushing: set[asyncio.Task[None]] = set()
        self._is_open = False

    async def start(self) -> None:
        """Connects; the tables must be there.

        Raises:
            OSError: the server cannot be reached.
        """
        await self._connection.start()
        self._is_open = True

    async def write(self, work: Work[ResultT]) -> ResultT:
        """See `Writer`."""
        if not self._is_open:
            return work.rescued(LedgerUnavailableError("The ledger is closed; the server is stopping"))
        return await self._queue.put(work)

    async def close(self) -> None:
        """Waits for what is being written, then lets go of the server."""
        await self._queue.join()
        self._is_open = False
        if self._flushing:
            await asyncio.wait(set(self._flushing))
        await self._connection.close()

    async def _commit(self, group: Sequence[Work[Any]]) -> Sequence[Any]:
        try:
            ends = await self._commit_group(group, lambda work: work.steps())
        except OutcomeUnknownError:
            # Committed or not: the steps of the second time find out.
            try:
                ends = await self._commit_group(group, lambda work: work.again())
            except FAILURES as error:
                return [_unavailable(error)] * len(group)
        except FAILURES as error:
            return [_unavailable(error)] * len(group)
        self._flush()
        return ends

    async def _commit_group(self, group: Sequence[Work[Any]], way: Way) -> list[Any]:
        """All in one transaction; where one is bad, or two processes wait for each other, each in its own."""
        try:
            return await self._connection.transaction(lambda session: _drive_all(session, group, way))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001  it becomes the end of the one that it belongs to
            if len(group) == 1:
                if isinstance(error, asyncpg.DeadlockDetectedError):
                    return await self._commit_group(group, way)
                return [_end_of(error)]
        return [end for work in group for end in await self._commit_group([work], way)]

    def _flush(self) -> None:
        task = asyncio.get_running_loop().create_task(self._flush_once(), name="flush")
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _flush_once(self) -> None:
        try:
            await self._connection.flush()
        except FAILURES as error:
            log.warning("ledger_not_flushed", reason=reason(error))


async def _drive_all(session: Session, group: Sequence[Work[Any]], way: Way) -> list[Any]:
    return [await _drive(session, way(work)) for work in group]


async def _drive(session: Session, steps: Steps[ResultT]) -> ResultT:
    try:
        statement, values = next(steps)
        while True:
            statement, values = steps.send(await _execute(session, statement, values))
    except StopIteration as end:
        result: ResultT = end.value
        return result


async def _execute(session: Session, statement: DriverStatement, values: dict[str, Any]) -> Done:
    parameters = statement.bind(values)
    if statement.returns:
        return Done([tuple(record) for record in await session.fetch(statement.text, *parameters)], 0)
    # The command tag ends with the count: "UPDATE 1", "INSERT 0 1".
    return Done((), int((await session.execute(statement.text, *parameters)).rpartition(" ")[2]))


def _end_of(error: Exception) -> Exception:
    """What the server refuses for its own reasons makes the ledger unavailable; all else is the writing's own fault."""
    own_faults = asyncpg.IntegrityConstraintViolationError, asyncpg.DataError
    server = isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError)) and not isinstance(error, own_faults)
    return _unavailable(error) if server else error


def _unavailable(error: BaseException) -> LedgerUnavailableError:
    return LedgerUnavailableError(
        f"The ledger cannot be written ({reason(error)}), so nothing is sent; check the database server"
    )
