"""The server that the calls go to, whichever process it is at the moment."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Self

from tests.conservation.plan import Interruption
from tests.conservation.processes import ServerProcess


class Target:
    """One server after another, over the same database; each takes the next of the wires (see `TOLLGATE_WIRE`), and
    after the last one the first. `interruptions` counts how each but the last one ended.
    """

    def __init__(self, settings: Iterator[Mapping[str, str]], process: ServerProcess) -> None:
        self._settings = settings
        self._process = process
        self._one_at_a_time = asyncio.Lock()
        self._up = asyncio.Event()
        self._up.set()
        self.interruptions: list[str] = []

    @classmethod
    async def begin(cls, settings: Mapping[str, str], wires: Sequence[str]) -> Self:
        each = cycle({**settings, "TOLLGATE_WIRE": wire} for wire in wires)
        return cls(each, await ServerProcess.start("serve", **next(each)))

    async def url(self) -> str:
        """The address of the server, as soon as there is one."""
        await self._up.wait()
        return self._process.url

    @property
    def said(self) -> list[str]:
        """The last lines of the present server."""
        return list(self._process.said)

    async def interrupt(self, how: Interruption) -> None:
        """Ends the server in the middle of what it does, and begins the next one."""
        async with self._one_at_a_time:
            self._up.clear()
            if how == "kill":
                await self._process.kill()
            else:
                self._process.terminate()
                await self._process.ended_well()
            self.interruptions.append(how)
            self._process = await ServerProcess.start("serve", **next(self._settings))
            self._up.set()

    async def end(self) -> None:
        """What runs is killed."""
        await self._process.kill()
