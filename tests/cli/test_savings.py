"""`tollgate savings`, and what it, `usage` and `models` say of models that end soon."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.bootstrap import build_container, running
from app.clock import FixedClock
from app.services.gen_ai.rules.pricing import TokenUsage
from app.settings import load_settings
from tests.fakes.command_line import run, run_json
from tests.fakes.rows import attempt, settlement

Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]

TOKENS = TokenUsage(1000, 0, 0, 500, 0)
SPENT = (("strategy_builder", "gpt-4o-mini", "0.00045"), ("narrative_report", "gpt-4o", "0.0075"))
"""At gpt-6.1-terra and gpt-6.2-sol they would have cost 0.0035 and 0.007, at gpt-6-luna 0.00035 each."""
GONE_SOON = (
    "gpt-4o (narrative_report, chatops_advanced) shuts down on 2027-01-14, in 60 days; use gpt-6-luna",
    "gpt-4o-mini (strategy_builder, unattributed) shuts down on 2027-01-14, in 60 days; use gpt-6-luna",
)


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: Patch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)


@pytest.fixture
async def _spent(ledger_file: None) -> None:
    """By each service once at the simulator; by the first once at OpenAI, and once before upstreams were told apart."""
    async with running(build_container(load_settings())) as container:
        ledger = container.data.ledger()
        rows = [*((*spent, "simulator") for spent in SPENT), (*SPENT[0], "openai"), (*SPENT[0], None)]
        for number, (service, model_id, usd, upstream) in enumerate(rows):
            opened = attempt(f"att_{number}", service=service, model_id=model_id, upstream=upstream)
            await ledger.open(opened)
            settled = settlement(upstream_id=f"id-{number}", tokens=TOKENS, cost_usd=Decimal(usd))
            await ledger.settle(f"att_{number}", settled)


def _on(monkeypatch: Patch, day: datetime) -> None:
    monkeypatch.setattr("app.bootstrap.SystemClock", lambda: FixedClock(day))


def _against(part: dict[str, Any], what: str) -> tuple[Any, ...]:
    return tuple(part[f"{what}_{field}"] for field in ("model", "attempts", "cost_usd", "usd"))


@pytest.mark.usefixtures("_spent")
async def test_savings_compare_with_the_models_of_today(monkeypatch: Patch, capsys: Capture) -> None:
    """Each line, each service, and in all; what another upstream has cost is apart."""
    report = await asyncio.to_thread(run_json, monkeypatch, capsys, "savings")
    told, total = report["services"]["narrative_report"], report["total"]
    assert _against(told, "strong") == ("gpt-6.2-sol", 1, "0.0075", "0.007")
    assert _against(told, "replacement") == ("gpt-6-luna", 1, "0.0075", "0.00035")
    assert _against(total, "strong") == (None, 2, "0.00795", "0.0105")
    assert _against(total, "replacement") == ("gpt-6-luna", 2, "0.00795", "0.0007")
    assert Decimal(total["against_strong_percent"]).quantize(Decimal("0.01")) == Decimal("24.29")
    assert Decimal(total["against_replacement_percent"]).quantize(Decimal("0.01")) == Decimal("-1035.71")
    assert [(line["service"], line["model_id"], line["replacement_usd"]) for line in report["lines"]] == [
        ("narrative_report", "gpt-4o", "0.00035"),
        ("strategy_builder", "gpt-4o-mini", "0.00035"),
    ]
    assert report["upstream"] == "simulator"
    once = {"attempts": 1, "uncosted_attempts": 0, "cost_usd": "0.00045"}
    assert report["other_upstreams"] == [{"upstream": "openai", **once}, {"upstream": None, **once}]
    before = await asyncio.to_thread(run_json, monkeypatch, capsys, "savings", "--upstream", "unknown")
    assert (before["upstream"], before["total"]["attempts"]) == ("unknown", 1)


@pytest.mark.usefixtures("_spent")
async def test_savings_say_for_people_what_the_replacements_would_cost(monkeypatch: Patch, capsys: Capture) -> None:
    assert await asyncio.to_thread(run, monkeypatch, "savings") == 0
    shown = " ".join(capsys.readouterr().out.split())
    for piece in (
        "Cost at simulator against gpt-4, on the same tokens (USD)",
        "narrative_report default gpt-4o 0.007500 0.007500 0.0 % strong gpt-6.2-sol 0.007500 0.007000 -7.1 %",
        "replacement gpt-6-luna 0.007500 0.000350 -2042.9 %",
        "strong each its own 0.007950 0.010500 24.3 %",
        "What was spent is 11.4 times what the replacements of the defaults cost on the same tokens.",
        "Not in these figures: 0.000450 USD of openai (attempts: 1).",
        "Not in these figures: 0.000450 USD of an unknown upstream (attempts: 1).",
    ):
        assert piece in shown


@pytest.mark.usefixtures("ledger_file")
def test_what_nobody_compared_is_unknown_not_zero(monkeypatch: Patch, capsys: Capture) -> None:
    total = run_json(monkeypatch, capsys, "savings")["total"]
    for what in ("strong", "replacement"):
        assert _against(total, what) == (None, 0, None, None)
        assert total[f"against_{what}_percent"] is None


@pytest.mark.usefixtures("ledger_file")
@pytest.mark.parametrize("command", ["models", "models --service narrative_report", "usage", "savings"])
@pytest.mark.parametrize(("day", "named"), [(14, False), (15, True)])
def test_models_that_end_within_60_days_are_named(
    monkeypatch: Patch, capsys: Capture, command: str, day: int, *, named: bool
) -> None:
    """Also where nobody has used them yet; beside JSON on standard error."""
    _on(monkeypatch, datetime(2026, 11, day, tzinfo=UTC))
    assert run(monkeypatch, *command.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [sentence in lines for sentence in GONE_SOON] == [named, named]
    assert run(monkeypatch, *command.split(), "--json") == 0
    shown = capsys.readouterr()
    assert [sentence in shown.err.splitlines() for sentence in GONE_SOON] == [named, named]
    assert "shuts down" not in shown.out


@pytest.mark.usefixtures("_spent")
@pytest.mark.parametrize("command", ["usage", "savings"])
async def test_a_model_that_was_used_is_named_though_no_policy_has_it(
    monkeypatch: Patch, capsys: Capture, tmp_path: Any, command: str
) -> None:
    """gpt-4o-mini, where the builder's default is another one by now."""
    policies = load_settings().policies.read_text().replace("default_model: gpt-4o-mini", "default_model: gpt-6-luna")
    (tmp_path / "policies.yaml").write_text(policies)
    monkeypatch.setenv("TOLLGATE_POLICIES", str(tmp_path / "policies.yaml"))
    _on(monkeypatch, datetime(2026, 11, 30, tzinfo=UTC))
    assert await asyncio.to_thread(run, monkeypatch, command) == 0
    assert "gpt-4o-mini shuts down on 2027-01-14, in 45 days; use gpt-6-luna" in capsys.readouterr().out.splitlines()
