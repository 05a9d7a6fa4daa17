"""`tollgate price`: any usage object, line by line; what cannot be priced ends with a sentence and exit code 2."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import main

ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "model": "gpt-6-luna",
    "service_tier": "flex",
    "usage": {
        "prompt_tokens": 272_001,
        "completion_tokens": 700,
        "total_tokens": 272_701,
        "prompt_tokens_details": {"cached_tokens": 1_024, "cache_write_tokens": 1_000},
        "completion_tokens_details": {"reasoning_tokens": 448},
    },
}
AUDIO = {"prompt_tokens": 9, "completion_tokens": 8, "completion_tokens_details": {"audio_tokens": 7}}
ZERO = {"prompt_tokens": 0, "completion_tokens": 0}
SMALL = {"prompt_tokens": 1_000, "completion_tokens": 100}


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)
    monkeypatch.setattr("app.cli.console.err._width", 200)


class Shell:
    """Runs `tollgate price` with a file, and shows what came out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.file = folder / "answer.json"

    def put(self, content: object) -> None:
        self.file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

    def type_in(self, content: object) -> None:
        typed = io.TextIOWrapper(io.BytesIO(json.dumps(content).encode()))
        self._monkeypatch.setattr("sys.stdin", typed)

    def run(self, *arguments: str, usage: str | None = None) -> tuple[int, str, str]:
        """The exit code, what was printed, and what was complained about."""
        self._monkeypatch.setattr("sys.argv", ["tollgate", "price", "--usage", usage or str(self.file), *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
        printed = self._capsys.readouterr()
        return int(exit_.value.code or 0), printed.out, printed.err

    def json(self, *arguments: str, usage: str | None = None) -> dict[str, Any]:
        code, printed, complaint = self.run(*arguments, "--json", usage=usage)
        assert code == 0, complaint
        found: dict[str, Any] = json.loads(printed)
        return found

    def complaint(self, *arguments: str, usage: str | None = None) -> str:
        code, printed, complaint = self.run(*arguments, usage=usage)
        assert (code, printed) == (2, "")
        assert "Traceback" not in complaint
        return complaint


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    return Shell(monkeypatch, capsys, tmp_path)


def test_a_whole_answer_is_priced_with_its_own_model_and_tier(shell: Shell) -> None:
    """The table shows the arithmetic, the price period, what made it dearer or cheaper, and where the price is from."""
    shell.put(ANSWER)
    code, printed, _ = shell.run()
    assert code == 0
    # 269,977 x 0.1 + 1,024 x 0.01 + 1,000 x 0.125 + 700 x 0.375, per million: input x 2 x 0.5, output x 1.5 x 0.5
    for piece in (
        "269,977", "0.0269977", "0.00001024", "0.000125", "0.0000945", "0.000168", "272,701", "0.02739544",
        "gpt-6-luna@2026-09-22: valid from 2026-09-22",
        "Service tier: flex, its own rates",
        "above 272,000 input tokens: applied (input x 2, output x 1.5 for the whole request)",
        "https://developers.openai.com/api/docs/guides/data-residency",
            "https://developers.openai.com/api/docs/models/gpt-6-luna",
    ):  # fmt: skip
        assert piece in printed


def test_json_has_everything_exactly(shell: Shell) -> None:
    """Amounts and rates are exact strings, tokens are numbers."""
    shell.type_in(ANSWER)
    found = shell.json("--at", "2026-11-23", usage="-")
    assert found == {
        "model_id": "gpt-6-luna",
        "answered_as": "gpt-6-luna",
        "buckets": {
            "input_uncached": 269_977,
            "input_cached": 1_024,
            "cache_write": 1_000,
            "output_visible": 252,
            "output_reasoning": 448,
            "cache_write_12h": 0,
        },
        "rates": {
            "input_uncached": "0.1",
            "input_cached": "0.01",
            "cache_write": "0.125",
            "output_visible": "0.375",
            "output_reasoning": "0.375",
        },
        "lines_usd": {
            "input_uncached": "0.0269977",
            "input_cached": "0.00001024",
            "cache_write": "0.000125",
            "output_visible": "0.0000945",
            "output_reasoning": "0.000168",
        },
        "cost_usd": "0.02739544",
        "price_id": "gpt-6-luna@2026-09-22",
        "priced_on": "2026-11-23",
        "valid_from": "2026-09-22",
        "service_tier": "flex",
        "window": None,
        "tier_applied": True,
        "long_context": True,
        "regional_factor": None,
        "sources": [
            "https://developers.openai.com/api/docs/models/gpt-6-luna",
            "https://developers.openai.com/api/docs/pricing",
            "https://developers.openai.com/api/docs/guides/data-residency",
        ],
    }


def test_what_is_given_wins_over_what_the_answer_says(shell: Shell) -> None:
    """--model and --service-tier ask: what would it have cost there?"""
    shell.put(ANSWER)
    found = shell.json("--model", "gpt-6.1-sol", "--service-tier", "default")
    assert (found["model_id"], found["service_tier"], found["tier_applied"]) == ("gpt-6.1-sol", "default", False)
    # (269,977 x 4 + 1,024 x 0.2 + 1,000 x 5 + 700 x 15) / 1,000,000
    assert found["cost_usd"] == "1.0956128"


def test_a_window_is_priced_as_it_was_asked_for(shell: Shell) -> None:
    """The answer names the standard tier. gpt-6.1-terra, 8h: (1,000 x 0.60 + 100 x 3.00) per million."""
    shell.put({"model": "gpt-6.1-terra", "service_tier": "default", "usage": SMALL})
    assert shell.json("--at", "2026-11-30")["cost_usd"] == "0.0015"
    found = shell.json("--at", "2026-11-30", "--window", "8h")
    assert (found["cost_usd"], found["window"], found["tier_applied"]) == ("0.0009", "8h", True)
    _, printed, _ = shell.run("--at", "2026-11-30", "--window", "2h")
    assert "Background window: 2h, its own rates" in printed


def test_a_catalogue_of_ones_own_is_used(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model that is free, one of which nobody knows the price, and one that has no rate for twelve hours."""
    own = tmp_path / "own.yaml"
    own.write_text(
        "extends: delivered\nmodels:\n"
        "  - {model_id: mine, tier: MINI, context_window: 9000, prices: free}\n"
        "  - {model_id: theirs, tier: MINI, context_window: 9000}\n"
        "  - {model_id: written, tier: MINI, context_window: 9000, sources: ['https://example.com'],\n"
        "     prices: [{valid_from: 2026-01-01, standard: {input: 1, cache_write: 2, output: 3}}]}\n"
    )
    monkeypatch.setenv("TOLLGATE_CATALOG", str(own))
    shell.put(SMALL)
    assert shell.json("--model", "mine")["cost_usd"] == "0"
    assert "theirs has no price on " in shell.complaint("--model", "theirs")
    details = {"cache_write_tokens_details": {"ttl_12h_tokens": 5}}
    shell.put({"input_tokens": 10, "output_tokens": 1, "input_tokens_details": details})
    assert "no known price for what is written into a cache for 12 hours" in shell.complaint("--model", "written")


def test_what_was_written_for_twelve_hours_has_a_line_of_its_own(shell: Shell) -> None:
    details = {"cache_write_tokens": 900, "cache_write_tokens_details": {"ttl_30m_tokens": 400, "ttl_12h_tokens": 500}}
    usage = {"input_tokens": 1_000, "output_tokens": 0, "input_tokens_details": details}
    shell.put({"model": "gpt-6.2-sol", "usage": usage})
    found = shell.json("--at", "2026-11-30")
    assert (found["lines_usd"]["cache_write"], found["lines_usd"]["cache_write_12h"]) == ("0.001", "0.0025")
    assert found["cost_usd"] == "0.0037"
    _, printed, _ = shell.run("--at", "2026-11-30")
    assert "Cache write, 12 hours" in printed


def test_a_usage_object_needs_its_model(shell: Shell) -> None:
    """A bare usage object names none; a snapshot is as good as a model's id."""
    shell.put(SMALL)
    assert "say which one answered: --model MODEL" in shell.complaint()
    found = shell.json("--model", "gpt-4o-mini-2024-07-18")
    assert (found["model_id"], found["answered_as"]) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert found["cost_usd"] == "0.00021"
    assert found["service_tier"] is None
    _, printed, _ = shell.run("--model", "gpt-4o-mini")
    assert "none named, standard rates" in printed
    assert "Long-context" not in printed


def test_regional_processing_is_what_the_settings_say(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same factor as in the ledger, and it is named."""
    monkeypatch.setenv("TOLLGATE_REGIONAL_PROCESSING", "true")
    shell.put(SMALL)
    found = shell.json("--model", "gpt-6-luna")
    assert (found["cost_usd"], found["regional_factor"]) == ("0.000165", "1.1")
    _, printed, _ = shell.run("--model", "gpt-6-luna")
    assert "Regional processing: x 1.1" in printed
    assert "not reached" in printed


def test_a_moment_is_turned_into_its_day_in_utc(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Midnight UTC decides, whatever the zone says; the period that ended says until when it held."""
    catalog = Path(__file__).parents[1] / "billing" / "catalogs" / "price_change.yaml"
    policies = shell.file.parent / "policies.yaml"
    policies.write_text(
        "services: [{service_name: talk, allowed_tiers: [MINI], default_model: pebble-1, "
        "required_capabilities: [CHAT]}]\n"
    )
    monkeypatch.setenv("TOLLGATE_CATALOG", str(catalog))
    monkeypatch.setenv("TOLLGATE_POLICIES", str(policies))
    monkeypatch.setenv("TOLLGATE_BASELINE_MODEL", "pebble-1")
    shell.put(SMALL)
    for at, price_id in (
        ("2026-07-29", "pebble-1@2026-01-01"),
        ("2026-07-30", "pebble-1@2026-07-30"),
        ("2026-07-30T01:59:59+02:00", "pebble-1@2026-01-01"),
        ("2026-07-29T17:00:00-07:00", "pebble-1@2026-07-30"),
        ("2026-07-30T00:00:00Z", "pebble-1@2026-07-30"),
    ):
        assert shell.json("--model", "pebble-1", "--at", at)["price_id"] == price_id
    _, printed, _ = shell.run("--model", "pebble-1", "--at", "2026-07-29")
    assert "valid from 2026-01-01 00:00 UTC until 2026-07-30 00:00 UTC" in printed


def test_no_database_is_opened(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that could not be opened."""
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", "sqlite+aiosqlite:////proc/nowhere/tollgate.db")
    shell.put(SMALL)
    assert shell.json("--model", "gpt-4")["cost_usd"] == "0.036"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--model", "gpt-99"), "Model gpt-99 is not in the catalogue, so what it costs is unknown; known: gpt-6-luna"),
        (("--model", "gpt-4o-2024-05-13"), "gpt-4o-2024-11-20"),
        (("--model", "gpt-4o", "--service-tier", "flex"), "known tiers: default, batch, priority"),
        (("--model", "gpt-4o", "--service-tier", "gold"), "no known price for the tier 'gold'"),
        (("--model", "gpt-6-luna", "--at", "2026-09-21"), "its first price holds from 2026-09-22"),
        (("--model", "gpt-6.2-sol", "--service-tier", "flex"), "known tiers: default, batch, priority, ultrafast\n"),
        (("--model", "gpt-6.2-sol", "--window", "5h"), "--window 5h: there is no such window; give one of 2h, 8h"),
        (("--model", "gpt-6-luna", "--window", "2h"), "no known price for the window 2h on 2026-11-30; it has none"),
        (("--model", "gpt-6.2-sol", "--service-tier", "fast", "--window", "2h"), "of the standard tier: 2h, 8h"),
        (("--model", "gpt-4o", "--at", "yesterday"), "--at yesterday: give a day in UTC"),
        (("--model", "gpt-4o", "--at", "2026-11-23T12:00"), "a moment needs its zone"),
        (("--model", "gpt-4o", "--at", "0001-01-01T00:00+14:00"), "give a day in UTC"),
    ],
)
def test_what_has_no_price_says_what_is_known(shell: Shell, arguments: tuple[str, ...], hint: str) -> None:
    """A sentence and exit code 2, never a guess."""
    shell.put(SMALL)
    assert hint in shell.complaint(*arguments)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ([1, 2], "JSON, but not an object"),
        ({"model": "gpt-4o", "usage": None}, "its member `usage` is null"),
        ({"usage": [7]}, "its member `usage` is [7]"),
        ({"usage": ["\ud83d"]}, "its member `usage` is"),
        ({"choices": []}, "what this usage costs is unknown: prompt_tokens is None"),
        (AUDIO, "what this usage costs is unknown: 7 audio tokens, for which the catalogue has no rate"),
        ({"choices": [{"message": {"content": "Hi."}}], "usage": ZERO}, "its cost is unknown: it is a placeholder"),
        ({**SMALL, "total_tokens": 7}, "total_tokens is 7, but 1000 + 100 were reported"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(shell: Shell, content: object, hint: str) -> None:
    """So that a script that prices a thousand files says which one is broken."""
    shell.put(content)
    complaint = shell.complaint("--model", "gpt-4o")
    assert str(shell.file) in complaint.replace("\n", "")
    assert hint in complaint


def test_a_file_that_cannot_be_read_is_named_with_the_reason(shell: Shell) -> None:
    """Missing, a folder, or no possible name."""
    assert "No such file or directory" in shell.complaint("--model", "gpt-4o")
    assert "Is a directory" in shell.complaint("--model", "gpt-4o", usage="/")
    assert "null" in shell.complaint("--model", "gpt-4o", usage="a\0b")
