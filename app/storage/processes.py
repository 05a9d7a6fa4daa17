"""Which processes live: each holds a lock on a file of its own, and the system lets go of it when the process dies."""

import fcntl
import uuid
from pathlib import Path
from typing import IO


class ProcessLocks:
    """`folder` stands beside the database. No clock is asked: a lock is held or it is not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: IO[str] | None = None
        self.process_id = f"proc_{uuid.uuid4().hex}"

    def hold(self) -> None:
        """Shows that this process lives, until it ends or lets go.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._mine = self._path(self.process_id).open("w")
        fcntl.flock(self._mine, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def let_go(self) -> None:
        if self._mine is not None:
            self._path(self.process_id).unlink(missing_ok=True)
            self._mine.close()
            self._mine = None

    def is_dead(self, process_id: str) -> bool:
        """Whether a process has ended, however it ended."""
        if process_id == self.process_id:
            return False
        try:
            with self._path(process_id).open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def forget(self, process_id: str) -> None:
        self._path(process_id).unlink(missing_ok=True)

    def _path(self, process_id: str) -> Path:
        return self._folder / f"{process_id}.lock"
