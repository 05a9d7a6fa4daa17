"""The command line over the same container: tables for people, JSON for programs, sentences for mistakes."""

import asyncio
import io
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app.cli.main import main
from tests.conftest import without_settings


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tollgate", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def _widen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("app.cli.console.out._width", 200)
    monkeypatch.setattr("app.cli.console.err._width", 200)


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    _widen(monkeypatch)


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo shows, and the folder with what it recorded: run once, which takes 2 seconds, for all tests."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as shown:
        without_settings(patch)
        patch.chdir(folder)
        _widen(patch)
        assert _run(patch, "demo") == 0
    return shown.getvalue(), folder


@pytest.fixture
def demo(demo_run: tuple[str, Path], tmp_path: Path) -> str:
    """What the demo shows; what it recorded is here as if it had just been run."""
    shown, folder = demo_run
    shutil.copytree(folder / "var", tmp_path / "var")
    return shown


def test_demo_says_that_it_is_simulated_and_how_to_use_openai(demo: str) -> None:
    assert "embedded simulator" in demo
    assert "OPENAI_API_KEY=sk-... make demo" in demo


def test_demo_goes_the_whole_way_and_ends_with_the_saving(demo: str) -> None:
    """Sentence, strategy, backtest, report, comparison of three, a question for the chat, cost and saving."""
    steps = ("Strategy", "Backtest", "Report", "Comparison", "Chat")
    places = [demo.index(f"╭─ {step} ") for step in steps] + [demo.index("Saving")]
    assert places == sorted(places)
    for piece in ("gpt-6-luna", "strategy_builder", "narrative_report", "chatops_advanced", "in all"):
        assert piece in demo


def test_demo_reports_on_the_backtest_that_it_ran(demo: str) -> None:
    """Not on figures of its own: the report's figures are those of the table above it; its page can be asked for."""
    (total,) = re.findall(r"- Total return: ([\d.]+)% / ", demo)
    report = demo[demo.index("╭─ Report ") : demo.index("Comparison over")]
    assert f"The total return is {float(total):.1f}%" in report
    assert re.search(r"Checked: \d{2,} figures matched to facts of the backtest, \d+ claims compared", report)
    assert re.search(r"tollgate report show report_[0-9a-f]+ --html report.html", report)


