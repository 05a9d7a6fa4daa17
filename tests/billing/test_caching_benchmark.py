"""`make bench-caching`, small: what caching costs and saves on the simulator's bill; and the document's figures."""

import json
import re
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks import caching
from benchmarks.caching import MODELS, QUERIES
from benchmarks.caching_modes import Mode, Prompts, input_usd
from tests.fakes.gate import CATALOG_FILE

DAY = date(2026, 11, 30)
RECORDS = {model.model_id: model for model in CATALOG_FILE.models}


async def test_a_breakpoint_pays_from_the_second_request_on() -> None:
    """Explicit mode with a breakpoint is the cheapest by then; left alone, caching costs more than none."""
    told: list[None] = []
    found = await caching.measure(["gpt-6.1-terra"], 3, lambda: told.append(None))
    assert len(told) == 3 * len(Mode)
    for one in found:
        assert one.lane.input_usd == one.expected_input_usd
        assert one.lane.ledger_usd == one.lane.billed_usd > one.lane.input_usd
    inputs = {one.lane.mode: one.lane.inputs_usd for one in found}
    ours = inputs.pop(Mode.EXPLICIT_AND_BREAKPOINT)
    for others in inputs.values():
        assert sum(ours[:2]) < sum(others[:2])
        assert ours[1] < others[1]
        assert ours[2] < others[2]
    assert all(alone > none for alone, none in zip(inputs[Mode.IMPLICIT], inputs[Mode.NONE], strict=True))
    percent = {one.lane.mode: one.against_none_percent for one in found}
    assert percent[Mode.EXPLICIT_AND_BREAKPOINT] < percent[Mode.NONE] == 100 < percent[Mode.IMPLICIT]


@pytest.mark.parametrize(
    ("mode", "usd"),
    [
        (Mode.NONE, "0.005548"),
        (Mode.IMPLICIT, "0.0069335"),
        (Mode.IMPLICIT_AND_BREAKPOINT, "0.0041735"),
        (Mode.EXPLICIT_AND_BREAKPOINT, "0.003938"),
    ],
)
def test_the_arithmetic_is_that_of_the_worked_example(mode: Mode, usd: str) -> None:
    """Twice 2,774 tokens on gpt-6.1-terra, 2,300 of them constant, 3 that never enter a cache."""
    period = RECORDS["gpt-6.1-terra"].price_on(DAY)
    assert period is not None
    assert input_usd(mode, Prompts([2774, 2774], 2300, 3), period.standard) == Decimal(usd)


def test_the_figures_in_the_document_are_the_price_of_their_tokens() -> None:
    """Each model in each mode, by the catalogue."""
    text = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- printed by: make bench-caching -->\n(.*?)\n\n", text, re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert [row[:2] for row in rows] == [[model, mode.value] for model in MODELS for mode in Mode]
    for model, _, *counts, usd, _ in rows:
        plain, read, written = (int(count.replace(",", "")) for count in counts)
        period = RECORDS[model].price_on(DAY)
        assert period is not None
        rates = period.standard  # all together they are longer than a long context, each of them is not
        cost = (plain * rates.input + read * rates.reading + written * rates.writing) / 1_000_000
        assert f"{cost:.6f}" == usd


def test_every_query_is_another_one() -> None:
    assert len(set(QUERIES)) == len(QUERIES) == 100


def test_it_prints_a_table_or_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["caching", "--requests", "1", "--model", "gpt-6-luna"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--json"])
    caching.main()
    shown: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [one["mode"] for one in shown] == [mode.value for mode in Mode]
    monkeypatch.setattr(sys, "argv", arguments)
    caching.main()
    table = capsys.readouterr().out
    for one in shown:
        assert f"{one['input_uncached']:,}" in table
        assert f"{Decimal(one['billed_usd']):.6f}" in table
