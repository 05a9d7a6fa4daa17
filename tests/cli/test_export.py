"""`tollgate usage export`: every attempt in a file, exact, in order, whole or not at all."""

import asyncio
import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import build_container, running
from app.cli.export_formats import cells
from app.cli.main import main
from app.services.gen_ai.ledger.pages import pages_in_order
from app.services.gen_ai.ledger.port import UsageLedger, UsageQuery
from app.settings import load_settings
from app.vocabulary import AttemptStatus, Wire
from tests.fakes.rows import attempt, row, settlement

pytestmark = pytest.mark.usefixtures("ledger_file")

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
COLUMNS = [
    "attempt_id",
    "operation_id",
    "upstream_id",
    "status",
    "service",
    "caller",
    "requested_model_id",
    "model_id",
    "input_tokens",
    "output_tokens",
    "input_uncached",
    "input_cached",
    "cache_write",
    "output_visible",
    "output_reasoning",
    "cost_usd",
    "cost_low_usd",
    "cost_high_usd",
    "price_id",
    "service_tier",
    "streamed",
    "latency_ms",
    "opened_at",
    "settled_at",
    "upstream",
    "wire",
    "was_status",
    "was_cost_usd",
    "resolved_by",
    "resolved_at",
    "resolution_note",
    "cache_write_12h",
]
Fill = Callable[[UsageLedger], Any]


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tollgate", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def _fill(fill: Fill) -> None:
    async def work() -> None:
        async with running(build_container(load_settings())) as container:
            await fill(container.data.ledger())

    asyncio.run(work())


async def _three_kinds(ledger: UsageLedger) -> None:
    """In another order than their ids: a measured one, one of unknown cost, and one that its process left open."""
    await ledger.open(attempt("att_2", opened_at=NOON, upstream="llm.example.org", wire=Wire.RESPONSES))
    await ledger.settle("att_2", settlement(settled_at=NOON + timedelta(seconds=1), cost_usd=Decimal("0.000251250001")))
    later = NOON + timedelta(days=2, microseconds=7)
    await ledger.open(attempt("att_1", opened_at=later, caller_id='=HYPERLINK("x")', service="chatops_advanced"))
    unknown = settlement(
        status=AttemptStatus.UNKNOWN,
        settled_at=later,
        tokens=None,
        cost_usd=None,
        cost_low_usd=Decimal(0),
        cost_high_usd=Decimal("0.5"),
        price_id=None,
        upstream_id=None,
        service_tier=None,
    )
    await ledger.settle("att_1", unknown)
    await ledger.open(attempt("att_3", opened_at=later + timedelta(hours=1), streamed=True))


@pytest.fixture
def _filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.console.err._width", 200)
    _fill(_three_kinds)


def _export(monkeypatch: pytest.MonkeyPatch, kind: str, *arguments: str) -> Path:
    file = Path(f"out.{kind}")
    assert _run(monkeypatch, "usage", "export", "--format", kind, "--output", str(file), *arguments) == 0
    return file


def _read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.usefixtures("_filled")
def test_csv_reads_back(monkeypatch: pytest.MonkeyPatch) -> None:
    file = _export(monkeypatch, "csv")
    assert file.read_text().splitlines()[0] == ",".join(COLUMNS)
    measured, unknown, left_open = _read_csv(file)
    assert [line["attempt_id"] for line in (measured, unknown, left_open)] == ["att_2", "att_1", "att_3"]
    assert measured == {
        "attempt_id": "att_2",
        "operation_id": "op_1",
        "upstream_id": "chatcmpl-1",
        "status": "measured",
        "service": "strategy_builder",
        "caller": "alice",
        "requested_model_id": "",
        "model_id": "gpt-4o-mini",
        "input_tokens": "1000",
        "output_tokens": "200",
        "input_uncached": "700",
        "input_cached": "250",
        "cache_write": "50",
        "output_visible": "150",
        "output_reasoning": "50",
        "cost_usd": "0.000251250001",
        "cost_low_usd": "",
        "cost_high_usd": "",
        "price_id": "gpt-4o-mini@2024-07-18",
        "service_tier": "default",
        "streamed": "false",
        "latency_ms": "812.5",
        "opened_at": "2026-11-20T12:00:00.000000Z",
        "settled_at": "2026-11-20T12:00:01.000000Z",
        "upstream": "llm.example.org",
        "wire": "responses",
        **dict.fromkeys(("was_status", "was_cost_usd", "resolved_by", "resolved_at", "resolution_note"), ""),
        "cache_write_12h": "0",
    }
    assert unknown["caller"] == '\'=HYPERLINK("x")'
    assert (unknown["cost_usd"], unknown["cost_low_usd"], unknown["cost_high_usd"]) == ("", "0", "0.5")
    assert unknown["input_tokens"] == unknown["cache_write"] == ""
    assert (left_open["status"], left_open["latency_ms"], left_open["streamed"]) == ("unknown", "", "true")


@pytest.mark.usefixtures("_filled")
def test_json_lines_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.loads(line) for line in _export(monkeypatch, "jsonl").read_text().splitlines()]
    assert [list(line) for line in lines] == [COLUMNS] * 3
    measured, unknown, left_open = lines
    assert (measured["cost_usd"], measured["input_tokens"], measured["latency_ms"]) == ("0.000251250001", 1000, 812.5)
    assert (unknown["cost_usd"], unknown["input_tokens"], unknown["cost_low_usd"]) == (None, None, "0")
    assert unknown["caller"] == '=HYPERLINK("x")'
    assert unknown["opened_at"] == "2026-11-22T12:00:00.000007Z"
    assert (left_open["streamed"], left_open["latency_ms"]) == (True, None)


