"""Real processes of the product: started on a free port, killed, or stopped as an operator would."""

import asyncio
import os
import re
import signal
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Self

from tests.fakes.forked import Forked

_COMMANDS = {
    "serve": "from tests.conservation.raw_calls import main; main()",
    "simulator": "from app.cli.main import main; main()",
}
"""What a process runs, by the command that it is given."""
_ADDRESS = re.compile(r"\bon (http://127\.0\.0\.1:\d+)")
_PATIENCE_SECONDS = 60
"""For a process to begin or to end; a slow machine is no failure, a process that hangs is."""


class ServerProcess:
    """`url` is where it listens; `said` the last lines that it wrote to standard error."""

    def __init__(self, process: Forked) -> None:
        self.url = ""
        self.said: deque[str] = deque(maxlen=200)
        self._process = process
        self._listening = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: str, **settings: str) -> Self:
        """Runs a command of `tollgate` with these settings, and returns once it listens.

        Raises:
            AssertionError: it ended first, or does not listen in time; the message has what it said.
        """
        script = _COMMANDS[command]
        server = cls(Forked(script, command, "--port", "0", environment=os.environ | settings, piped=("stderr",)))
        waiting = asyncio.create_task(server._listening.wait())
        await asyncio.wait({waiting, server._reading}, timeout=_PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not server.url:
            await server.kill()
            raise AssertionError("\n".join(["it does not listen:", *server.said]))
        return server

    @property
    def is_running(self) -> bool:
        return self._process.code is None

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
            code = await asyncio.to_thread(self._process.wait)
            await self._reading
        self._process.close()
        return code

    async def _read(self) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self._process.stderr
        )
        async for line in reader:
            self.said.append(line.decode(errors="replace").rstrip())
            if not self.url and (found := _ADDRESS.search(self.said[-1])):
                self.url = found[1]
                self._listening.set()


@asynccontextmanager
async def started(command: str, settings: Mapping[str, str] | None = None) -> AsyncIterator[ServerProcess]:
    """A process for the length of a block; what still runs at its end is killed."""
    server = await ServerProcess.start(command, **(settings or {}))
    try:
        yield server
    finally:
        await server.kill()
