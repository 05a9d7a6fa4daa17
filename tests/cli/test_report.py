"""`tollgate report`: written, shown, saved, and any text checked, as a person types it."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers

from app.api.security import LOCAL_CALLER
from app.bootstrap import build_container, running
from app.cli.main import main
from app.quant.backtest import DEFAULT_CONFIG
from app.services.backtests.checks import Terms
from app.settings import load_settings
from app.vocabulary import BacktestStatus
from containers import Container
from tests.fakes.report_documents import crossover
from tests.fakes.reporting import SUMMARY
from tests.fakes.workers import InlineWorker

pytestmark = pytest.mark.usefixtures("ledger_file")


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sentence is wrapped."""
    monkeypatch.setattr("app.cli.console.out._width", 400)


@pytest.fixture
def figures(tmp_path: Path) -> str:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(SUMMARY))
    return str(path)


class Terminal:
    """Runs commands, and keeps what they printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.out = self.err = ""

    def run(self, *arguments: str, typed: str = "") -> int:
        """The exit code."""
        self._monkeypatch.setattr("sys.argv", ["tollgate", "report", *arguments])
        stdin = io.TextIOWrapper(io.BytesIO(typed.encode()))
        self._monkeypatch.setattr("sys.stdin", stdin)
        with pytest.raises(SystemExit) as exit_:
            main()
        self.out, self.err = self._capsys.readouterr()
        return int(exit_.value.code or 0)

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


def _backtested() -> str:
    """The id of a finished backtest of the person at this machine."""

    async def work() -> str:
        made: Container = build_container(load_settings())
        made.services.backtest_worker.override(providers.Factory(InlineWorker))
        async with running(made, serves=True) as container:
            backtests = container.services.backtests()
            terms = Terms(symbol="GSPC", start_date=None, end_date=None, config=DEFAULT_CONFIG)
            order = await backtests.submit(crossover().model_dump(mode="json"), terms, LOCAL_CALLER.id)
            while (await backtests.get(order.backtest_id, LOCAL_CALLER.id)).status is not BacktestStatus.DONE:  # noqa: ASYNC110  a backtest tells nobody that it is done
                await asyncio.sleep(0)
        backtest_id: str = order.backtest_id
        return backtest_id

    return asyncio.run(work())


def test_a_report_is_written_and_shown(terminal: Terminal, figures: str) -> None:
    """From a file of figures, in English: what is printed names the command that shows all of it."""
    assert terminal.run("write", "--backtest", figures, "--language", "en") == 0
    assert "Backtest report: Trend on AAPL" in terminal.out
    assert "18.4%" in terminal.out
    assert "(simulator)" in terminal.out
    report_id = terminal.out.split()[-1]
    assert terminal.run("show", report_id) == 0
    assert "The maximum drawdown is -12.6%." in terminal.out


def test_a_report_on_a_stored_backtest_becomes_a_page_with_charts(terminal: Terminal, tmp_path: Path) -> None:
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    backtest_id = _backtested()
    assert terminal.run("write", "--backtest", backtest_id, "--output", str(page), "--json") == 0
    written = terminal.json()
    assert (written["backtest_id"], written["language"], written["fact_check"]["passed"]) == (backtest_id, "ko", True)
    assert page.read_text(encoding="utf-8").count("<svg") >= 2
    assert terminal.run("write", "--backtest", backtest_id, "--output", str(text), "--detail", "brief") == 0
    assert text.read_text(encoding="utf-8").startswith("# ")
    again = tmp_path / "again.html"
    assert terminal.run("show", written["report_id"], "--html", str(again)) == 0
    assert again.read_text(encoding="utf-8") == page.read_text(encoding="utf-8")


def test_reports_are_listed_the_newest_first(terminal: Terminal, figures: str) -> None:
    """With all that is needed to show one; as JSON like the endpoint's."""
    assert terminal.run("list") == 0
    assert "Reports (0 of 0)" in terminal.out
    ids = []
    for language in ("ko", "en"):
        assert terminal.run("write", "--backtest", figures, "--language", language, "--json") == 0
        ids.append(terminal.json()["report_id"])
    assert terminal.run("list") == 0
    assert terminal.out.index(ids[1]) < terminal.out.index(ids[0])
    assert "Backtest report: Trend on AAPL" in terminal.out
    assert terminal.run("list", "--limit", "1", "--offset", "1", "--json") == 0
    page = terminal.json()
    assert ([one["report_id"] for one in page["reports"]], page["total"]) == ([ids[0]], 2)


