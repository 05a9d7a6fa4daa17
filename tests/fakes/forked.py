"""Processes of the product that begin at once: each is a copy of one that has imported it and done nothing else.

The imports take three seconds of CPU, and the tests start some fifty processes.
"""

import multiprocessing
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any, Self

import pytest

_ROOT = Path(__file__).parents[2]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.fakes.preloaded"])
_STREAMS = ("stdin", "stdout", "stderr")
_PATIENCE_SECONDS = 60
"""For a process to end: one that hangs is a failure."""


class Forked:
    """A Python script in a process of its own. The streams that are `piped` are here, binary; the others are closed."""

    def __init__(
        self,
        script: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        piped: Collection[str] = (),
        descriptor: int | None = None,
    ) -> None:
        """In the new process the number of the `descriptor` is the last of the script's arguments."""
        theirs: list[int] = []
        ours: dict[str, IO[bytes]] = {}
        for name in _STREAMS:
            if name not in piped:
                theirs.append(os.open(os.devnull, os.O_RDWR))
                continue
            read, write = os.pipe()
            theirs.append(read if name == "stdin" else write)
            ours[name] = os.fdopen(write, "wb") if name == "stdin" else os.fdopen(read, "rb")
        self._streams = ours
        passed = theirs if descriptor is None else [*theirs, descriptor]
        self._process = _FORKS.Process(
            target=_run,
            args=(script, arguments, dict(environment or os.environ), folder or Path.cwd(), [*map(_Passed, passed)]),
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(_ROOT))  # Python 3.11 forgets to tell the first process where modules are
            self._process.start()
        for number in theirs:
            os.close(number)

    @property
    def stdin(self) -> IO[bytes]:
        return self._streams["stdin"]

    @property
    def stdout(self) -> IO[bytes]:
        return self._streams["stdout"]

    @property
    def stderr(self) -> IO[bytes]:
        return self._streams["stderr"]

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def code(self) -> int | None:
        """None while it runs; the negative number of the signal that has ended it."""
        return self._process.exitcode

    def kill(self) -> None:
        """SIGKILL: it can do nothing about it."""
        self._process.kill()

    def terminate(self) -> None:
        """SIGTERM, as every process manager sends it."""
        self._process.terminate()

    def wait(self) -> int:
        """The code with which it ends.

        Raises:
            TimeoutError: it still runs.
        """
        self._process.join(_PATIENCE_SECONDS)
        if self.code is None:
            raise TimeoutError(f"process {self.pid} still runs")
        return self.code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for its end."""
        self.wait()
        self.close()

    def close(self) -> None:
        """Lets go of its streams."""
        for stream in self._streams.values():
            stream.close()


@dataclass(frozen=True)
class _Passed:
    """A descriptor that goes to another process, where it has another number."""

    number: int

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (DupFd(self.number),)


def _received(sent: Any) -> _Passed:
    return _Passed(sent.detach())


def _run(
    script: str, arguments: tuple[str, ...], environment: dict[str, str], folder: Path, passed: list[_Passed]
) -> None:
    *streams, rest = passed if len(passed) > len(_STREAMS) else [*passed, None]
    for number, stream in enumerate(streams):
        assert stream is not None
        os.dup2(stream.number, number)
        os.close(stream.number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  multiprocessing has closed it
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["-c", *arguments, *([] if rest is None else [str(rest.number)])]
    exec(compile(script, "<script>", "exec"), {"__name__": "__main__"})  # noqa: S102  a script of ours
