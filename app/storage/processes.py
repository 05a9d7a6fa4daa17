"""Which processes live. Each holds a lock, and whoever keeps the locks lets go of it when the process dies.

No clock is asked: a lock is held or it is not.
"""

import asyncio
import fcntl
import uuid
from pathlib import Path
from typing import IO, Protocol


class Processes(Protocol):
    process_id: str
    """The name of this process, unlike that of any other, also of one before it."""

    async def hold(self) -> None:
        """Shows that this process lives, until it ends or lets go.

        Raises:
            OSError: it cannot be shown.
        """
        ...

    async def let_go(self) -> None: ...

    async def is_dead(self, process_id: str) -> bool:
        """Whether a process has ended, however it ended. Oneself is never dead.

        Raises:
            OSError, SQLAlchemyError: nobody can tell.
        """
        ...

    async def forget(self, process_id: str) -> None:
        """Removes what a dead process has left; nobody asks for it again."""
        ...


class FileProcesses:
    """On one machine: a lock on a file for each process, in a folder of their own, which the system lets go of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: IO[str] | None = None
        self.process_id = f"proc_{uuid.uuid4().hex}"

    async def hold(self) -> None:
        self._mine = await asyncio.to_thread(self._lock_own_file)

    async def let_go(self) -> None:
        if self._mine is not None:
            self._path(self.process_id).unlink(missing_ok=True)
            self._mine.close()
            self._mine = None

    async def is_dead(self, process_id: str) -> bool:
        return process_id != self.process_id and await asyncio.to_thread(self._can_lock, process_id)

    async def forget(self, process_id: str) -> None:
        await asyncio.to_thread(self._path(process_id).unlink, missing_ok=True)

    def _lock_own_file(self) -> IO[str]:
        self._folder.mkdir(parents=True, exist_ok=True)
        mine = self._path(self.process_id).open("w")
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return mine

    def _can_lock(self, process_id: str) -> bool:
        try:
            with self._path(process_id).open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def _path(self, process_id: str) -> Path:
        return self._folder / f"{process_id}.lock"
