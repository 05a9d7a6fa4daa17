"""The columns of an export, in their order, and a ledger row as their values."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from app.services.gen_ai.ledger.port import AttemptRow

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
    }
    values |= {name: getattr(settlement, name, None) for name in _OUTCOME}
    tokens = settlement.tokens if settlement else None
    values |= {name: getattr(tokens, name, None) for name in _TOKENS}
    return [values[name] for name in COLUMNS]


def moment(value: datetime) -> str:
    """ISO 8601 in UTC with microseconds: 2026-11-23T12:00:00.000000Z; texts sort as the times do."""
    return value.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
