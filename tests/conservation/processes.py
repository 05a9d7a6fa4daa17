"""Real processes of the product: started on a free port, killed, or stopped as an operator would."""

import asyncio
import os
import re
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

_ROOT = Path(__file__).parents[2]
_COMMAND = "import sys, app.cli.servers; from app.cli.main import main; sys.stdin.readline(); main()"
_ADDRESS = re.compile(r"\bon (http://127\.0\.0\.1:\d+)")
_PATIENCE_SECONDS = 60
"""For a process to begin or to end; a slow machine is no failure, a process that hangs is."""


class ServerProcess:
    """`url` is where it listens; `said` the last lines that it wrote to standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.url = ""
        self.said: deque[str] = deque(maxlen=200)
        self._process = process
        self._listening = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, *arguments: str, **settings: str) -> Self:
        """Runs `tollgate` with these arguments and settings, and returns once it listens.

        Raises:
            AssertionError: it ended first, or does not listen in time; the message has what it said.
        """
        server = await cls.prepare(*arguments, **settings)
        await server.begin()
        return server

    @classmethod
    async def prepare(cls, *arguments: str, **settings: str) -> Self:
        """A process that will run `tollgate`, and waits to be told to begin: its imports alone take over a second."""
        environment = os.environ | {"PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"} | settings
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _COMMAND, *arguments, "--port", "0"),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(process)

    async def begin(self) -> None:
        """Lets it run, and returns once it listens.

        Raises:
            AssertionError: as `start`.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        waiting = asyncio.create_task(self._listening.wait())
        await asyncio.wait({waiting, self._reading}, timeout=_PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not self.url:
            await self.kill()
            raise AssertionError("\n".join(["it does not listen:", *self.said]))

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def kill(self) -> None:
        """SIGKILL: it can do nothing about it."""
        if self.is_running:
            self._process.kill()
        await self._ended()

    def terminate(self) -> None:
        """SIGTERM, as every process manager sends it."""
        self._process.terminate()

    async def ended_well(self) -> None:
        """Waits until it has stopped on its own after SIGTERM.

        Raises:
            TimeoutError: it still runs.
            AssertionError: it failed, or complained with a stack trace.
        """
        code = await self._ended()
        traced = any(line.startswith("Traceback") for line in self.said)
        assert (code, traced) == (-signal.SIGTERM, False), "\n".join([f"it ended with {code}:", *self.said])

    async def _ended(self) -> int:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            code = await self._process.wait()
            await self._reading
        return code

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.said.append(line.decode(errors="replace").rstrip())
            if not self.url and (found := _ADDRESS.search(self.said[-1])):
                self.url = found[1]
                self._listening.set()


@asynccontextmanager
async def started(*arguments: str, settings: Mapping[str, str] | None = None) -> AsyncIterator[ServerProcess]:
    """A process for the length of a block; what still runs at its end is killed."""
    server = await ServerProcess.start(*arguments, **(settings or {}))
    try:
        yield server
    finally:
        await server.kill()
