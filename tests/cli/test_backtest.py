"""`tollgate backtest`: run, show, list; a table for people, JSON for programs, sentences for mistakes."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers
from rich.cells import cell_len

from app.bootstrap import build_container, running
from app.cli.console import err, out
from app.quant.backtest import DEFAULT_CONFIG, BacktestConfig, backtest
from app.quant.market import market_data
from app.services.backtests.checks import Terms
from app.services.backtests.ports import WorkerDiedError
from app.services.backtests.runner import BacktestRunner
from app.settings import Settings
from containers import Container
from tests.fakes.command_line import run, run_json
from tests.fakes.long_series import write_long_series
from tests.fakes.strategies import plan, sma, when
from tests.fakes.workers import HeldWorker, InlineWorker

pytestmark = pytest.mark.usefixtures("ledger_file")

STRATEGY = plan(stop_loss=0.1)
_ROOT = Path(__file__).parents[2]

Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: Patch) -> None:
    for console in (out, err):
        monkeypatch.setattr(console, "_width", 80)


@pytest.fixture
def rules(tmp_path: Path) -> str:
    file = tmp_path / "rules.json"
    file.write_text(STRATEGY.model_dump_json())
    return str(file)


def _workers(monkeypatch: Patch, worker: InlineWorker) -> None:
    """Every container of the command line has this worker."""
    make = build_container

    def made(settings: Settings) -> Container:
        container = make(settings)
        container.services.backtest_worker.override(providers.Object(worker))
        return container

    monkeypatch.setattr("app.cli.session.build_container", made)


@pytest.fixture
def inline(monkeypatch: Patch) -> None:
    _workers(monkeypatch, InlineWorker())


def test_a_backtest_is_run_in_a_process_of_its_own_and_shown(monkeypatch: Patch, capsys: Capture, rules: str) -> None:
    """The figures are those of the engine; everything fits into 80 columns; no line says how it was logged."""
    assert run(monkeypatch, "backtest", "run", "--symbol", "gspc", "--rules", rules) == 0
    shown = capsys.readouterr().out
    expected = backtest(STRATEGY, market_data().bars("GSPC"))
    for piece in (
        "A plan: GSPC, 1999-01-04 - 2018-12-31",
        "- Buys when the 14-day RSI is below 30.",
        f"{expected.metrics.total_return:.2%}",
        f"{expected.benchmark.total_return:.2%}",
        f"{expected.metrics.final_value:,.2f}",
        f"{expected.metrics.max_drawdown:.2%}",
        "- Starts with 100,000 in cash",
        ": done",
    ):
        assert piece in shown
    curves = [line for line in shown.splitlines() if line.startswith(("Equity", "Benchmark", "Drawdown"))]
    assert len(curves) == 3
    assert all(len(set("▁▂▃▄▅▆▇█") & set(curve)) > 4 for curve in curves)
    tables = [line for line in shown.splitlines() if not line.startswith("- ")]
    assert max(map(cell_len, tables)) <= 80


@pytest.mark.usefixtures("inline")
def test_options_are_those_of_the_request(monkeypatch: Patch, capsys: Capture, rules: str) -> None:
    arguments = ("--from", "2001-01-02", "--to", "2010-12-31", "--cash", "5000", "--max-position", "0.15")
    costs = ("--commission", "0.002", "--slippage", "0.001")
    answer = run_json(monkeypatch, capsys, "backtest", "run", "--symbol", "IXIC", "--rules", rules, *arguments, *costs)
    config = BacktestConfig(initial_cash=5000, max_position=0.15, commission=0.002, slippage=0.001)
    assert BacktestConfig.model_validate(answer["config"]) == config
    assert (answer["start_date"], answer["end_date"]) == ("2001-01-02", "2010-12-31")
    assert answer["status"] == "done"
    assert len(answer["curves"]["days"]) == len(answer["curves"]["equity"]) > 2500
    assert (
        len(answer["trades"])
        == answer["result"]["metrics"]["total_trades"] + (answer["result"]["metrics"]["open_trades"])
    )


@pytest.mark.usefixtures("inline")
def test_a_stored_strategy_is_run_shown_and_listed_in_both_languages(monkeypatch: Patch, capsys: Capture) -> None:
    words = "RSI 30 이하에서 사고 70 이상에서 팔아줘"
    strategy_id = run_json(monkeypatch, capsys, "strategy", "build", words, "--no-approval")["strategy_id"]
    assert run(monkeypatch, "backtest", "run", "--symbol", "GSPC", "--strategy", strategy_id) == 0
    shown = capsys.readouterr().out
    assert "샤프 지수" in shown
    backtest_id = shown.splitlines()[-1].removesuffix(": done")
    assert run(monkeypatch, "backtest", "show", backtest_id) == 0
    assert capsys.readouterr().out == shown
    assert run(monkeypatch, "backtest", "show", backtest_id, "--trades", "--language", "en") == 0
    english = capsys.readouterr().out
    assert "Sharpe ratio" in english
    assert "exit rule" in english
    assert run(monkeypatch, "backtest", "list", "--strategy", strategy_id, "--status", "done") == 0
    listed = capsys.readouterr().out
    assert "(1 of 1)" in listed
    assert backtest_id in listed
    answer = run_json(monkeypatch, capsys, "backtest", "show", backtest_id)
    assert (answer["strategy_id"], answer["strategy_version"]) == (strategy_id, 1)
    (only,) = run_json(monkeypatch, capsys, "backtest", "list")["backtests"]
    assert only == answer | {"trades": None, "curves": None}
    assert run_json(monkeypatch, capsys, "backtest", "list", "--status", "failed")["total"] == 0


def test_a_backtest_whose_worker_dies_is_run_again(monkeypatch: Patch, capsys: Capture, rules: str) -> None:
    worker = HeldWorker(WorkerDiedError("killed"))
    worker.go_on.set()
    _workers(monkeypatch, worker)
    assert run_json(monkeypatch, capsys, "backtest", "run", "--symbol", "GSPC", "--rules", rules)["status"] == "done"
    assert len(worker.orders) == 2


def test_a_failed_backtest_says_why_and_ends_with_exit_code_1(monkeypatch: Patch, capsys: Capture, rules: str) -> None:
    worker = HeldWorker(ZeroDivisionError("a fault of ours"))
    worker.go_on.set()
    _workers(monkeypatch, worker)
    assert run(monkeypatch, "backtest", "run", "--symbol", "GSPC", "--rules", rules) == 1
    assert ": failed: an unexpected error (ZeroDivisionError)" in capsys.readouterr().out


def test_where_a_server_was_quicker_its_end_is_waited_for(monkeypatch: Patch, capsys: Capture, rules: str) -> None:
    """Whoever takes it: somebody else's claim comes between the order and the run here."""
    _workers(monkeypatch, InlineWorker())
    run_one = BacktestRunner.run_one
    taken: list[Any] = []

    async def too_late(runner: BacktestRunner, backtest_id: str) -> None:
        if not taken:
            taken.append(asyncio.create_task(run_one(runner, backtest_id)))
            await asyncio.sleep(0)

    monkeypatch.setattr(BacktestRunner, "run_one", too_late)
    assert run_json(monkeypatch, capsys, "backtest", "run", "--symbol", "GSPC", "--rules", rules)["status"] == "done"
    assert len(taken) == 1


