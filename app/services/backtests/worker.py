"""Hands backtests to a process of their own, one at a time."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from app.errors import TollgateError
from app.services.backtests.child import ORDER
from app.services.backtests.ports import BacktestOrder, ResultParts, WorkerDiedError

_CHILD = "app.services.backtests.child"


class BacktestFailedError(TollgateError):
    """A backtest that will not succeed however often it is run."""

    code = "backtest_failed"
    title = "The backtest has failed"


class BacktestWorker:
    """The process is started by the first backtest and kept: it has read its bars by then."""

    def __init__(self, data_dir: Path | None) -> None:
        self._arguments = [] if data_dir is None else [str(data_dir.absolute())]
        self._process: Process | None = None

    async def run(self, order: BacktestOrder, progress: Callable[[float], None]) -> ResultParts:
        """Runs a backtest; who cancels it stops the computing too.

        Raises:
            BacktestFailedError: it cannot be run; the message says why.
            WorkerDiedError: the process has ended, of no fault of its own.
        """
        try:
            answer = await self._ask(order, progress)
        except BaseException:
            await self.close()
            raise
        if isinstance(answer, str):
            raise BacktestFailedError(answer)
        return answer

    async def close(self) -> None:
        """Lets go of the process; the next run starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        # Shielded: a process that nobody has waited for stays behind as a zombie.
        await asyncio.shield(process.wait())

    async def _ask(self, order: BacktestOrder, progress: Callable[[float], None]) -> ResultParts | str:
        """The result, or why there is none."""
        try:
            process = await self._started()
            assert process.stdin is not None  # noqa: S101  it was started with pipes
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(ORDER.dump_json(order) + b"\n")
            await process.stdin.drain()
            while True:
                header = await _header(process.stdout)
                if "result" in header:
                    return ResultParts(*[await process.stdout.readexactly(length) for length in header["result"]])
                if "progress" in header:
                    progress(header["progress"])
                else:
                    return str(header.get("refused") or header["failed"])
        except (OSError, asyncio.IncompleteReadError) as error:
            raise WorkerDiedError(str(error) or type(error).__name__) from error

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            # A session of its own: Ctrl-C is meant for the server, which sees to this process itself.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", _CHILD, *self._arguments),
                stdin=PIPE,
                stdout=PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )
        return self._process


async def _header(answers: asyncio.StreamReader) -> dict[str, Any]:
    line = await answers.readline()
    if not line.endswith(b"\n"):
        raise ConnectionError("the process has ended")
    header: dict[str, Any] = orjson.loads(line)
    return header
