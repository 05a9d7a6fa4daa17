"""Where the ledger goes when the database cannot be had: a local file, from which it is replayed.

The file's room is taken beforehand, so that a full disk cannot stop what has been billed from being written down. A
record is a line of JSON; what is not written yet is zeros.

Servers with different databases may share the folder: each database has a folder of its own in it. A process locks its
file as long as it lives, so that nobody takes a journal away that is still being written. Versions before wrote into
the folder itself, without a lock: such a file is adopted by the database that knows its process.
"""

import fcntl
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.storage.ledger.bounds import unstorable

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


def _reduced(record: JournalRecord) -> JournalRecord:
    """Its settlement without what only an answer can have brought."""
    settlement = record.settlement
    return record if settlement is None else replace(record, settlement=unstorable(settlement, None))


class Journal:
    """One file for each process, named after it, in the folder of its `database`, of which it is the identity."""

    def __init__(self, folder: Path, process_id: str, database: str) -> None:
        self.folder = folder
        self.process_id = process_id
        self._own_folder = folder / database
        self._descriptor: int | None = None
        self._end = 0
        self._opened_here: set[str] = set()

    def open(self) -> None:
        """Makes the file and takes its room.

        Raises:
            OSError: the folder cannot be written, or the disk is full.
        """
        self._own_folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path(self.process_id), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.posix_fallocate(self._descriptor, 0, _ROOM)

    def close(self) -> None:
        """Lets go of the file; an empty one is taken away."""
        if self._descriptor is None:
            return
        if self._end == 0:
            self._path(self.process_id).unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def holds(self, attempt_id: str) -> bool:
        """Whether an attempt was opened here and is not in the ledger yet."""
        return attempt_id in self._opened_here

    def append(self, record: JournalRecord) -> bool:
        """Writes a record down; False where not even that is possible. A killed process does not lose it."""
        if self._descriptor is None:
            return False
        try:
            line = _RECORD.dump_json(record) + b"\n"
        except ValueError:
            # Text that no encoding knows: half of a pair of surrogates.
            log.warning("journal_record_reduced", attempt_id=record.attempt_id)
            line = _RECORD.dump_json(_reduced(record)) + b"\n"
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
        """Whose journals of this database there are, this process's own among them."""
        return _names(self._own_folder)

    def strays(self) -> Sequence[str]:
        """Whose journals a version before has left, of whatever database."""
        return _names(self.folder)

    def adopt(self, process_id: str) -> None:
        """Makes a stray journal one of this database."""
        (self.folder / _file(process_id)).replace(self._path(process_id))

    def is_held(self, process_id: str) -> bool:
        """Whether its process still has it open."""
        try:
            descriptor = os.open(self._path(process_id), os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

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
        return self._own_folder / _file(process_id)


def _file(process_id: str) -> str:
    return f"{process_id}.journal"


def _names(folder: Path) -> Sequence[str]:
    return sorted(path.stem for path in folder.glob("*.journal"))
