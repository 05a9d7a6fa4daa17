"""`tollgate usage resolve` and `tollgate reconcile --apply`: what was not known is settled, once and with a trace."""

import asyncio
import json
import os
import pwd
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from app.bootstrap import build_container, running
from app.cli.main import main
from app.settings import load_settings
from tests.fakes.rows import attempt, settlement, unanswered

pytestmark = pytest.mark.usefixtures("ledger_file", "_filled")

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORST = Decimal("0.01")
Patch: TypeAlias = pytest.MonkeyPatch
Capture: TypeAlias = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: Patch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)
    monkeypatch.setattr("app.cli.console.err._width", 200)


@pytest.fixture
def _filled() -> None:
    """att_0 is measured at 0.002 USD; att_1 and att_2, of another model each, are unknown; att_3 is open."""
    unknown = replace(unanswered(), settled_at=NOON, cost_low_usd=Decimal(0), cost_high_usd=WORST)
    ends = [settlement(settled_at=NOON, cost_usd=Decimal("0.002")), unknown, unknown]

    async def work() -> None:
        async with running(build_container(load_settings())) as container:
            ledger = container.data.ledger()
            for number, (model, end) in enumerate(zip(("gpt-4o-mini", "gpt-4o-mini", "gpt-4o"), ends, strict=True)):
                opened = {"opened_at": NOON, "worst_usd": WORST, "upstream": "simulator", "model_id": model}
                await ledger.open(attempt(f"att_{number}", **opened))
                await ledger.settle(f"att_{number}", end)

    asyncio.run(work())