def test_the_page_is_opened_on_request(terminal: Terminal, figures: str, tmp_path: Path, monkeypatch: Any) -> None:
    opened: list[str] = []
    monkeypatch.setattr("app.cli.report.typer.launch", opened.append)
    assert terminal.run("write", "--backtest", figures, "--json") == 0
    report_id, page = terminal.json()["report_id"], tmp_path / "page.html"
    assert terminal.run("show", report_id, "--open") == 2
    assert "--html FILE" in terminal.err
    assert terminal.run("show", report_id, "--html", str(page), "--open") == 0
    assert opened == [str(page.resolve())]


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("en", "It returned 18.4 %, more than the benchmark.", "It returned 19.4 %, less than the benchmark."),
        ("ko", "총수익률은 18.4%로 벤치마크보다 높습니다.", "총수익률은 19.4%로 벤치마크보다 낮습니다."),
    ],
)
def test_a_text_is_checked(
    terminal: Terminal, figures: str, tmp_path: Path, language: str, right: str, wrong: str
) -> None:
    """Exit code 0 where all is true, 1 where something is not; from a file and from standard input."""
    text = tmp_path / "text.txt"
    text.write_text(right, encoding="utf-8")
    assert terminal.run("check", "--backtest", figures, "--text", str(text), "--language", language) == 0
    assert "total_return = 18.4%" in terminal.out
    assert "nothing is wrong" in terminal.out
    assert terminal.run("check", "--backtest", figures, "--text", "-", "--language", language, typed=wrong) == 1
    assert "unmatched" in terminal.out
    assert "disagrees" in terminal.out
    arguments = ("check", "--backtest", figures, "--text", "-", "--language", language, "--json")
    assert terminal.run(*arguments, typed=wrong) == 1
    found = terminal.json()
    assert (found["passed"], len(found["violations"])) == (False, 2)


def test_a_text_is_checked_against_a_stored_backtest_and_against_its_answer_in_a_file(
    terminal: Terminal, tmp_path: Path
) -> None:
    """What GET /api/v1/backtests/{id} answers is a file of figures too."""
    backtest_id, saved = _backtested(), tmp_path / "answer.json"
    assert terminal.run("check", "--backtest", backtest_id, "--text", "-", "--json", typed="총수익률은 1%입니다.") == 1
    metrics = {"total_return": 0.25, "exposure": 0.5}
    result = {"symbol": "GSPC", "first_day": "2001-01-02", "last_day": "2002-01-02", "metrics": metrics}
    saved.write_text(json.dumps({"strategy": {"name": "Trend"}, "result": result}))
    assert terminal.run("check", "--backtest", str(saved), "--text", "-", typed="총수익률은 25%입니다.") == 0
    saved.write_text(json.dumps({"strategy": {"name": "Trend"}, "result": None}))
    assert terminal.run("check", "--backtest", str(saved), "--text", "-", typed="없음") == 2
    assert "has no result" in terminal.err


def test_what_is_wrong_with_the_text_is_not_said_of_the_backtest(terminal: Terminal, figures: str) -> None:
    """Each option answers for its own."""
    assert terminal.run("check", "--backtest", figures, "--text", "-", typed="x" * 20_001) == 2
    assert terminal.err.startswith("--text: ")
    assert figures not in terminal.err


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (None, "No such file"),
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "backtest.strategy_name"),
        (json.dumps(SUMMARY | {"metrics": {}}), "give at least one figure"),
        (json.dumps({"backtest": SUMMARY | {"metrics": {"total_return": "much"}}}), "backtest.metrics.total_return"),
    ],
)
def test_a_file_that_cannot_be_used_is_exit_code_2(
    terminal: Terminal, tmp_path: Path, content: str | None, hint: str
) -> None:
    path = tmp_path / "wrong.json"
    if content is not None:
        path.write_text(content)
    assert terminal.run("check", "--backtest", str(path), "--text", "-", typed="Well.") == 2
    assert hint in terminal.err
    assert "wrong.json" in terminal.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("check", "--backtest", "bt_1", "--text", "-"), "You have no backtest bt_1"),
        (("check", "--backtest", "bt_1", "--text", "nowhere.txt"), "nowhere.txt: No such file"),
        (("write", "--backtest", "bt_1"), "You have no backtest bt_1"),
        (("write", "--backtest", "bt_1", "--output", "report.pdf"), ".html or .md"),
        (("write", "--backtest", "bt_1", "--language", "de"), "'de'"),
        (("show", "report_1"), "You have no report report_1"),
        (("check", "--backtest", "bt_1"), "--text"),
    ],
)
def test_wrong_input_is_exit_code_2_and_says_what_is_wrong(
    terminal: Terminal, arguments: tuple[str, ...], hint: str
) -> None:
    assert terminal.run(*arguments, typed="Well.") == 2
    assert hint in terminal.err


def test_a_text_that_is_no_utf_8_is_refused(terminal: Terminal, figures: str, tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"\xe9")
    assert terminal.run("check", "--backtest", figures, "--text", str(path)) == 2
    assert "not UTF-8" in terminal.err
