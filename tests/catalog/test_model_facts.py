"""The extract of facts: how it is made of what packages and pages say, and that the committed one was made so."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigurationError
from benchmarks import catalog_packages
from benchmarks.model_facts import EXTRACT, as_text, extract, read_pages
from tests.tables import each_line

COMMITTED: dict[str, Any] = json.loads(EXTRACT.read_text(encoding="utf-8"))
PAGES = """
pages: {P: https://example.com, Q: https://example.org}
families:
  f:
    efforts: {is: [none, low, max], from: [P]}
    chat_efforts: {is: [none, low], from: [P]}
    chat_tools: {is: [none], from: [Q]}
    default_effort: {is: low, from: [P]}
models:
  m:
    family: f
    released: {is: 2026-09-22, from: [P, Q]}
    max_output_tokens: {is: 8192, from: [P]}
    rates:
      from: [Q]
      default: {input: 2, output: 10}
      above_272000: {input_factor: 2, output_factor: 1.5}
      tiers: {priority: 2}
    unsettled: ["said by hand"]
"""


def _made(tmp_path: Path, litellm: dict[str, Any], genai: dict[str, Any] | None = None) -> dict[str, Any]:
    file = tmp_path / "pages.yaml"
    file.write_text(PAGES)
    said = {"versions": {}, "litellm": {"m": litellm}, "genai-prices": {"m": genai} if genai else {}, "openai": []}
    made: dict[str, Any] = extract(said, read_pages(file), date(2026, 11, 30))["models"]["m"]
    return made


def test_a_page_goes_before_a_package_and_the_extract_says_so(tmp_path: Path) -> None:
    made = _made(tmp_path, {"max_output_tokens": 4096, "efforts": ["none", "low", "max"], "context_window": 9})
    assert made["max_output_tokens"] == 8192
    assert made["unsettled"] == ["said by hand", "max_output_tokens: litellm says 4096; taken: 8192 (P)"]
    assert made["sources"]["efforts"] == "P + litellm"
    assert (made["context_window"], made["sources"]["context_window"]) == (9, "litellm")
    assert (made["released"], made["sources"]["released"]) == ("2026-09-22", "P + Q")


def test_a_wire_offers_the_efforts_that_its_pages_leave_of_the_models(tmp_path: Path) -> None:
    made = _made(tmp_path, {})
    assert made["chat_completions"] == {"efforts": ["none", "low"], "tools": ["none"], "sampling": ["none", "low"]}
    assert made["responses"]["efforts"] == ["none", "low", "max"]


def test_rates_of_pages_are_spelled_out_by_their_factors(tmp_path: Path) -> None:
    rates = _made(tmp_path, {})["rates"]["pages"]
    assert rates["default"] == {"input": "2", "output": "10", "above_272000": {"input": "4", "output": "15"}}
    assert rates["priority"] == {"input": "4", "output": "20", "above_272000": {"input": "8", "output": "30"}}


@each_line(
    ("litellm", "caching"),
    [
        ({"caching": "breakpoints", "rates": {"default": {"cached_input": "1"}}}, "breakpoints"),
        ({"rates": {"default": {"input": "2", "cached_input": "1"}}}, "automatic"),
        ({"rates": {"default": {"input": "2"}}}, "none"),
    ],
)
def test_what_is_cached_costs_something_else(tmp_path: Path, litellm: dict[str, Any], caching: str) -> None:
    assert _made(tmp_path, litellm)["caching"] == caching


def test_a_source_that_is_not_among_the_pages_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pages.yaml"
    file.write_text(PAGES.replace("from: [Q]", "from: [R]", 1))
    with pytest.raises(ConfigurationError, match="R: no such key among `pages`"):
        read_pages(file)


def test_litellms_keys_are_rates_by_tier_and_length_and_exact() -> None:
    entry = {
        "input_cost_per_token": Decimal("1.25e-07"),
        "input_cost_per_token_above_272k_tokens_priority": Decimal("5e-07"),
        "cache_creation_input_token_cost_above_12hr_above_272k_tokens_batches": Decimal("2.5e-07"),
        "cache_read_input_token_cost_flex": Decimal("5e-09"),
        "output_cost_per_token_ultrafast": Decimal(0),
        "output_cost_per_token_decisions": Decimal(7),
        "input_cost_per_image": Decimal(7),
        "output_cost_per_token_flex": None,
    }
    assert catalog_packages._litellm_rates(entry) == {
        "default": {"input": "0.125"},
        "priority": {"above_272000": {"input": "0.5"}},
        "batch": {"above_272000": {"cache_write_12h": "0.25"}},
        "flex": {"cached_input": "0.005"},
        "ultrafast": {"output": "0"},
    }


def test_the_committed_extract_has_every_fact_that_was_written_by_hand() -> None:
    """Who changes a page's fact renews the extract, and nobody edits it by hand."""
    pages = read_pages()
    assert COMMITTED["pages"] == pages.pages
    assert list(COMMITTED["models"]) == list(pages.models)
    for name, entry in pages.models.items():
        made = COMMITTED["models"][name]
        by_hand = pages.families[entry.family] | entry.__pydantic_extra__
        for fact in by_hand.keys() & made.keys():
            said = by_hand[fact].is_
            assert made[fact] == (said.isoformat() if isinstance(said, date) else said), (name, fact)
        if entry.rates is not None:
            assert made["rates"]["pages"] == json.loads(json.dumps(entry.rates.spelled_out()))
        assert made["unsettled"][: len(entry.unsettled)] == list(entry.unsettled)
        assert made["sources"].keys() >= by_hand.keys() - {"embedding"}
    assert as_text(COMMITTED) == EXTRACT.read_text(encoding="utf-8")