@pytest.mark.usefixtures("demo")
def test_a_backtest_shows_what_became_of_the_report_that_was_ordered_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of the demo's three backtests has one; `report list` has it too."""
    backtests = _json(monkeypatch, capsys, "backtest", "list")["backtests"]
    (ordered,) = [each for each in backtests if each["report"] is not None]
    assert _run(monkeypatch, "backtest", "show", ordered["backtest_id"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("report: ")]
    (listed,) = _json(monkeypatch, capsys, "report", "list")["reports"]
    assert line == f"report: written, {listed['report_id']}"


def test_demo_compares_three_strategies_on_the_same_index(demo: str) -> None:
    assert "Comparison over GSPC, 1999-01-04 - 2018-12-31" in demo
    table = demo[demo.index("Comparison over") : demo.index("Correlation of daily returns")]
    ranked = re.findall(r"^ *([123]) +\S.*#[123].*#[123].*#[123]", table, re.MULTILINE)
    assert ranked == ["1", "2", "3"]
    assert demo.count(" 5031") == 3  # days that each pair has in common


def test_demo_asks_the_chat_something_that_only_tools_can_know(demo: str) -> None:
    chat = demo[demo.index("╭─ Chat ") :]
    for tool in ("usage_and_cost(period=this_month, group_by=service)", "budgets()"):
        assert f"looks up {tool}" in chat
    assert "total cost usd: 0.0" in chat


def test_demo_shows_how_a_flawed_strategy_is_repaired_climbed_over_and_tried(demo: str) -> None:
    """And says that the flaw is made on purpose; the rules, the dry run and the confidence follow."""
    pieces = (
        "Attempt 1, gpt-4o-mini: rejected",
        "ROC(20) above 500, holds on 0 days",
        "Attempt 2, gpt-4o-mini: rejected",
        "Attempt 3, gpt-6.1-terra: accepted",
        "told to get the first two answers wrong",
        "Buys when the 14-day RSI is below 30.",
        "Dry run on GSPC, 1999-01-04 to 2018-12-31: the entry held on 99 of 5,030 days, 38 trades were closed.",
        "Confidence 0.59 (medium)",
    )
    places = [demo.index(piece) for piece in pieces]
    assert places == sorted(places)


def test_demo_approves_what_it_built_and_runs_it_over_the_index(demo: str) -> None:
    """With a curve, and the figures of the strategy beside those of buying and holding."""
    for piece in ("Approved build_", "stored as strat_", "ran it as bt_", "GSPC, 1999-01-04 - 2018-12-31"):
        assert piece in demo
    assert "- Maximum drawdown: -" in demo
    assert "/ -56.78%" in demo
    assert len(set("▁▂▃▄▅▆▇█") & set(demo)) > 4


def test_demo_speaks_korean(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Strategy, report, comparison and chat."""
    assert _run(monkeypatch, "demo", "--language", "ko") == 0
    shown = capsys.readouterr().out
    for piece in ("매수합니다", "샤프 비율은", "쪽이 높습니다", "조회 결과"):
        assert piece in shown


def _json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert _run(monkeypatch, *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("demo")
def test_savings_come_from_the_ledger_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the demo recorded is read by another process's run of `tollgate savings`."""
    report = _json(monkeypatch, capsys, "savings")
    assert report["baseline_model"] == "gpt-4"
    assert set(report["services"]) == {"strategy_builder", "narrative_report", "chatops_advanced"}
    parts = [Decimal(service["cost_usd"]) for service in report["services"].values()]
    assert sum(parts) == Decimal(report["total"]["cost_usd"])
    assert Decimal(report["total"]["saving_percent"]) > 30


@pytest.mark.usefixtures("demo")
def test_the_savings_in_the_documents_are_what_the_command_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"<!-- shown: tollgate savings -->\n```\n(.*?)```", text, re.DOTALL)
    assert _run(monkeypatch, "savings") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for line in shown.splitlines():
        assert line.split() in lines


def test_demo_names_what_shuts_down_soon(demo: str) -> None:
    assert "gpt-4o-mini (strategy_builder, unattributed) shuts down on 2027-01-14" in demo


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("group_by", ["service", "model", "day"])
def test_usage_sums(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], group_by: str) -> None:
    """Two strategies are flawed on purpose, two more are built; a report, a comparison, two requests of the chat."""
    found = _json(monkeypatch, capsys, "usage", "--group-by", group_by)
    rows = found["groups"]
    assert (found["upstream"], found["other_upstreams"]) == ("simulator", [])
    assert sum(row["attempts"] for row in rows) == 9
    assert _run(monkeypatch, "usage", "--group-by", group_by) == 0
    shown = capsys.readouterr().out
    assert rows[0]["key"] in shown
    assert "100.00 % of spend measured" in shown


@pytest.mark.usefixtures("ledger_file")
def test_savings_of_an_empty_ledger_are_dashes_not_zeros(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "savings") == 0
    assert "-" in capsys.readouterr().out
    assert _json(monkeypatch, capsys, "savings")["total"]["saving_percent"] is None


def test_models_lists_prices_and_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, "models", "--tier", "advanced") == 0
    shown = capsys.readouterr().out
    assert "gpt-4-turbo" in shown
    assert "shut down (2026-10-23; use gpt-5.6-sol)" in shown
    assert "gpt-4o-mini" not in shown
    assert _json(monkeypatch, capsys, "models")["total"] == 16


