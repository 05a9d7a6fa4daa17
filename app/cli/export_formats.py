"""The ledger as a file: CSV (RFC 4180), JSON Lines and Parquet, with the same columns."""

import csv
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import orjson

from app.cli.console import usd
from app.errors import ConfigurationError
from app.services.gen_ai.ledger.port import AttemptRow, Resolved

Cell = str | int | float | bool | Decimal | datetime | None
"""None where a value is not known, never 0."""


class RowWriter(Protocol):
    """Writes rows into a new file, as a context manager."""

    def __init__(self, path: Path) -> None: ...
    def __enter__(self) -> Self: ...
    def write(self, rows: Sequence[Sequence[Cell]]) -> None: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Kind(StrEnum):
    TEXT = "text"
    COUNT = "count"
    USD = "usd"
    FLAG = "flag"
    NUMBER = "number"
    MOMENT = "moment"


COLUMNS: dict[str, Kind] = {
    "attempt_id": Kind.TEXT,
    "operation_id": Kind.TEXT,
    "upstream_id": Kind.TEXT,
    "status": Kind.TEXT,
    "service": Kind.TEXT,
    "caller": Kind.TEXT,
    "requested_model_id": Kind.TEXT,
    "model_id": Kind.TEXT,
    "input_tokens": Kind.COUNT,
    "output_tokens": Kind.COUNT,
    "input_uncached": Kind.COUNT,
    "input_cached": Kind.COUNT,
    "cache_write": Kind.COUNT,
    "output_visible": Kind.COUNT,
    "output_reasoning": Kind.COUNT,
    "cost_usd": Kind.USD,
    "cost_low_usd": Kind.USD,
    "cost_high_usd": Kind.USD,
    "price_id": Kind.TEXT,
    "service_tier": Kind.TEXT,
    "streamed": Kind.FLAG,
    "latency_ms": Kind.NUMBER,
    "opened_at": Kind.MOMENT,
    "settled_at": Kind.MOMENT,
    "upstream": Kind.TEXT,
    "wire": Kind.TEXT,
    "was_status": Kind.TEXT,
    "was_cost_usd": Kind.USD,
    "resolved_by": Kind.TEXT,
    "resolved_at": Kind.MOMENT,
    "resolution_note": Kind.TEXT,
    "cache_write_12h": Kind.COUNT,
}

_OUTCOME = (
    "upstream_id",
    "cost_usd",
    "cost_low_usd",
    "cost_high_usd",
    "price_id",
    "service_tier",
    "latency_ms",
    "settled_at",
)
_TOKENS = (
    "input_tokens",
    "output_tokens",
    "input_uncached",
    "input_cached",
    "cache_write",
    "output_visible",
    "output_reasoning",
    "cache_write_12h",
)


def cells(row: AttemptRow) -> list[Cell]:
    """The values of a row, in the order of the columns."""
    attempt, settlement = row.attempt, row.settlement
    values: dict[str, Cell] = {
        "attempt_id": attempt.attempt_id,
        "operation_id": attempt.operation_id,
        "status": row.status.value,
        "service": attempt.service,
        "caller": attempt.caller_id,
        "requested_model_id": attempt.requested_model_id,
        "model_id": attempt.model_id,
        "streamed": attempt.streamed,
        "opened_at": attempt.opened_at,
        "upstream": attempt.upstream,
        "wire": attempt.wire.value,
    }
    values |= {name: getattr(settlement, name, None) for name in _OUTCOME}
    tokens = settlement.tokens if settlement else None
    values |= {name: getattr(tokens, name, None) for name in _TOKENS}
    values |= _trace(row.resolved)
    return [values[name] for name in COLUMNS]


def _trace(resolved: Resolved | None) -> dict[str, Cell]:
    """What somebody found out afterwards; empty cells where nobody had to."""
    resolution = resolved.resolution if resolved else None
    return {
        "was_status": resolved.was_status.value if resolved else None,
        "was_cost_usd": resolved.was_cost_usd if resolved else None,
        "resolved_by": resolution.resolved_by if resolution else None,
        "resolved_at": resolution.resolved_at if resolution else None,
        "resolution_note": resolution.note if resolution else None,
    }


def moment(value: datetime) -> str:
    """ISO 8601 in UTC with microseconds: 2026-11-23T12:00:00.000000Z; texts sort as the times do."""
    return value.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("x", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file)

    def __enter__(self) -> Self:
        self._csv.writerow(COLUMNS)
        return self

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        self._csv.writerows([_text(cell) for cell in row] for row in rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            # A spreadsheet would run it as a formula (https://owasp.org/www-community/attacks/CSV_Injection).
            return f"'{cell}" if cell.startswith(_FORMULA) else cell
        case bool():
            return "true" if cell else "false"
        case Decimal():
            return usd(cell)
        case datetime():
            return moment(cell)
        case _:
            return str(cell)


class JsonLinesWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")

    def __enter__(self) -> Self:
        return self

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            line = dict(zip(COLUMNS, map(_plain, row), strict=True))
            self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _plain(cell: Cell) -> str | float | bool | None:
    if isinstance(cell, Decimal):
        return usd(cell)
    return moment(cell) if isinstance(cell, datetime) else cell


_PICODOLLAR_DIGITS = 12
_DECIMAL128_DIGITS = 38


def require_pyarrow() -> None:
    """Checks that Parquet can be written, before anything is done.

    Raises:
        ConfigurationError: the extra is not installed; the message says how to install it.
    """
    if find_spec("pyarrow") is None:
        raise ConfigurationError(
            "--format parquet needs pyarrow, which is not installed; run: pip install 'tollgate[parquet]' "
            "(in a checkout: .venv/bin/pip install --editable '.[parquet]'), or choose csv or jsonl"
        )


class ParquetWriter:
    """Each page becomes a row group."""

    def __init__(self, path: Path) -> None:
        # Imported here, as it takes a quarter of a second and most commands do without it.
        self._arrow: Any = import_module("pyarrow")
        self._schema = self._arrow.schema([(name, self._type(kind)) for name, kind in COLUMNS.items()])
        self._file: Any = import_module("pyarrow.parquet").ParquetWriter(path, self._schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [
            self._arrow.array(column, type=field.type) for column, field in zip(columns, self._schema, strict=True)
        ]
        self._file.write_batch(self._arrow.record_batch(arrays, schema=self._schema))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _type(self, kind: Kind) -> Any:  # noqa: ANN401  pyarrow has no types of its own
        types = {
            Kind.TEXT: self._arrow.string(),
            Kind.COUNT: self._arrow.int64(),
            Kind.USD: self._arrow.decimal128(_DECIMAL128_DIGITS, _PICODOLLAR_DIGITS),
            Kind.FLAG: self._arrow.bool_(),
            Kind.NUMBER: self._arrow.float64(),
            Kind.MOMENT: self._arrow.timestamp("us", tz="UTC"),
        }
        return types[kind]
