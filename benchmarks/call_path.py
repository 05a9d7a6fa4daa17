"""How much of the house a call passes through: files, functions and classes of one warm call to each main endpoint.

Counted are the project's own functions that ran, the simulator's left out: it stands for somebody else's server. Run it
with `python -m benchmarks.call_path`; `--files strategy-builder` lists the files of that call.
"""

import argparse
import asyncio
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from app.bootstrap import build_container
from app.main import create_app
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
COUNTED = (f"{ROOT}/app/", f"{ROOT}/containers/")
LEFT_OUT = f"{ROOT}/app/simulator/"


def bodies(number: int) -> dict[str, dict[str, Any]]:
    """What each endpoint is asked; another number asks another question, so that no cached answer hides the way."""
    metrics = {"total_return": 0.42 + number / 100, "sharpe_ratio": 0.9, "max_drawdown": -0.18}
    backtest = {"strategy_name": "Trend", "symbol": "GSPC", "start_date": "2009-01-02", "end_date": "2018-12-31"}
    return {
        "strategy-builder": {"query": f"Buy when RSI falls below {25 + number} and sell when it rises above 70"},
        "narrative-report": {"language": "en", "backtest": {**backtest, "metrics": metrics}},
        "chatops/sessions/{session_id}/chat": {"message": f"What did I spend in the last {7 + number} days?"},
        "chatops/compare": {
            "strategies": [
                {"name": "Trend", "metrics": metrics},
                {"name": "Reversal", "metrics": {**metrics, "sharpe_ratio": 1.1}},
            ]
        },
    }


@dataclass(frozen=True, slots=True)
class CallPath:
    """What ran in a call: the code objects of the project's functions."""

    codes: frozenset[CodeType]

    @property
    def files(self) -> list[str]:
        return sorted({code.co_filename.removeprefix(f"{ROOT}/") for code in self.codes})

    @property
    def functions(self) -> int:
        return sum(not code.co_name.startswith("<") for code in self.codes)

    @property
    def classes(self) -> int:
        """Classes of which a method ran."""
        owners = {(code.co_filename, code.co_qualname.rpartition(".")[0]) for code in self.codes}
        return sum(bool(owner) and not owner.endswith("<locals>") for _, owner in owners)


class Recorder:
    """Notes each function of the project that is called, in every thread that begins after it was made."""

    def __init__(self) -> None:
        self._codes: set[CodeType] | None = None
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    @contextmanager
    def recording(self) -> Iterator[set[CodeType]]:
        codes: set[CodeType] = set()
        self._codes = codes
        try:
            yield codes
        finally:
            self._codes = None

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if self._codes is not None and event == "call" and frame.f_code.co_filename.startswith(COUNTED):
            self._codes.add(frame.f_code)


async def _post(http: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> None:
    (await http.post(f"/api/v1/gen-ai/{path}", json=body)).raise_for_status()


async def measure() -> dict[str, CallPath]:
    """The path of the second of two calls to each endpoint: the first one warms up."""
    paths = {}
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, database_url=f"sqlite+aiosqlite:///{folder}/tollgate.db")
        container = build_container(settings)
        app = create_app(container)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx2.ASGITransport(app=app)
            http = await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1"))
            session = (await http.post("/api/v1/gen-ai/chatops/sessions")).json()["session_id"]
            for name, body in bodies(5).items():
                path = name.format(session_id=session)
                await _post(http, path, bodies(1)[name])
                with recorder.recording() as codes:
                    await _post(http, path, body)
                counted = (code for code in codes if not code.co_filename.startswith(LEFT_OUT))
                paths[name] = CallPath(frozenset(counted))
        container.unwire()
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", metavar="ENDPOINT", choices=list(bodies(0)), help="list the files of one call")
    arguments = parser.parse_args()
    paths = asyncio.run(measure())
    console = Console()
    if arguments.files:
        console.print("\n".join(paths[arguments.files].files), highlight=False)
        return
    table = Table("POST", "files", "functions", "classes", title="A warm call, simulator left out")
    for name, path in paths.items():
        table.add_row(name, str(len(path.files)), str(path.functions), str(path.classes))
    console.print(table)


if __name__ == "__main__":
    main()
