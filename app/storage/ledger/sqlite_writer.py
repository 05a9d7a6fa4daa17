"""Writes to SQLite on the event loop, at once: a commit to the write-ahead log takes some 20 us, less than handing it
to somebody else and waking up again, and a call that does not wait cannot be cancelled half-way.

Only where another process holds the write lock do writes queue up. Then a thread waits for the lock, and all that
has queued up by then shares one transaction.

A commit with `synchronous=NORMAL` survives a killed process. Against a power loss the log must be synced, which takes
milliseconds: a thread does it while the upstream works, so nobody waits for it. It folds the log back, too.
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import structlog

from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.storage.ledger.statements import Done, ResultT
from app.storage.ledger.write_queue import Work, WriteQueue

log = structlog.get_logger(__name__)

_FOLD_AFTER = 1000
"""Commits. The size of the file tells nothing: SQLite writes it over and over without making it smaller."""
_GATHER_SECONDS = 0.005
"""From a commit to its sync. One at once would take the interpreter away from the call that made the commit, just when
that call has most to do; OpenAI takes a hundred times as long to answer.
"""


class WalKeeper:
    def __init__(self, database: Path) -> None:
        self._database = database
        self._wal = database.with_name(database.name + "-wal")
        self._wanted = threading.Event()
        self._ends = threading.Event()
        self._commits = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._ends.clear()
        self._thread = threading.Thread(target=self._run, name="wal-keeper", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """A commit was made: it is synced soon; many in a row become one sync."""
        self._commits += 1
        self._wanted.set()

    def close(self) -> None:
        """Syncs and folds the log one last time."""
        self._ends.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._ends.is_set():
            self._wanted.wait()
            self._ends.wait(_GATHER_SECONDS)
            self._wanted.clear()
            try:
                self._sync()
                if self._commits >= _FOLD_AFTER:
                    self._commits = 0
                    self._fold("PASSIVE")
            except (OSError, sqlite3.Error) as error:
                log.warning("wal_not_synced", reason=str(error))
        try:
            self._fold("TRUNCATE")
        except sqlite3.Error as error:
            log.warning("wal_not_folded", reason=str(error))

    def _sync(self) -> None:
        descriptor = os.open(self._wal, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _fold(self, mode: str) -> None:
        connection = sqlite3.connect(self._database, isolation_level=None)
        try:
            connection.execute(f"PRAGMA wal_checkpoint({mode})")
        finally:
            connection.close()


_LOCK_SECONDS = 5.0
"""How long another process may hold the write lock before the ledger counts as unavailable."""


class SqliteWriter:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._keeper = WalKeeper(path)
        self._connection: sqlite3.Connection | None = None
        self._queue = WriteQueue(self._commit_slowly)

    async def start(self) -> None:
        """Connects; the tables must be there.

        Raises:
            sqlite3.Error: the file cannot be opened.
        """
        self._connection = self._connect(timeout=0)
        self._connection.execute("PRAGMA wal_autocheckpoint=0")  # the keeper does it, beside the loop
        self._keeper.start()

    async def write(self, work: Work[ResultT]) -> ResultT:
        """See `Writer`."""
        if self._connection is None:
            return work.rescued(LedgerUnavailableError("The ledger is closed; the server is stopping"))
        if self._queue.is_idle:
            try:
                (result,) = _commit(self._connection, [work])
            except sqlite3.DatabaseError as error:
                if not _is_busy(error):
                    end = _end_of(error)
                    if isinstance(end, LedgerUnavailableError):
                        return work.rescued(end)
                    raise
            else:
                self._keeper.committed()
                work.committed(result)
                return cast("ResultT", result)
        return await self._queue.put(work)

    async def close(self) -> None:
        """Waits for what is being written, then lets go of the file."""
        await self._queue.join()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            await asyncio.to_thread(self._keeper.close)

    async def _commit_slowly(self, group: Sequence[Work[Any]]) -> Sequence[Any]:
        ends = await asyncio.to_thread(self._commit_with_patience, group)
        self._keeper.committed()
        return ends

    def _commit_with_patience(self, group: Sequence[Work[Any]]) -> Sequence[Any]:
        """The result of each, or its error."""
        try:
            with closing(self._connect(timeout=_LOCK_SECONDS)) as connection:
                return _commit_group(connection, group)
        except sqlite3.Error as error:
            return [_end_of(error)] * len(group)

    def _connect(self, timeout: float) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=timeout, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _commit(connection: sqlite3.Connection, group: Sequence[Work[Any]]) -> list[Any]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [_drive(connection, work) for work in group]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results


def _commit_group(connection: sqlite3.Connection, group: Sequence[Work[Any]]) -> list[Any]:
    """All in one transaction; where one is bad, each in its own, so that it does not take the others with it."""
    try:
        return _commit(connection, group)
    except Exception as error:  # noqa: BLE001  it becomes the end of the one that it belongs to
        if len(group) == 1 or isinstance(error, sqlite3.OperationalError):
            return [_end_of(error)] * len(group)
    return [end for work in group for end in _commit_group(connection, [work])]


def _drive(connection: sqlite3.Connection, work: Work[ResultT]) -> ResultT:
    steps = work.steps()
    try:
        statement, values = next(steps)
        while True:
            cursor = connection.execute(statement.text, statement.bind(values))
            done = Done(cursor.fetchall(), 0) if statement.returns else Done((), cursor.rowcount)
            statement, values = steps.send(done)
    except StopIteration as end:
        result: ResultT = end.value
        return result


def _is_busy(error: sqlite3.DatabaseError) -> bool:
    """Whether another process holds the lock; an error that the driver made itself has no code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _end_of(error: Exception) -> Exception:
    """A disk that is full, a lock, a broken file: the ledger is not to be had. All else is the writing's own fault."""
    if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
        return error
    return LedgerUnavailableError(
        f"The ledger cannot be written ({error}), so nothing is sent; check the disk and who else uses the file"
    )
