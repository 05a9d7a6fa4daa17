"""The statements that write the ledger, made once: building one for each call costs more than the database does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import Dialect, bindparam, insert, update
from sqlalchemy.sql.expression import Insert, Update

from app.services.gen_ai.core.ledger import Attempt, AttemptStatus, Settlement
from app.services.gen_ai.core.pricing import TokenUsage
from app.storage.tables import attempts

BUCKETS = tuple(field.name for field in fields(TokenUsage))
ATTEMPT = tuple(field.name for field in fields(Attempt))
OUTCOME = tuple(field.name for field in fields(Settlement) if field.name not in {"status", "tokens"})

OPEN = insert(attempts).values({name: bindparam(name) for name in (*ATTEMPT, "process_id", "opened_on", "status")})
SETTLE = (
    update(attempts)
    .where(attempts.c.attempt_id == bindparam("settled_attempt"), attempts.c.status == bindparam("open_status"))
    .values({name: bindparam(name) for name in (*OUTCOME, *BUCKETS, "status")})
)
ABANDON = (
    update(attempts)
    .where(attempts.c.process_id == bindparam("dead_process"), attempts.c.status == bindparam("open_status"))
    .values(
        status=bindparam("status"),
        settled_at=bindparam("settled_at"),
        error=bindparam("error"),
        cost_low_usd=bindparam("cost_low_usd"),
        cost_high_usd=attempts.c.worst_usd,
    )
)


def open_values(attempt: Attempt, process_id: str) -> dict[str, Any]:
    values = {name: getattr(attempt, name) for name in ATTEMPT}
    opened_on = attempt.opened_at.astimezone(UTC).date()
    return values | {"process_id": process_id, "opened_on": opened_on, "status": AttemptStatus.OPEN.value}


def settle_values(attempt_id: str, settlement: Settlement) -> dict[str, Any]:
    values = {name: getattr(settlement, name) for name in OUTCOME}
    values |= {name: getattr(settlement.tokens, name, None) for name in BUCKETS}
    status = {"status": settlement.status.value, "open_status": AttemptStatus.OPEN.value}
    return values | status | {"settled_attempt": attempt_id}


def as_duplicate(settlement: Settlement) -> Settlement:
    """How an attempt ends whose answer another attempt has already brought: an answer is billed once."""
    return replace(
        settlement,
        status=AttemptStatus.UNBILLED,
        upstream_id=None,
        tokens=None,
        cost_usd=None,
        cost_low_usd=None,
        cost_high_usd=None,
        price_id=None,
        error="duplicate_answer",
    )


def abandon_values(process_id: str, now: Any) -> dict[str, Any]:  # noqa: ANN401  a datetime, as the column takes it
    """What nobody can settle any more cost between nothing and its worst case."""
    return {
        "dead_process": process_id,
        "open_status": AttemptStatus.OPEN.value,
        "status": AttemptStatus.UNKNOWN.value,
        "settled_at": now,
        "error": "process_died",
        "cost_low_usd": Decimal(0),
    }


@dataclass(frozen=True, slots=True)
class DriverStatement:
    """A statement as text for a driver with named parameters, and how each value is turned into what it takes."""

    text: str
    processors: Mapping[str, Callable[[Any], Any]]

    @classmethod
    def of(cls, statement: Insert | Update, dialect: Dialect) -> Self:
        compiled = statement.compile(dialect=dialect)
        processors = {}
        for name, parameter in compiled.binds.items():
            processor = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if processor is not None:
                processors[name] = processor
        return cls(compiled.string, processors)

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        bound = dict(values)
        for name, processor in self.processors.items():
            bound[name] = processor(bound[name])
        return bound