def test_models_of_a_service_say_why_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, "models", "--service", "strategy_builder") == 0
    assert "tier ADVANCED is not among" in capsys.readouterr().out
    offer = _json(monkeypatch, capsys, "models", "--service", "strategy_builder")
    assert offer["service_name"] == "strategy_builder"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("models", "--tier", "GIANT"), "give one of MINI, STANDARD, ADVANCED, PREMIUM"),
        (("models", "--service", "nonsense"), "known services: strategy_builder"),
        (("serve", "--host", "0.0.0.0"), "listens on loopback only"),  # noqa: S104  it must be refused
        (("serve", "--host", "example.org"), "listens on loopback only"),
        (("usage", "--group-by", "colour"), "colour"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], hint: str
) -> None:
    assert _run(monkeypatch, *arguments) == 2
    complaint = capsys.readouterr().err
    assert hint in complaint
    assert "Traceback" not in complaint


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TOLLGATE_MAX_TRIES", "99")
    monkeypatch.setenv("TOLLGATE_LOG_FORMAT", "xml")
    assert _run(monkeypatch, "models") == 2
    complaint = capsys.readouterr().err
    assert "TOLLGATE_MAX_TRIES: " in complaint
    assert "TOLLGATE_LOG_FORMAT: " in complaint


def test_a_broken_catalogue_names_file_line_and_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "models.yaml"
    broken.write_text("request_profiles: {}\nmodels:\n  - model_id: x\n    tier: HUGE\n")
    monkeypatch.setenv("TOLLGATE_CATALOG", str(broken))
    assert _run(monkeypatch, "models") == 2
    assert "models.yaml, line 4, models[0].tier" in capsys.readouterr().err


def test_an_unusable_database_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", "sqlite+aiosqlite:////proc/nowhere/tollgate.db")
    assert _run(monkeypatch, "usage") == 2
    assert "TOLLGATE_DATABASE_URL" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "port"), [("serve", 8000), ("simulator", 8001)])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_servers_listen_on_loopback(monkeypatch: pytest.MonkeyPatch, command: str, port: int, host: str) -> None:
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self: seen.append((self.config.host, self.config.port)))
    arguments = (command, "--host", host) if command == "serve" else (command,)
    assert _run(monkeypatch, *arguments) == 0
    assert seen == [(host if command == "serve" else "127.0.0.1", port)]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError])
def test_ctrl_c_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], interruption: type[BaseException]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise interruption

    monkeypatch.setattr(uvicorn.Server, "run", interrupted)
    assert _run(monkeypatch, "serve") == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_server_over_a_file_that_is_no_database_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It never listens; there is no stack trace, from the web server neither."""
    (tmp_path / "notes.db").write_text("no database " * 100)
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/notes.db")
    assert _run(monkeypatch, "serve", "--port", "0") == 2
    complaint = capsys.readouterr().err
    assert "notes.db cannot be opened: file is not a database" in complaint
    assert "Traceback" not in complaint
    assert "Tollgate on" not in complaint


def test_a_port_that_is_taken_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a sentence; it does not say that it listens, and lets go of the database."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert _run(monkeypatch, "serve", "--port", str(port)) == 2
    complaint = capsys.readouterr().err
    assert f"Port {port} of 127.0.0.1 is in use; name another with --port" in complaint
    assert "Tollgate on" not in complaint
    assert list(Path("var").glob("*.processes/*")) == []


def test_ctrl_c_within_the_demo_leaves_everything_whole(tmp_path: Path) -> None:
    """A real SIGINT to a real process, once its server has begun: one sentence, and no attempt left open."""
    demo = subprocess.Popen(
        [sys.executable, "-c", "from app.cli.main import main; import sys; sys.argv[1:] = ['demo']; main()"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    while "Models" not in demo.stdout.readline():
        pass
    demo.send_signal(signal.SIGINT)
    _, complaint = demo.communicate()
    assert demo.returncode == 130
    assert complaint == "Stopped. What was recorded so far is kept.\n"
    with closing(sqlite3.connect(tmp_path / "var" / "tollgate.db")) as database:
        assert database.execute("SELECT count(*) FROM attempts WHERE status = 'open'").fetchone() == (0,)
