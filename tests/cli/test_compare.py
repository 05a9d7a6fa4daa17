"""`tollgate compare`: what is stored, ranked by code, for people and for programs."""

import asyncio
import json

import pytest
from dependency_injector import providers

from app.bootstrap import build_container
from app.cli.main import main
from app.clock import FixedClock
from tests.conftest import TODAY, serving
from tests.fakes.trading import called, keep, run
from tests.fakes.workers import InlineWorker

Ids = tuple[str, str, str]


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 220)
    monkeypatch.setattr("app.cli.console.err._width", 220)


@pytest.fixture
def ids() -> Ids:
    """A strategy that was run, a backtest of rules, and a strategy that was never run; all of the local user."""

    async def store() -> Ids:
        container = build_container()
        container.core.clock.override(FixedClock(TODAY))
        container.services.backtest_worker.override(providers.Factory(InlineWorker))
        async with serving(container) as http:
            strategy = await keep(container, called("Careful"), "local")
            await run(http, strategy)
            never = await keep(container, called("Never run"), "local")
            found = strategy, await run(http, called("Bold", position_size=0.9), "IXIC"), never
        container.unwire()
        return found

    return asyncio.run(store())


def _compare(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tollgate", "compare", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


@pytest.mark.parametrize(
    ("language", "caveat", "promise"),
    [("en", "They ran over different series", "promise nothing"), ("ko", "서로 다른 종목", "약속하지 않습니다")],
)
def test_people_get_a_table_with_ranks_and_the_words(
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    caveat: str,
    promise: str,
) -> None:
    """Each strategy with its series, and its rank behind each value; the correlation, the caveat, words and cost."""
    assert _compare(monkeypatch, ids[0], ids[1], "--language", language) == 0
    said = capsys.readouterr().out
    first, second = (next(line for line in said.splitlines() if line.startswith(f"{rank:>4} ")) for rank in (1, 2))
    assert {("GSPC" if "Careful" in line else "IXIC") in line for line in (first, second)} == {True}
    assert first.count("(#1)") + first.count("(#2)") == 3
    assert "Correlation of daily returns" in said
    assert caveat in said
    assert promise in said
    assert "gpt-4o (simulator): 0.0" in said


def test_programs_get_the_answer_of_the_endpoint(
    ids: Ids, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the metrics and the model that were asked for."""
    options = ("--metric", "volatility", "--metric", "win_rate", "--model", "gpt-4o-mini", "--language", "en", "--json")
    capsys.readouterr()
    assert _compare(monkeypatch, ids[0], ids[1], *options) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["metrics"] == ["volatility", "win_rate"]
    assert (answer["requested_model_id"], answer["accepted"]) == ("gpt-4o-mini", True)
    assert {one["name"] for one in answer["ranking"]} == {"Careful", "Bold"}
    assert answer["correlations"][0]["days"] > 700


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["strat_1"], "give 2 to 5 ids, not 1"),
        (["strat_1"] * 6, "give 2 to 5 ids, not 6"),
        (["strat_1", "strat_1"], "name each one once; repeated: strat_1"),
        (["strat_1", "bt_1", "--metric", "beta"], "--metric beta: take one of total_return"),
        (["strat_1", "bt_1", "--language", "de"], "--language de: take one of ko, en"),
        (["strat_1", "bt_1"], "You have no "),
        (["strat_1", "../x"], "should match pattern"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], hint: str
) -> None:
    assert _compare(monkeypatch, *arguments) == 2
    assert hint in capsys.readouterr().err


def test_a_strategy_without_a_finished_backtest_is_told(
    ids: Ids, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _compare(monkeypatch, ids[0], ids[2]) == 2
    assert f"{ids[2]} has no finished backtest" in capsys.readouterr().err
