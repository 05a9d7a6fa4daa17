"""`tollgate budgets`: what is left of each, as a table for people and as JSON for programs."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import build_container, running
from app.cli.main import main
from app.services.gen_ai.rules.pricing import TokenUsage
from app.settings import load_settings
from tests.fakes.budgeted import budget, write_policies
from tests.fakes.rows import attempt, settlement

pytestmark = pytest.mark.usefixtures("ledger_file")


@pytest.fixture(autouse=True)
def _narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """80 columns are enough."""
    monkeypatch.setattr("app.cli.console.out._width", 80)


def _shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["tollgate", "budgets", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert not exit_.value.code
    return capsys.readouterr().out


def _policies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *budgets: dict[str, Any]) -> None:
    monkeypatch.setenv("TOLLGATE_POLICIES", str(write_policies(tmp_path, *budgets)))


def _spend(*callers: str) -> None:
    """Each caller has a call for 0.42 USD and 630 tokens, and one under way that may cost 0.21 USD."""

    async def work() -> None:
        async with running(build_container(load_settings())) as container:
            ledger, now = container.data.ledger(), datetime.now(UTC)
            for caller in callers:
                used = {"tokens": TokenUsage(500, 100, 0, 20, 10), "cost_usd": Decimal("0.42")}
                worst = {"worst_usd": Decimal("0.5"), "worst_tokens": 700}
                await ledger.open(
                    attempt(f"{caller}_done", caller_id=caller, opened_at=now, upstream="simulator", **worst)
                )
                await ledger.settle(f"{caller}_done", settlement(upstream_id=f"id-{caller}", **used))
                reserved = {"worst_usd": Decimal("0.21"), "worst_tokens": 50}
                await ledger.open(
                    attempt(f"{caller}_open", caller_id=caller, opened_at=now, upstream="simulator", **reserved)
                )

    asyncio.run(work())


def test_a_newcomer_sees_the_shipped_budgets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Untouched, with whom they are for and when they begin anew."""
    shown = _shown(monkeypatch, capsys)
    for piece in ("everything", "month, hard", "each_caller", "day, soft, local", "200 USD", "20.000000", "░" * 10):
        assert piece in shown
    assert "Resets: month at 20" in shown
    assert "█" not in shown


def test_what_is_spent_and_what_came_of_a_process_that_ended_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The call that was under way when its process ended counts at its worst case: 0.63 of 1 USD."""
    _policies(monkeypatch, tmp_path, budget(limit_tokens=2000))
    _spend("alice")
    lines = _shown(monkeypatch, capsys).splitlines()
    (usd,) = [line.split() for line in lines if "all_day" in line]
    (tokens,) = [line.split() for line in lines if "day, hard" in line]
    assert usd == ["all_day", "1", "USD", "0.630000", "0.000000", "0.370000", "63.0", "%"]
    assert tokens == ["day,", "hard", "2,000", "tokens", "680", "0", "1,320", "██████░░░░"]
    assert all(len(line) <= 80 for line in lines)


def test_every_caller_of_the_month_has_a_line_whatever_characters_the_name_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _policies(monkeypatch, tmp_path, budget(scope="caller", limit_usd=None, limit_tokens=1000))
    _spend("alice", "[red]bob")
    shown = _shown(monkeypatch, capsys)
    for name in ("alice", "[red]bob", "local"):
        assert f"day, hard, {name}" in shown
    assert "68.0 %" in shown


def test_json_has_the_exact_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the names that HTTP gives them."""
    _policies(monkeypatch, tmp_path, budget(limit_tokens=2000), budget(name="bob", scope="caller", subject="bob"))
    _spend("alice")
    found = json.loads(_shown(monkeypatch, capsys, "--json"))
    assert found["total"] == 2
    whole, bob = found["budgets"]
    assert (whole["spent_usd"], whole["left_usd"], whole["spent_tokens"], whole["left_tokens"]) == (
        "0.63", "0.37", 680, 1320,
    )  # fmt: skip
    assert (whole["used_percent"], whole["kind"], whole["subject"]) == (63.0, "hard", None)
    assert (bob["subject"], bob["spent_usd"], bob["limit_tokens"]) == ("bob", "0", None)


def test_what_another_upstream_used_takes_nothing_from_the_budget(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With a key set, the simulator's 0.63 USD are not in the way; they can be looked at."""
    _policies(monkeypatch, tmp_path, budget())
    _spend("alice")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-made-up")
    shown = " ".join(_shown(monkeypatch, capsys).split())
    assert "as far as openai used them" in shown
    assert "Others of this month: simulator; see --upstream" in shown
    found = json.loads(_shown(monkeypatch, capsys, "--json"))
    assert (found["upstream"], found["other_upstreams"]) == ("openai", ["simulator"])
    assert [(b["upstream"], b["spent_usd"]) for b in found["budgets"]] == [("openai", "0")]
    found = json.loads(_shown(monkeypatch, capsys, "--json", "--upstream", "simulator"))
    assert [(b["upstream"], b["spent_usd"]) for b in found["budgets"]] == [("simulator", "0.63")]
    assert (found["upstream"], found["other_upstreams"]) == ("simulator", [])


def test_policies_without_budgets_are_told_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _policies(monkeypatch, tmp_path)
    assert "No budget is set; the policies say how to write one." in _shown(monkeypatch, capsys)
    assert json.loads(_shown(monkeypatch, capsys, "--json")) == {
        "upstream": "simulator", "other_upstreams": [], "budgets": [], "total": 0,
    }  # fmt: skip


def test_more_callers_than_fit_on_a_page_are_all_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("app.cli.budgets._PAGE", 3)
    _policies(monkeypatch, tmp_path, budget(scope="caller"))
    _spend(*(f"caller-{number}" for number in range(7)))
    found = json.loads(_shown(monkeypatch, capsys, "--json"))
    assert [b["subject"] for b in found["budgets"]] == [*(f"caller-{number}" for number in range(7)), "local"]


def test_a_call_under_way_has_its_part_of_the_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Shown by a second process, while the first still lives."""
    _policies(monkeypatch, tmp_path, budget())

    async def work() -> str:
        async with running(build_container(load_settings())) as container:
            now = datetime.now(UTC)
            await container.data.ledger().open(attempt(worst_usd=Decimal("0.3"), opened_at=now, upstream="simulator"))
            return await asyncio.to_thread(_shown, monkeypatch, capsys)

    assert "▒▒▒░░░░░░░" in asyncio.run(work())
