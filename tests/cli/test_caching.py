"""What `tollgate usage`, `savings` and the endpoint say of caching: from the ledger, at real prices."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.bootstrap import build_container, running
from app.clock import FixedClock
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage
from app.settings import load_settings
from containers import Container
from tests.fakes.command_line import run, run_json
from tests.fakes.rows import attempt, settlement

Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROWS = (
    # A prefix of 2,300 tokens, written once and read twice: 474 others each time.
    ("strategy_builder", "gpt-6.1-terra", -180 * MINUTE, TokenUsage(474, 0, 2300, 200, 0), "simulator"),
    ("strategy_builder", "gpt-6.1-terra", -170 * MINUTE, TokenUsage(474, 2300, 0, 200, 0), "simulator"),
    ("strategy_builder", "gpt-6.1-terra", -150 * MINUTE, TokenUsage(474, 2300, 0, 200, 0), "simulator"),
    # Whole prompts, written and never read; the last one may still be.
    ("narrative_report", "gpt-6.2-sol", -120 * MINUTE, TokenUsage(3, 0, 2771, 500, 0), "simulator"),
    ("narrative_report", "gpt-6.2-sol", -60 * MINUTE, TokenUsage(3, 0, 2771, 500, 0), "simulator"),
    ("narrative_report", "gpt-6.2-sol", -5 * MINUTE, TokenUsage(3, 0, 2771, 500, 0), "simulator"),
    # For twelve hours: a rate of its own.
    ("chatops_advanced", "gpt-6.2-sol", -780 * MINUTE, TokenUsage(10, 0, 0, 50, 0, 1500), "simulator"),
    # Of another upstream: in no sum with those.
    ("strategy_builder", "gpt-6.1-terra", -178 * MINUTE, TokenUsage(474, 0, 9999, 200, 0), "openai"),
)
BUILDER = Decimal("0.00437") - Decimal("0.000575")
"""4,600 x (1.00 - 0.05) less 2,300 x (1.25 - 1.00), per million."""
REPORTS = Decimal("-0.0041565")
"""3 x 2,771 x (2.50 - 2.00) per million, a loss."""
CHATS = Decimal("-0.0045")
"""1,500 x (5.00 - 2.00) per million."""


@pytest.fixture
async def _cached(ledger_file: None, monkeypatch: Patch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)
    monkeypatch.setattr("app.bootstrap.SystemClock", lambda: FixedClock(NOW))
    async with running(build_container(load_settings())) as container:
        await _fill(container)


async def _fill(container: Container) -> None:
    ledger, catalog = container.data.ledger(), container.rules.catalog()
    for number, (service, model_id, at, tokens, upstream) in enumerate(ROWS):
        cost = price_usage(tokens, catalog.record(model_id), date(2026, 11, 30))
        assert cost is not None
        name = f"att_{number}"
        opened = attempt(name, service=service, model_id=model_id, upstream=upstream, opened_at=NOW + at)
        await ledger.open(opened)
        settled = settlement(
            upstream_id=name,
            tokens=tokens,
            cost_usd=cost.usd,
            price_id=cost.price_id,
            cache_read_saved_usd=cost.read_saved_usd,
            cache_write_extra_usd=cost.write_extra_usd,
        )
        await ledger.settle(name, settled)


def _check(groups: dict[str, dict[str, Any]]) -> None:
    """What each service read, wrote (for twelve hours), saved, wrote for nothing, and what that cost."""
    fields = ("cached_input_tokens", "cache_write_tokens", "cache_write_12h_tokens", "cache_unread_tokens")
    counts = {key: tuple(group[field] for field in fields) for key, group in groups.items()}
    assert counts == {
        "strategy_builder": (4600, 2300, 0, 0),
        "narrative_report": (0, 3 * 2771, 0, 2 * 2771),
        "chatops_advanced": (0, 1500, 1500, 1500),
    }
    usd = {
        key: (Decimal(group["cache_saved_usd"]), Decimal(group["cache_unread_usd"])) for key, group in groups.items()
    }
    assert usd == {
        "strategy_builder": (BUILDER, 0),
        "narrative_report": (REPORTS, -REPORTS * 2 / 3),
        "chatops_advanced": (CHATS, -CHATS),
    }
    assert {group["cache_unpriced_attempts"] for group in groups.values()} == {0}


@pytest.mark.usefixtures("_cached")
async def test_usage_and_savings_say_what_caching_saved(monkeypatch: Patch, capsys: Capture) -> None:
    """Each service apart; what another upstream wrote is in none of them."""
    usage = await asyncio.to_thread(run_json, monkeypatch, capsys, "usage")
    _check({group["key"]: group for group in usage["groups"]})
    (other,) = usage["other_upstreams"]
    assert (other["upstream"], other["cache_write_tokens"]) == ("openai", 9999)
    savings = await asyncio.to_thread(run_json, monkeypatch, capsys, "savings")
    _check(savings["caching"])


@pytest.mark.usefixtures("_cached")
@pytest.mark.parametrize("command", ["usage", "savings"])
async def test_the_table_for_people_is_that_of_the_document(monkeypatch: Patch, capsys: Capture, command: str) -> None:
    """And a loss is called one."""
    text = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"<!-- shown: what caching did -->\n```\n(.*?)```", text, re.DOTALL)
    assert await asyncio.to_thread(run, monkeypatch, command) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for line in example.splitlines():
        assert line.split() in lines


@pytest.mark.usefixtures("ledger_file")
def test_without_a_cache_there_is_no_table_of_it(monkeypatch: Patch, capsys: Capture) -> None:
    assert run(monkeypatch, "usage") == 0
    assert "Caching" not in capsys.readouterr().out


API = "/api/v1/gen-ai"


async def test_the_api_says_the_same(http: httpx2.AsyncClient, container: Container, clock: FixedClock) -> None:
    clock.move_to(NOW)
    await _fill(container)
    summary = (await http.get(f"{API}/usage/summary")).json()
    _check({group["key"]: group for group in summary["groups"]})
    rows = (await http.get(f"{API}/usage")).json()["usage"]
    assert sum(Decimal(row["cache_saved_usd"]) for row in rows if row["service"] == "narrative_report") == REPORTS


async def test_what_calls_really_read_and_wrote_is_in_the_summary(http: httpx2.AsyncClient) -> None:
    """The builder's instructions are written with the first request, and read with the second."""
    for days in (14, 10):
        words = f"Buy when RSI({days}) is below 30 and sell when it is above 70"
        response = await http.post(f"{API}/strategy-builder", json={"query": words, "model_id": "gpt-6.1-terra"})
        assert response.status_code == 200, response.text
    (group,) = (await http.get(f"{API}/usage/summary")).json()["groups"]
    prefix = group["cached_input_tokens"]
    assert group["cache_write_tokens"] == prefix > 1024
    # 0.95 saved by each token that was read, 0.25 more for each that was written, per million.
    assert Decimal(group["cache_saved_usd"]) == prefix * Decimal("0.70") / 1_000_000
    assert (group["cache_unread_tokens"], group["cache_unread_usd"]) == (0, "0")


async def test_what_nobody_knows_is_null_and_never_zero(
    http: httpx2.AsyncClient, container: Container, clock: FixedClock
) -> None:
    """A row of a version that did not write it down, or without a price: its tokens are known, what it saved is not."""
    clock.move_to(NOW)
    ledger = container.data.ledger()
    await ledger.open(attempt(upstream="simulator", opened_at=NOW - timedelta(hours=1)))
    await ledger.settle("att_1", settlement())
    (group,) = (await http.get(f"{API}/usage/summary")).json()["groups"]
    assert (group["cache_write_tokens"], group["cache_unread_tokens"], group["cache_unpriced_attempts"]) == (50, 50, 1)
    assert (group["cache_saved_usd"], group["cache_unread_usd"]) == (None, None)
