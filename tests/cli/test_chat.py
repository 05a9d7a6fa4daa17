"""`tollgate chat`: answers as they come, tools shown, and nothing half done after Ctrl-C."""

import asyncio
import io
import json
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.api.event_stream import ServerSentEvent
from app.cli.chat import Terminal
from app.cli.main import main
from app.simulator import Fault, create_simulator

QUESTION = "How much did I spend?"


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> int:
    monkeypatch.setattr("sys.argv", ["tollgate", "chat", *arguments])
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def _database(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "var" / "tollgate.db")) as database:
        return database.execute(query).fetchall()


def test_a_message_as_an_argument_is_answered_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The tool, the answer and the cost on standard output; which session it was beside it."""
    assert _run(monkeypatch, QUESTION) == 0
    said = capsys.readouterr()
    looked, *answer, paid = said.out.strip().splitlines()
    assert looked.startswith("looks up usage_and_cost(period=this_month")
    assert answer[0].startswith("usage_and_cost says: ")
    assert paid.startswith("gpt-4o (simulator): 0.0")
    assert paid.endswith(" USD, 2 requests")
    assert said.err.startswith("Session chat_")
    assert [status for (status,) in _database(tmp_path, "SELECT status FROM attempts")] == ["measured"] * 2
    assert [role for (role,) in _database(tmp_path, "SELECT role FROM chat_turns")] == ["user", "assistant"]


def test_without_one_each_line_is_answered_in_one_session(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """To the end of the input; empty lines are passed over, and a mistake ends nothing."""
    typed = "What is RSI?\n\n" + "x" * 4001 + "\nWhat did I ask?\n"
    assert _run(monkeypatch, typed=typed) == 0
    said = capsys.readouterr()
    assert 'Before this you asked: "What is RSI?"' in said.out
    assert "message: String should have at most 4000 characters" in said.err
    assert len(_database(tmp_path, "SELECT DISTINCT session_id FROM chat_turns")) == 1


def test_a_session_can_be_gone_on_with_but_not_a_strangers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert _run(monkeypatch, "--json", "What is RSI?") == 0
    session_id = json.loads(capsys.readouterr().out.splitlines()[0])["data"]["session_id"]
    assert _run(monkeypatch, "--session", session_id, "What did I ask?") == 0
    assert 'you asked: "What is RSI?"' in capsys.readouterr().out
    with closing(sqlite3.connect(tmp_path / "var" / "tollgate.db")) as database:
        database.execute("UPDATE chat_sessions SET owner_id = 'bob'")
        database.commit()
    assert _run(monkeypatch, "--session", session_id, "What did Bob ask?") == 2
    assert "You have no chat session" in capsys.readouterr().err


def test_json_prints_each_event_as_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The events of the API's stream, and before them the session."""
    assert _run(monkeypatch, "--json", QUESTION) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [event["event"] for event in events]
    assert names[:3] == ["session", "tool", "tool"]
    assert names[-2:] == ["usage", "done"]
    assert set(names[3:-2]) == {"delta"}
    done = events[-1]["data"]
    assert "".join(event["data"]["text"] for event in events if event["event"] == "delta") == done["answer"]
    assert done["session_id"] == events[0]["data"]["session_id"]


def test_what_goes_wrong_is_an_event_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "--json", "--model", "gpt-4", QUESTION) == 2
    said = capsys.readouterr()
    last = json.loads(said.out.splitlines()[-1])
    assert (last["event"], last["data"]["code"]) == ("error", "model_not_allowed")
    assert "Traceback" not in said.err


def test_ctrl_c_at_the_prompt_ends_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """While nothing runs there is nothing to wait for."""

    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert _run(monkeypatch) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_terminal_is_told_nothing_that_it_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences in data, repeated by an answer or by a tool's name, are shown without the escape."""
    printer = Terminal()
    for event in (
        ServerSentEvent("delta", {"text": "a\x1b[2Jb\x07\x9bc\n"}),
        ServerSentEvent("tool", {"state": "called", "name": "x", "arguments": {"symbol": "\x1b]0;title\x07"}}),
        ServerSentEvent("tool", {"state": "ended", "name": "x", "succeeded": False, "error": "no \x1b[31m"}),
        ServerSentEvent("tool", {"state": "ended", "name": "x", "succeeded": True, "truncated": True}),
    ):
        printer.show(event)
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "a[2Jbc",
        "looks up x(symbol=]0;title)",
        "x: no [31m",
        "x: only the beginning of the result was read",
    ]


class _Upstream:
    """A simulator behind a socket, for a command that runs in another process.

    It tells when a request comes in, and a delayed answer waits until it may `go`.
    """

    def __init__(self) -> None:
        self.came: asyncio.Queue[None] = asyncio.Queue()
        self.go = asyncio.Event()
        self.simulator = create_simulator(sleep=self._wait)

    async def _wait(self, _: float) -> None:
        await self.go.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.came.put_nowait(None)
        await self.simulator(scope, receive, send)


@asynccontextmanager
async def _served(upstream: _Upstream) -> AsyncIterator[str]:
    """Its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(upstream, log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server.should_exit = True
    await serving
    listener.close()


@pytest.mark.parametrize("tools", [0, 1])
async def test_ctrl_c_within_an_answer_leaves_everything_whole(tmp_path: Path, tools: int) -> None:
    """A real SIGINT to a real process, while OpenAI works: exit code 130, no open row, no half an answer."""
    upstream = _Upstream()
    if tools:
        upstream.simulator.faults.add(Fault(kind="tool_call", tool="budgets"))
    upstream.simulator.faults.add(Fault(kind="delay", seconds=1))
    async with _served(upstream) as url:
        chat = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from app.cli.main import main; import sys; sys.argv[1:] = ['chat', '--json', 'What is RSI?']; main()",
            cwd=tmp_path,
            env=os.environ
            | {
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "PYTHONUNBUFFERED": "1",
                "OPENAI_API_KEY": "sk-made-up",
                "OPENAI_BASE_URL": url,
                "TOLLGATE_STREAM_DRAIN_SECONDS": "0.1",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(tools + 1):
            await upstream.came.get()
        chat.send_signal(signal.SIGINT)
        said, complaint = await chat.communicate()
        upstream.go.set()
    assert chat.returncode == 130, complaint
    assert b"Traceback" not in complaint
    assert b"Waiting for an answer that is paid for" in complaint
    events = [json.loads(line) for line in said.decode().splitlines()]
    assert [event["event"] for event in events] == ["session", *["tool", "tool"] * tools]
    statuses = _database(tmp_path, "SELECT status, error FROM attempts ORDER BY opened_at")
    assert statuses == [("measured", None)] * tools + [("unknown", "cancelled")]
    assert _database(tmp_path, "SELECT count(*) FROM chat_turns") == [(0,)]
