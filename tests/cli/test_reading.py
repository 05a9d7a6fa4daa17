"""Commands that only read: they make no database, name the ledger that they read, and take a period."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.bootstrap import build_container, running
from app.cli.console import program, typeable
from app.errors import AnswerRejectedError
from app.services.gen_ai.rules.pricing import TokenUsage
from app.settings import load_settings
from tests.fakes.command_line import run, run_json
from tests.fakes.rows import attempt, settlement

Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: Patch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)


async def _spend(*days: int) -> None:
    """One call on each of these days of November."""
    async with running(build_container(load_settings())) as container:
        ledger = container.data.ledger()
        for day in days:
            at = datetime(2026, 11, day, 12, tzinfo=UTC)
            await ledger.open(attempt(f"att_{day}", opened_at=at, worst_usd=0, worst_tokens=0, upstream="simulator"))
            await ledger.settle(
                f"att_{day}", settlement(upstream_id=f"id-{day}", tokens=TokenUsage(1000, 0, 0, 20, 10))
            )


@pytest.mark.parametrize(
    "command",
    [
        "usage",
        "usage --json",
        "usage export --format csv --output x.csv",
        "savings",
        "budgets",
        "reconcile --costs costs.json",
        "strategy list",
        "strategy show strat_1",
        "backtest list",
        "backtest show bt_1",
        "report list",
        "report show report_1",
        "report check --backtest bt_1 --text text.txt",
    ],
)
def test_a_command_that_only_reads_makes_no_database(
    monkeypatch: Patch, capsys: Capture, tmp_path: Path, command: str
) -> None:
    """It says which file it looked for, and how to name another."""
    (tmp_path / "costs.json").write_text('{"object": "page", "data": [], "has_more": false, "next_page": null}')
    (tmp_path / "text.txt").write_text("Nothing.")
    assert run(monkeypatch, *command.split()) == 2
    shown = capsys.readouterr()
    assert f"no file {tmp_path}/var/tollgate.db" in shown.err
    assert "TOLLGATE_DATABASE_URL=" in shown.err
    assert shown.out == ""
    assert not (tmp_path / "var").exists()


def test_a_file_with_nothing_in_it_is_no_database(monkeypatch: Patch, capsys: Capture, tmp_path: Path) -> None:
    (empty := tmp_path / "empty.db").touch()
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", f"sqlite+aiosqlite:///{empty}")
    assert run(monkeypatch, "usage") == 2
    assert "There is no database yet" in capsys.readouterr().err
    assert empty.stat().st_size == 0


def test_rules_are_read_without_a_database(monkeypatch: Patch, tmp_path: Path) -> None:
    assert run(monkeypatch, "models") == 0
    assert not (tmp_path / "var").exists()


@pytest.mark.usefixtures("ledger_file")
@pytest.mark.parametrize("command", ["usage", "budgets", "savings"])
def test_the_ledger_that_was_read_is_named(monkeypatch: Patch, capsys: Capture, command: str) -> None:
    """Beside JSON on standard error, so that programs can read the other."""
    line = "Ledger: sqlite+aiosqlite:///var/tollgate.db"
    assert run(monkeypatch, command) == 0
    assert line in capsys.readouterr().out.splitlines()
    assert run(monkeypatch, command, "--json") == 0
    assert line in capsys.readouterr().err.splitlines()


@pytest.mark.usefixtures("ledger_file")
async def test_a_period_is_summed(monkeypatch: Patch, capsys: Capture) -> None:
    """From the first day to the last, both included."""
    await _spend(20, 21, 22, 23)

    def rows(*period: str) -> tuple[int, int]:
        (usage,) = run_json(monkeypatch, capsys, "usage", *period)["groups"]
        savings = run_json(monkeypatch, capsys, "savings", *period)
        return usage["attempts"], savings["total"]["input_tokens"]

    def check() -> None:
        assert rows() == (4, 4000)
        assert rows("--from", "2026-11-22") == (2, 2000)
        assert rows("--to", "2026-11-20") == (1, 1000)
        assert rows("--from", "2026-11-21", "--to", "2026-11-22") == (2, 2000)

    await asyncio.to_thread(check)


@pytest.mark.usefixtures("ledger_file")
async def test_budgets_of_a_period_are_those_of_each_of_its_days(monkeypatch: Patch, capsys: Capture) -> None:
    await _spend(21, 22)

    def check() -> None:
        period = "--from", "2026-11-20", "--to", "2026-11-22"
        found = run_json(monkeypatch, capsys, "budgets", *period)["budgets"]
        starts = [(each["name"], each["period_start"][:10]) for each in found if each["subject"] in {None, "local"}]
        assert starts == [("everything", "2026-11-01"), *(("each_caller", f"2026-11-{day}") for day in (20, 21, 22))]
        assert run(monkeypatch, "budgets", *period) == 0
        shown = capsys.readouterr().out
        assert "day 2026-11-21, soft, local" in shown
        assert "Resets" not in shown

    await asyncio.to_thread(check)


@pytest.mark.usefixtures("ledger_file")
@pytest.mark.parametrize("command", ["usage", "budgets", "savings"])
@pytest.mark.parametrize(
    ("period", "hint"),
    [
        (("--from", "2026-11-23", "--to", "2026-11-22"), "--from 2026-11-23: it must"),
        (("--to", "yesterday"), "--to yesterday: give a day in UTC"),
    ],
)
def test_a_period_that_is_none_is_a_sentence(
    monkeypatch: Patch, capsys: Capture, command: str, period: tuple[str, ...], hint: str
) -> None:
    assert run(monkeypatch, command, *period) == 2
    assert hint in capsys.readouterr().err


@pytest.mark.usefixtures("ledger_file")
def test_budgets_of_many_years_are_not_shown_at_once(monkeypatch: Patch, capsys: Capture) -> None:
    assert run(monkeypatch, "budgets", "--from", "2020-01-01") == 2
    assert "at most 366 days" in capsys.readouterr().err


def test_commands_log_warnings_and_worse_only(monkeypatch: Patch, capsys: Capture) -> None:
    monkeypatch.setenv("TOLLGATE_LOG_LEVEL", "debug")
    monkeypatch.setenv("TOLLGATE_DATABSE_URL", "x")
    assert run(monkeypatch, "strategy", "build", "Buy when RSI falls below 30 and sell when it rises above 70") == 0
    logged = re.findall(r"\[(\w+) *\]", capsys.readouterr().err)
    assert logged == ["warning"]


def test_a_rejection_prints_its_violations(monkeypatch: Patch, capsys: Capture) -> None:
    def rejects(*_: object, **__: object) -> None:
        raise AnswerRejectedError("No answer passed", violations=["the entry never holds", "[bold]no exit"])

    monkeypatch.setattr("app.services.gen_ai.strategy_builder.StrategyBuilderService.build_strategy", rejects)
    assert run(monkeypatch, "strategy", "build", "Buy low and sell high") == 2
    assert capsys.readouterr().err == "No answer passed\n- the entry never holds\n- [bold]no exit\n"


def test_windows_is_refused_in_a_sentence(monkeypatch: Patch, capsys: Capture) -> None:
    monkeypatch.setattr("app.cli.main._is_windows", lambda: True)
    assert run(monkeypatch, "models") == 2
    assert "does not run on Windows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("started", "typed"),
    [
        ("tollgate", "tollgate"),
        (".venv/bin/tollgate", ".venv/bin/tollgate"),
        ("{here}/.venv/bin/tollgate", ".venv/bin/tollgate"),
        ("/opt/a b/tollgate", "'/opt/a b/tollgate'"),
        ("{path}/tollgate", "tollgate"),
    ],
)
def test_hints_name_the_command_as_it_was_started(monkeypatch: Patch, tmp_path: Path, started: str, typed: str) -> None:
    """By its name alone where the shell finds it."""
    folder = tmp_path.parent / "path"
    folder.mkdir(exist_ok=True)
    (folder / "tollgate").write_text("")
    (folder / "tollgate").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.argv", [started.format(here=tmp_path, path=folder)])
    assert program() == typed
    assert typeable("run `tollgate db upgrade`") == f"run `{typed} db upgrade`"