def _run(monkeypatch: Patch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tollgate", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def _json(monkeypatch: Patch, capsys: Capture, *arguments: str) -> Any:
    assert _run(monkeypatch, *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def _spent(monkeypatch: Patch, capsys: Capture) -> str:
    """What the month's budget has counted."""
    found = _json(monkeypatch, capsys, "budgets", "--from", "2026-11-20", "--to", "2026-11-20")
    spent: str = found["budgets"][0]["spent_usd"]
    return spent


NOTE = ("--note", "line 7 of the bill")


def test_a_cost_is_settled_with_a_trace(monkeypatch: Patch, capsys: Capture) -> None:
    """Who did it is the user of the operating system; budgets, sums and the export know it at once."""
    assert _spent(monkeypatch, capsys) == "0.022"
    user = pwd.getpwuid(os.getuid()).pw_name
    row = _json(monkeypatch, capsys, "usage", "resolve", "att_1", "--cost-usd", "0.0035", *NOTE)
    assert (row["status"], row["cost_usd"], row["cost_high_usd"]) == ("measured", "0.0035", None)
    trace = row["resolution"]
    assert (trace["resolved_by"], trace["note"], trace["was_status"], trace["was_cost_high_usd"]) == (
        user, "line 7 of the bill", "unknown", "0.01",
    )  # fmt: skip
    assert _spent(monkeypatch, capsys) == "0.0155"
    assert _run(monkeypatch, "usage", "export", "--format", "jsonl", "--output", "out.jsonl") == 0
    lines = {line["attempt_id"]: line for line in map(json.loads, Path("out.jsonl").read_text().splitlines())}
    assert (lines["att_1"]["was_status"], lines["att_1"]["resolved_by"]) == ("unknown", user)
    assert lines["att_0"]["resolution_note"] is None


def test_what_was_not_billed_is_said_in_a_sentence(monkeypatch: Patch, capsys: Capture) -> None:
    assert _run(monkeypatch, "usage", "resolve", "att_2", "--unbilled", *NOTE) == 0
    shown = capsys.readouterr().out
    assert "att_2: not billed, by " in shown
    assert "line 7 of the bill. It was unknown, between 0 USD and 0.01 USD." in shown
    assert _spent(monkeypatch, capsys) == "0.012"
    assert _run(monkeypatch, "usage", "resolve", "att_2", "--cost-usd", "0.001", *NOTE) == 2
    assert "att_2 is resolved already: not billed, by " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("att_1", *NOTE), "Give either --unbilled or --cost-usd USD"),
        (("att_1", "--unbilled", "--cost-usd", "1", *NOTE), "Give either --unbilled or --cost-usd USD"),
        (("att_1", "--unbilled"), "--note"),
        (("att_1", "--unbilled", "--note", " "), "--note: say in 1 to 1,000 characters"),
        (("att_9", "--unbilled", *NOTE), "There is no attempt att_9"),
        (("att_0", "--unbilled", *NOTE), "att_0 is known: 0.002 USD, measured"),
        (("att_1", "--cost-usd", "much", *NOTE), "--cost-usd much: give a decimal number"),
        (("att_1", "--cost-usd", "1", *NOTE), "1 USD is more than it can have cost: 0.01 USD"),
        (("att_1", "--cost-usd=-1", *NOTE), "-1 USD is no cost"),
        (("att_1", "--cost-usd", "1e-13", *NOTE), "is no cost"),
        (("att_1", "--cost-usd", "inf", *NOTE), "is no cost"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(
    monkeypatch: Patch, capsys: Capture, arguments: Sequence[str], hint: str
) -> None:
    assert _run(monkeypatch, "usage", "resolve", *arguments) == 2
    assert hint in capsys.readouterr().err


@pytest.fixture
def _bill() -> None:
    """gpt-4o-mini was billed with 0.0035 USD more than was measured, gpt-4o not at all."""
    start = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    result = {"amount": {"value": "0.0055", "currency": "usd"}, "line_item": "gpt-4o-mini-2024-07-18, output"}
    bucket = {"start_time": start, "end_time": start + 86_400, "results": [result]}
    Path("bill.json").write_text(json.dumps({"data": [bucket]}))


BILL = ("reconcile", "--costs", "bill.json")


@pytest.mark.usefixtures("_bill")
def test_a_bill_is_applied_once_and_only_when_it_is_asked_for(monkeypatch: Patch, capsys: Capture) -> None:
    """First what it would do; then it is done, and the same bill finds nothing more to do and no difference."""
    proved = [("att_1", "0.0035"), ("att_2", None)]
    for _ in range(2):
        dry = _json(monkeypatch, capsys, *BILL)
        assert [(each["attempt_id"], each["cost_usd"]) for each in dry["resolutions"]["proved"]] == proved
        assert (dry["resolutions"]["applied"], dry["unknown"]["attempts"]) == (False, 2)
    done = _json(monkeypatch, capsys, *BILL, "--apply")
    assert [(each["attempt_id"], each["cost_usd"]) for each in done["resolutions"]["proved"]] == proved
    assert (done["resolutions"]["applied"], done["unknown"]["attempts"]) == (True, 0)
    assert done["total"]["difference_usd"] == "0"
    again = _json(monkeypatch, capsys, *BILL, "--apply")
    assert (again["resolutions"]["proved"], again["resolutions"]["undecided"]) == ([], [])
    assert _spent(monkeypatch, capsys) == "0.0055"


@pytest.mark.usefixtures("_bill")
def test_people_see_what_the_bill_decides(monkeypatch: Patch, capsys: Capture) -> None:
    assert _run(monkeypatch, *BILL) == 0
    shown = capsys.readouterr().out
    for piece in ("What the bill decides", "not billed", "0.0035", "Nothing is settled yet; run it again with --apply"):
        assert piece in shown
    assert _run(monkeypatch, *BILL, "--apply") == 0
    shown = capsys.readouterr().out
    assert "Settled by the bill" in shown
    assert "Nothing is settled yet" not in shown


@pytest.mark.usefixtures("_bill")
def test_the_bill_of_one_upstream_says_nothing_of_another(monkeypatch: Patch, capsys: Capture) -> None:
    """With a key set it is OpenAI's: what the simulator answered stands apart, and nothing of it is settled."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-made-up")
    found = _json(monkeypatch, capsys, *BILL, "--apply")
    assert (found["upstream"], found["resolutions"]["proved"], found["total"]["recorded_usd"]) == ("openai", [], "0")
    assert [(other["upstream"], other["attempts"]) for other in found["other_upstreams"]] == [("simulator", 3)]
