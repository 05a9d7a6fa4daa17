"""Where the ledger goes when the database cannot be had: a local file, from which it is replayed.

The file's room is taken beforehand, so that a full disk cannot stop what has been billed from being written down. A
record is a line of JSON; what is not written yet is zeros.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import structlog
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from app.services.gen_ai.ledger.port import Attempt, Settlement

log = structlog.get_logger(__name__)

_ROOM = 512 * 1024
"""Bytes; a record takes some 500."""


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """An attempt that was opened (`attempt`), or one that was settled (`settlement`)."""

    attempt_id: str
    attempt: Attempt | None = None
    settlement: Settlement | None = None


_RECORD = TypeAdapter(JournalRecord)


class Journal:
    """One file for each process, named after it."""

    def __init__(self, folder: Path, process_id: str) -> None:
        self.folder = folder
        self.process_id = process_id
        self._descriptor: int | None = None
        self._end = 0
        self._opened_here: set[str] = set()

    def open(self) -> None:
        """Makes the file and takes its room.

        Raises:
            OSError: the folder cannot be written, or the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path(self.process_id), os.O_RDWR | os.O_CREAT, 0o600)
        os.posix_fallocate(self._descriptor, 0, _ROOM)

    def close(self) -> None:
        """Lets go of the file; an empty one is taken away."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None
        if self._end == 0:
            self._path(self.process_id).unlink(missing_ok=True)

    def holds(self, attempt_id: str) -> bool:
        """Whether an attempt was opened here and is not in the ledger yet."""
        return attempt_id in self._opened_here

    def append(self, record: JournalRecord) -> bool:
        """Writes a record down; False where not even that is possible. A killed process does not lose it."""
        if self._descriptor is None:
            return False
        line = _RECORD.dump_json(record) + b"\n"
        try:
            os.pwrite(self._descriptor, line, self._end)
        except OSError as error:
            log.warning("journal_not_written", reason=error.strerror, attempt_id=record.attempt_id)
            return False
        self._end += len(line)
        if record.attempt is not None:
            self._opened_here.add(record.attempt_id)
        return True

    def processes(self) -> Sequence[str]:
        """Whose journals there are, this process's own among them."""
        return sorted(path.stem for path in self.folder.glob("*.journal"))

    def records(self, process_id: str) -> Sequence[JournalRecord]:
        """What a process has written; a line that a crash cut off is left out."""
        whole, _, rest = self._path(process_id).read_bytes().partition(b"\0")[0].rpartition(b"\n")
        if rest:
            log.warning("journal_line_cut", process_id=process_id)
        return [_RECORD.validate_json(line) for line in whole.splitlines() if line]

    def forget(self, process_id: str, count: int) -> None:
        """Takes away what has been replayed: the first `count` records. What came meanwhile stays."""
        if process_id != self.process_id:
            self._path(process_id).unlink(missing_ok=True)
            return
        if self._descriptor is None:
            return
        rest = self.records(process_id)[count:]
        lines = b"".join(_RECORD.dump_json(record) + b"\n" for record in rest)
        os.pwrite(self._descriptor, lines + b"\0" * (self._end - len(lines)), 0)
        self._end = len(lines)
        self._opened_here = {record.attempt_id for record in rest if record.attempt is not None}

    def _path(self, process_id: str) -> Path:
        return self.folder / f"{process_id}.journal"
