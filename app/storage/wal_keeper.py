"""What SQLite's write-ahead log needs beside the way of a call: to reach the disk, and to be folded back.

A commit with `synchronous=NORMAL` survives a killed process. Against a power loss the log must be synced, which takes
milliseconds: this thread does it while the upstream works, so nobody waits for it.
"""

import os
import sqlite3
import threading
from pathlib import Path

import structlog

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