@pytest.mark.usefixtures("_filled")
def test_parquet_reads_back(monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: pip install 'tollgate[parquet]'")
    table = parquet.read_table(_export(monkeypatch, "parquet"))
    assert table.column_names == COLUMNS
    assert str(table.schema.field("cost_usd").type) == "decimal128(38, 12)"
    assert str(table.schema.field("opened_at").type) == "timestamp[us, tz=UTC]"
    measured, unknown, left_open = table.to_pylist()
    assert (measured["cost_usd"], measured["output_tokens"]) == (Decimal("0.000251250001"), 200)
    assert (unknown["cost_usd"], unknown["cost_low_usd"], unknown["input_tokens"]) == (None, Decimal(0), None)
    assert unknown["opened_at"] == NOON + timedelta(days=2, microseconds=7)
    assert (left_open["streamed"], left_open["latency_ms"]) == (True, None)


def test_an_open_attempt_has_no_outcome() -> None:
    values = dict(zip(COLUMNS, cells(row(None)), strict=True))
    assert values["status"] == "open"
    assert {name for name, value in values.items() if value is None} == {
        *COLUMNS[8:20],
        "upstream_id",
        "requested_model_id",
        "latency_ms",
        "settled_at",
        "upstream",
        *COLUMNS[-6:],
    }


def test_an_empty_ledger_is_a_file_without_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: pip install 'tollgate[parquet]'")
    assert _export(monkeypatch, "csv").read_text().splitlines() == [",".join(COLUMNS)]
    assert _export(monkeypatch, "jsonl").read_bytes() == b""
    assert parquet.read_table(_export(monkeypatch, "parquet")).num_rows == 0


def test_many_pages_come_in_the_order_of_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where many were opened in the same moment, and with days between."""
    count = 2345

    async def many(ledger: UsageLedger) -> None:
        for number in range(count):
            day = NOON - timedelta(days=30 * (number // 1000))
            await ledger.open(attempt(f"att_{number:05}", opened_at=day + timedelta(seconds=number // 7)))

    _fill(many)
    lines = _read_csv(_export(monkeypatch, "csv"))
    assert len({line["attempt_id"] for line in lines}) == len(lines) == count
    assert [line["opened_at"] for line in lines] == sorted(line["opened_at"] for line in lines)


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--from", "2026-11-21"), ["att_1", "att_3"]),
        (("--to", "2026-11-20"), ["att_2"]),
        (("--to", "2026-11-20T12:00Z"), []),
        (("--from", "2026-11-20T13:00:00+01:00", "--to", "2026-11-22"), ["att_2", "att_1", "att_3"]),
        (("--service", "chatops_advanced"), ["att_1"]),
    ],
)
def test_a_part_of_the_ledger(monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], found: list[str]) -> None:
    assert [line["attempt_id"] for line in _read_csv(_export(monkeypatch, "csv", *arguments))] == found


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--from", "yesterday"), "--from yesterday: give a day in UTC"),
        (("--to", "2026-11-20T12:00"), "with its zone"),
        (("--to", "9999-12-31"), "the calendar ends there"),
        (("--from", "2026-11-20", "--to", "2026-11-19"), "must lie before --to"),
        (("--output", "."), "it is a folder"),
        (("--output", "no/such/folder/x.csv"), "no/such/folder/x.csv: No such file"),
        (("--output", "/dev/null/x.csv"), "/dev/null/x.csv: Not a directory"),
        (("--format", "xlsx"), "xlsx"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], hint: str
) -> None:
    monkeypatch.setattr("app.cli.console.err._width", 200)
    start = ("usage", "export", "--format", "csv", "--output", "x.csv")
    assert _run(monkeypatch, *start, *arguments) == 2
    assert hint in capsys.readouterr().err
    assert not Path("x.csv").exists()


def test_without_pyarrow_parquet_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.cli.export_formats.find_spec", lambda _: None)
    assert _run(monkeypatch, "usage", "export", "--format", "parquet", "--output", "x.parquet") == 2
    assert "pip install 'tollgate[parquet]'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_interruption_leaves_no_half_file(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Nor does it harm the file that was there before."""
    before = Path(f"out.{kind}")
    before.write_text("the last export")

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.export.cells", interrupted)
    assert _run(monkeypatch, "usage", "export", "--format", kind, "--output", str(before)) == 130
    assert before.read_text() == "the last export"
    assert [path.name for path in Path().iterdir() if path.name.endswith(".part")] == []


async def test_a_row_that_comes_in_late_neither_doubles_nor_loses_another() -> None:
    """While a page was read, an attempt was written down that had been opened a moment before."""
    async with running(build_container(load_settings())) as container:
        ledger = container.data.ledger()
        for number in range(10):
            await ledger.open(attempt(f"att_{number}", opened_at=NOON + timedelta(seconds=number)))
        seen: list[str] = []
        async for rows in pages_in_order(ledger, UsageQuery(), now=NOON + timedelta(seconds=60), page=4):
            if not seen:
                await ledger.open(attempt("att_late", opened_at=NOON + timedelta(seconds=59)))
            seen += [row.attempt.attempt_id for row in rows]
    assert seen == [*(f"att_{number}" for number in range(10)), "att_late"]