@pytest.mark.parametrize(
    ("arguments", "hints"),
    [
        (("--symbol", "AAPL"), ["--symbol: there are no bars of 'AAPL'; there are GSPC, IXIC"]),
        (("--symbol", "GSPC", "--from", "1980-01-02"), ["--from: there are no bars around 1980-01-02"]),
        (("--symbol", "GSPC", "--from", "soon"), ["--from: Input should be a valid date"]),
        (
            ("--symbol", "GSPC", "--from", "2010-01-04", "--to", "2009-01-05", "--cash", "-5"),
            ["--cash: Input should be greater than 0"],
        ),
        (
            ("--symbol", "AAPL", "--from", "2010-01-04", "--to", "2009-01-05"),
            ["--symbol: there are no bars", "--to: 2009-01-05 must be after"],
        ),
        (("--symbol", "GSPC", "--strategy", "strat_1"), ["--strategy, --rules: give exactly one of the two"]),
        (("--symbol", "GSPC", "--cash", "much"), ["--cash"]),
        ((), ["--symbol"]),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_exit_code_2(
    monkeypatch: Patch, capsys: Capture, rules: str, arguments: tuple[str, ...], hints: list[str]
) -> None:
    assert run(monkeypatch, "backtest", "run", "--rules", rules, *arguments) == 2
    complaint = capsys.readouterr().err
    for hint in hints:
        assert hint in complaint
    assert "Traceback" not in complaint
    assert run_json(monkeypatch, capsys, "backtest", "list")["total"] == 0


def test_what_is_not_there_is_told(monkeypatch: Patch, capsys: Capture) -> None:
    assert run(monkeypatch, "backtest", "run", "--symbol", "GSPC") == 2
    assert "--strategy, --rules: give exactly one of the two" in capsys.readouterr().err
    assert run(monkeypatch, "backtest", "run", "--symbol", "GSPC", "--strategy", "strat_9") == 2
    assert "You have no strategy strat_9" in capsys.readouterr().err
    assert run(monkeypatch, "backtest", "show", "bt_9") == 2
    assert "You have no backtest bt_9" in capsys.readouterr().err


def test_rules_that_make_no_sense_are_named_by_their_option(
    monkeypatch: Patch, capsys: Capture, tmp_path: Path
) -> None:
    wrong = STRATEGY.model_dump(mode="json")
    wrong["risk"] |= {"position_size": 2, "stop_loss": -1}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    arguments = ("--symbol", "GSPC", "--rules", str(tmp_path / "wrong.json"))
    assert run(monkeypatch, "backtest", "run", *arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["--rules", "--rules"]


def test_what_a_server_had_queued_is_left_alone(monkeypatch: Patch, capsys: Capture, rules: str) -> None:
    """A command runs its own backtest and no other, however long others have waited."""
    _workers(monkeypatch, InlineWorker())
    asyncio.run(_queue_one())
    assert run_json(monkeypatch, capsys, "backtest", "run", "--symbol", "GSPC", "--rules", rules)["status"] == "done"
    listed = run_json(monkeypatch, capsys, "backtest", "list")["backtests"]
    assert [each["status"] for each in listed] == ["done", "queued"]


async def _queue_one() -> None:
    async with running(build_container()) as container:
        terms = Terms(symbol="IXIC", start_date=None, end_date=None, config=DEFAULT_CONFIG)
        await container.services.backtests().submit(STRATEGY.model_dump(mode="json"), terms, "local")


def test_ctrl_c_takes_the_order_back(tmp_path: Path) -> None:
    """A real SIGINT to a real process in the middle of a backtest: a sentence, nothing left over, no stack trace."""
    (tmp_path / "bars").mkdir()
    write_long_series(tmp_path / "bars" / "LONG.csv", bars=60_000)
    busy = plan([when(sma(2), "above", sma(3))], [when(sma(2), "below", sma(3))])
    (tmp_path / "busy.json").write_text(busy.model_dump_json())
    arguments = ["backtest", "run", "--symbol", "LONG", "--rules", "busy.json"]
    command = subprocess.Popen(  # noqa: S603  our own interpreter and our own command
        [sys.executable, "-c", f"from app.cli.main import main; import sys; sys.argv[1:] = {arguments}; main()"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(_ROOT), "TOLLGATE_DATA_DIR": "bars"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while _status(tmp_path) != [("running",)] and command.poll() is None:
        os.sched_yield()
    command.send_signal(signal.SIGINT)
    shown, complaint = command.communicate()
    assert (command.returncode, shown) == (130, "")
    assert complaint == "Stopped. The order was taken back.\n"
    assert _status(tmp_path) == []


def _status(folder: Path) -> list[Any]:
    file = folder / "var" / "tollgate.db"
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as database:
        try:
            return database.execute("SELECT status FROM backtests").fetchall()
        except sqlite3.OperationalError:
            return []  # the tables are not there yet


def test_a_series_of_ones_own_is_run(monkeypatch: Patch, capsys: Capture, rules: str, tmp_path: Path) -> None:
    folder = tmp_path / "bars"
    folder.mkdir()
    write_long_series(folder / "mine.csv", bars=300)
    monkeypatch.setenv("TOLLGATE_DATA_DIR", str(folder))
    answer = run_json(monkeypatch, capsys, "backtest", "run", "--symbol", "MINE", "--rules", rules)
    assert (answer["status"], answer["result"]["first_day"]) == ("done", "1000-01-01")


def test_a_folder_of_bars_that_is_none_stops_the_start(monkeypatch: Patch, capsys: Capture) -> None:
    monkeypatch.setenv("TOLLGATE_DATA_DIR", "bars")
    assert run(monkeypatch, "backtest", "list") == 2
    assert "TOLLGATE_DATA_DIR: bars is not a folder" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.usefixtures("inline")
def test_a_file_of_bars_that_cannot_be_used_is_an_error_of_whoever_asks_for_it(
    monkeypatch: Patch, capsys: Capture, tmp_path: Path, rules: str
) -> None:
    """The start, and all other series, go on."""
    (tmp_path / "bars").mkdir()
    for file in ("IXIC.csv", "no symbol!.csv", "BAD.csv", ".hidden.csv"):
        (tmp_path / "bars" / file).write_text("date\n")
    monkeypatch.setenv("TOLLGATE_DATA_DIR", "bars")
    assert run(monkeypatch, "backtest", "list") == 0
    assert run(monkeypatch, "backtest", "run", "--symbol", "GSPC", "--rules", rules) == 0
    capsys.readouterr()
    for symbol, hint in (
        ("IXIC", "IXIC.csv, line 1"),
        ("no symbol!", "cannot be a symbol"),
        ("BAD", "BAD.csv, line 1"),
    ):
        assert run(monkeypatch, "backtest", "run", "--symbol", symbol, "--rules", rules) == 2
        assert hint in capsys.readouterr().err


def test_a_file_that_is_not_whole_is_named_with_its_line(
    monkeypatch: Patch, capsys: Capture, rules: str, tmp_path: Path
) -> None:
    """When it is used: the start does not read every file."""
    (tmp_path / "bars").mkdir()
    header = "date,open,high,low,close,volume\n"
    (tmp_path / "bars" / "BAD.csv").write_text(f"{header}2020-01-02,1,1,1,1,1\n2020-01-01,1,1,1,1,1\n")
    monkeypatch.setenv("TOLLGATE_DATA_DIR", "bars")
    assert run(monkeypatch, "backtest", "run", "--symbol", "BAD", "--rules", rules) == 2
    assert "BAD.csv, line 3: the day 2020-01-01 comes after 2020-01-02" in capsys.readouterr().err
