"""Writes to SQLite on the event loop: what is asked for in one turn of the loop shares one transaction.

A commit to the write-ahead log takes some 20 us; a hop to a thread and back takes longer, and blocks nobody less.
Only where another process holds the write lock does a thread wait for it.
"""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.services.gen_ai.core.ledger import LedgerUnavailableError
from app.storage.ledger_statements import DriverStatement
from app.storage.wal_keeper import WalKeeper

_LOCK_SECONDS = 5.0
"""How long another process may hold the write lock before the ledger counts as unavailable."""

Write = tuple[str, Mapping[str, Any]]
"""A statement, and its parameters as the driver takes them."""


class SqliteWriter:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._keeper = WalKeeper(path)
        self._connection: sqlite3.Connection | None = None
        self._waiting: list[tuple[Write, asyncio.Future[None]]] = []
        self._slow: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Connects; the tables must be there.

        Raises:
            sqlite3.Error: the file cannot be opened.
        """
        self._connection = self._connect(timeout=0)
        self._connection.execute("PRAGMA wal_autocheckpoint=0")  # the keeper does it, beside the loop
        self._keeper.start()

    async def write(self, statement: DriverStatement, values: Mapping[str, Any]) -> None:
        """Done when the transaction is committed.

        Raises:
            LedgerUnavailableError: it could not be; nothing of it was written.
        """
        write = (statement.text, statement.bind(values))
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._flush)
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((write, done))
        await done

    async def close(self) -> None:
        """Waits for what is being written, then lets go of the file."""
        if self._waiting:
            self._flush()
        if self._slow:
            await asyncio.wait(set(self._slow))
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            await asyncio.to_thread(self._keeper.close)

    def _flush(self) -> None:
        group, self._waiting = self._waiting, []
        if self._connection is None:
            _finish(group, LedgerUnavailableError("The ledger is closed; the server is stopping"))
            return
        try:
            _commit(self._connection, [write for write, _ in group])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                task = asyncio.get_running_loop().create_task(self._flush_slowly(group))
                self._slow.add(task)
                task.add_done_callback(self._slow.discard)
            else:
                _finish(group, _unavailable(error))
        except sqlite3.Error as error:
            self._one_by_one(group, error)
        else:
            self._keeper.committed()
            _finish(group, None)

    def _one_by_one(self, group: Sequence[tuple[Write, asyncio.Future[None]]], error: sqlite3.Error) -> None:
        """One bad write must not take the others of its turn with it."""
        if len(group) == 1 or self._connection is None:
            _finish(group, error)
            return
        for item in group:
            try:
                _commit(self._connection, [item[0]])
            except sqlite3.Error as own:
                _finish([item], own)
            else:
                _finish([item], None)
        self._keeper.committed()

    async def _flush_slowly(self, group: Sequence[tuple[Write, asyncio.Future[None]]]) -> None:
        try:
            await asyncio.to_thread(self._commit_with_patience, [write for write, _ in group])
        except sqlite3.Error as error:
            _finish(group, _unavailable(error))
        else:
            self._keeper.committed()
            _finish(group, None)

    def _commit_with_patience(self, writes: Sequence[Write]) -> None:
        connection = self._connect(timeout=_LOCK_SECONDS)
        try:
            _commit(connection, writes)
        finally:
            connection.close()

    def _connect(self, timeout: float) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=timeout, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _commit(connection: sqlite3.Connection, writes: Sequence[Write]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement, parameters in writes:
            connection.execute(statement, parameters)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _finish(group: Sequence[tuple[Write, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in group:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _unavailable(error: sqlite3.Error) -> LedgerUnavailableError:
    return LedgerUnavailableError(
        f"The ledger cannot be written ({error}), so nothing is sent; check the disk and who else uses the file"
    )
