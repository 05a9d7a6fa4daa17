"""`tollgate strategy`: build, approve, list, show; tables for people, JSON for programs, sentences for mistakes."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.console import err, out
from tests.fakes.command_line import run, run_json
from tests.fakes.strategies import plan

pytestmark = pytest.mark.usefixtures("ledger_file")

WISH = "RSI 30 이하에서 사고 70 이상에서 팔아줘. 손절은 5%로 해줘"

Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: Patch) -> None:
    for console in (out, err):
        monkeypatch.setattr(console, "_width", 80)


@pytest.fixture
def built(monkeypatch: Patch, capsys: Capture) -> dict[str, Any]:
    answer: dict[str, Any] = run_json(monkeypatch, capsys, "strategy", "build", WISH)
    return answer


def test_a_built_strategy_is_shown_with_its_cost_and_the_next_step(monkeypatch: Patch, capsys: Capture) -> None:
    assert run(monkeypatch, "strategy", "build", WISH) == 0
    shown = capsys.readouterr().out
    for piece in (WISH, "14일 RSI가 30보다 낮으면 매수합니다.", "아직 사람이 확인하지 않았고", "(simulator): 0.00"):
        assert piece in shown
    assert "Store it with: tollgate strategy approve build_" in shown
    assert run(monkeypatch, "strategy", "list") == 0
    assert "(0 of 0)" in capsys.readouterr().out


def test_json_of_a_build_is_what_http_answers(built: dict[str, Any]) -> None:
    assert (built["requires_approval"], built["strategy_id"]) == (True, None)
    assert built["attempts"][0]["accepted"]
    assert built["operation_id"].startswith("op_")


def test_a_build_is_approved_once_it_was_looked_at(monkeypatch: Patch, capsys: Capture, built: dict[str, Any]) -> None:
    build_id = built["build_id"]
    assert run(monkeypatch, "strategy", "list", "--pending") == 0
    listed = capsys.readouterr().out
    assert build_id in listed
    assert "30 이하에서 사고 70" in listed
    assert run(monkeypatch, "strategy", "show", build_id, "--language", "en") == 0
    shown = capsys.readouterr().out
    assert "Buys when the 14-day RSI is below 30." in shown
    assert f"{build_id}: pending" in shown
    assert run(monkeypatch, "strategy", "approve", build_id) == 0
    strategy_id = capsys.readouterr().out.split(" as ")[1].strip(" .\n")
    assert run(monkeypatch, "strategy", "list") == 0
    assert strategy_id in capsys.readouterr().out
    assert run(monkeypatch, "strategy", "show", strategy_id) == 0
    assert f"{strategy_id}, version 1, changed " in capsys.readouterr().out
    assert run_json(monkeypatch, capsys, "strategy", "show", strategy_id)["strategy"] == built["strategy"]
    assert run_json(monkeypatch, capsys, "strategy", "list", "--pending")["total"] == 0
    assert run_json(monkeypatch, capsys, "strategy", "approve", build_id)["strategy_id"] == strategy_id
    assert run_json(monkeypatch, capsys, "strategy", "list")["strategies"][0]["strategy_id"] == strategy_id


def test_a_build_is_rejected(monkeypatch: Patch, capsys: Capture, built: dict[str, Any]) -> None:
    assert run(monkeypatch, "strategy", "approve", built["build_id"], "--reject") == 0
    assert "nothing was stored" in capsys.readouterr().out
    assert run(monkeypatch, "strategy", "approve", built["build_id"]) == 2
    assert "was rejected before; build the strategy anew" in capsys.readouterr().err
    assert run_json(monkeypatch, capsys, "strategy", "show", built["build_id"])["status"] == "rejected"


def test_a_build_is_approved_with_changes(
    monkeypatch: Patch, capsys: Capture, built: dict[str, Any], tmp_path: Path
) -> None:
    changed = plan(stop_loss=0.07).model_dump(mode="json")
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(changed))
    approved = run_json(monkeypatch, capsys, "strategy", "approve", built["build_id"], "--changed", str(file))
    assert (approved["status"], approved["strategy"]) == ("approved", changed)


def test_a_change_that_makes_no_sense_is_named_by_its_option(
    monkeypatch: Patch, capsys: Capture, built: dict[str, Any]
) -> None:
    """From standard input: each thing that is wrong has a line."""
    wrong = plan().model_dump(mode="json")
    wrong["risk"] |= {"position_size": 2, "stop_loss": -1}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(wrong).encode())))
    assert run(monkeypatch, "strategy", "approve", built["build_id"], "--changed", "-") == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["--changed", "--changed"]


def test_a_strategy_that_nobody_has_to_approve_is_stored_and_can_be_changed_in_words(
    monkeypatch: Patch, capsys: Capture
) -> None:
    assert run(monkeypatch, "strategy", "build", WISH, "--no-approval") == 0
    strategy_id = capsys.readouterr().out.split("Stored as ")[1].strip(" .\n")
    words = "이 전략에서 손절을 3%로 바꿔줘"
    changed = run_json(monkeypatch, capsys, "strategy", "build", words, "--strategy", strategy_id)
    assert (changed["intent"], changed["strategy"]["risk"]["stop_loss"]) == ("modify", 0.03)


def test_square_brackets_are_shown_as_they_are(
    monkeypatch: Patch, capsys: Capture, built: dict[str, Any], tmp_path: Path
) -> None:
    """In a name they are no instruction to the terminal."""
    changed = plan().model_copy(update={"name": "[b]RSI[/x]"}).model_dump(mode="json")
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    assert run(monkeypatch, "strategy", "approve", built["build_id"], "--changed", str(tmp_path / "changed.json")) == 0
    assert run(monkeypatch, "strategy", "show", built["build_id"]) == 0
    assert run(monkeypatch, "strategy", "list") == 0
    assert capsys.readouterr().out.count("[b]RSI[/x]") == 3


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("build", "short"), "QUERY: String should have at least 10 characters"),
        (("build", WISH, "--model", "gpt-4"), "Model gpt-4 not allowed for service strategy_builder"),
        (("build", WISH, "--strategy", "strat_9"), "You have no strategy strat_9"),
        (("show", "strat_9"), "You have no strategy strat_9"),
        (("show", "build_9"), "You have no build build_9"),
        (("approve", "build_9"), "You have no build build_9"),
        (("approve", "build_9", "--reject", "--changed", "x"), "--reject, --changed: give one of the two at most"),
        (("approve", "build_9", "--changed", "/nowhere/x.json"), "--changed /nowhere/x.json: No such file"),
        (("list", "--limit", "0"), "--limit"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_exit_code_2(
    monkeypatch: Patch, capsys: Capture, arguments: tuple[str, ...], hint: str
) -> None:
    assert run(monkeypatch, "strategy", *arguments) == 2
    complaint = capsys.readouterr().err
    assert hint in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("content", "hint"),
    [(b"{", "not JSON"), (b"[1]", "JSON, but not an object"), (b"\xff", "not JSON")],
)
def test_a_file_that_is_no_strategy_is_named(
    monkeypatch: Patch, capsys: Capture, tmp_path: Path, content: bytes, hint: str
) -> None:
    file = tmp_path / "strategy.json"
    file.write_bytes(content)
    assert run(monkeypatch, "strategy", "approve", "build_9", "--changed", str(file)) == 2
    assert f"--changed {file}: {hint}" in capsys.readouterr().err
