"""The statements that write the ledger and the counters of the budgets, as a driver takes them.

Each is made once: building a statement of SQLAlchemy for each call costs more than running it.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, Self, TypeVar

from sqlalchemy import (
    ClauseElement,
    Dialect,
    Insert,
    Select,
    String,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.services.gen_ai.ledger.port import Attempt, Resolution, Resolved, Settlement
from app.services.gen_ai.rules.budgets import BudgetAlert, Spend
from app.services.gen_ai.rules.pricing import TokenUsage
from app.storage.tables import attempt_resolutions, attempts, budget_alerts, budget_counters
from app.vocabulary import AttemptStatus

ResultT = TypeVar("ResultT")

Parameters = Mapping[str, Any] | Sequence[Any]
Row = Sequence[Any]
"""As the driver gives it: whole picodollars, not Decimal."""


class Done(NamedTuple):
    """What came of a statement: the rows that it returns, or how many it changed."""

    rows: Sequence[Row]
    changed: int


@dataclass(frozen=True, slots=True)
class DriverStatement:
    """`processors` turn a value into what the driver takes; `order` is None where parameters go by name; `returns`
    tells whether rows come back.
    """

    text: str
    processors: Mapping[str, Callable[[Any], Any]]
    order: Sequence[str] | None
    returns: bool

    @classmethod
    def of(cls, statement: ClauseElement, dialect: Dialect) -> Self:
        compiled: Any = statement.compile(dialect=dialect)
        processors = {}
        for name, parameter in compiled.binds.items():
            processor = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if processor is not None:
                processors[name] = processor
        returns = compiled.statement.is_select or bool(compiled.effective_returning)
        return cls(compiled.string, processors, compiled.positiontup if compiled.positional else None, returns)

    def bind(self, values: dict[str, Any]) -> Parameters:
        """The parameters; the values become theirs."""
        for name, processor in self.processors.items():
            values[name] = processor(values[name])
        return values if self.order is None else [values[name] for name in self.order]


Step = tuple[DriverStatement, dict[str, Any]]
Steps = Generator[Step, Done, ResultT]
"""A part of a transaction that knows no driver: it yields statements and is sent what came of them."""


BUCKETS = tuple(field.name for field in fields(TokenUsage))
ATTEMPT = tuple(field.name for field in fields(Attempt))
OUTCOME = tuple(field.name for field in fields(Settlement) if field.name not in {"status", "tokens"})
ALERT = tuple(field.name for field in fields(BudgetAlert))
RESOLUTION = tuple(field.name for field in fields(Resolution))
WAS_USD = "was_cost_usd", "was_cost_low_usd", "was_cost_high_usd"
_of_attempt, _of_settlement, _of_tokens = attrgetter(*ATTEMPT), attrgetter(*OUTCOME), attrgetter(*BUCKETS)
_NO_TOKENS = (None,) * len(BUCKETS)
HELD = "service", "caller_id", "opened_on", "upstream", "wire", "worst_usd", "worst_tokens"
"""What tells of an attempt which counters hold how much of it."""
_COUNTER_NAMES = tuple(f"counter_{number}" for number in range(6))
"""So many count each attempt; see `app.services.gen_ai.rules.budgets`."""


@dataclass(frozen=True, slots=True)
class LedgerStatements:
    """`settle_other` also returns what the row had reserved; `move_and_see` the counters as they are then."""

    open: DriverStatement
    known: DriverStatement
    settle: DriverStatement
    settle_other: DriverStatement
    move: DriverStatement
    move_and_see: DriverStatement
    alert: DriverStatement
    trace: DriverStatement

    @classmethod
    @cache  # all databases of a kind have one dialect
    def of(cls, dialect: Dialect) -> Self:
        statements = (
            _open(),
            _known(),
            _settle(),
            _settle().returning(*(attempts.c[name] for name in HELD)),
            _move(dialect),
            _move(dialect).returning(*budget_counters.c),
            _alert(dialect),
            _trace(dialect),
        )
        return cls(*(DriverStatement.of(statement, dialect) for statement in statements))


def _open() -> Insert:
    names = (*ATTEMPT, "process_id", "opened_on", "status")
    return insert(attempts).values({name: bindparam(name) for name in names})


def _known() -> Select[Any]:
    return select(attempts.c.attempt_id).where(attempts.c.attempt_id == bindparam("known_attempt"))


def _settle() -> Update:
    return (
        update(attempts)
        .where(
            attempts.c.attempt_id == bindparam("settled_attempt"),
            attempts.c.status == bindparam("from_status"),
            func.coalesce(attempts.c.error, literal_column("''")) == bindparam("from_error"),
        )
        .values({name: bindparam(name) for name in (*OUTCOME, *BUCKETS, "status")})
    )


def _insert(dialect: Dialect) -> Any:  # noqa: ANN401  two classes of the same form
    return postgresql.insert if dialect.name == "postgresql" else sqlite.insert


def _move(dialect: Dialect) -> Insert:
    amounts = [column for column in budget_counters.c if column.name != "counter"]
    moves = {column.name: bindparam(column.name, type_=column.type) for column in amounts}
    rows = [moves | {"counter": bindparam(name, type_=String())} for name in _COUNTER_NAMES]
    added = _insert(dialect)(budget_counters).values(rows)
    moved: Insert = added.on_conflict_do_update(
        index_elements=["counter"], set_={column.name: column + added.excluded[column.name] for column in amounts}
    )
    return moved


def _alert(dialect: Dialect) -> Insert:
    values: dict[str, Any] = {name: bindparam(name) for name in (*ALERT, "tries", "next_try_at")}
    once: Insert = (
        _insert(dialect)(budget_alerts)
        .values(values)
        .on_conflict_do_nothing(index_elements=["budget", "counter", "percent"])
        .returning(budget_alerts.c.alert_id)
    )
    return once


def _trace(dialect: Dialect) -> Insert:
    values: dict[str, Any] = {name: bindparam(name) for name in (*RESOLUTION, "was_status", *WAS_USD)}
    once: Insert = (
        _insert(dialect)(attempt_resolutions)
        .values(values)
        .on_conflict_do_nothing(index_elements=["attempt_id"])
        .returning(attempt_resolutions.c.attempt_id)
    )
    return once


def open_values(attempt: Attempt, process_id: str) -> dict[str, Any]:
    values = dict(zip(ATTEMPT, _of_attempt(attempt), strict=True))
    values |= {"process_id": process_id, "opened_on": attempt.opened_on, "status": AttemptStatus.OPEN.value}
    return values


def settle_values(attempt_id: str, settlement: Settlement) -> dict[str, Any]:
    values = dict(zip(OUTCOME, _of_settlement(settlement), strict=True))
    tokens = settlement.tokens
    values.update(zip(BUCKETS, _NO_TOKENS if tokens is None else _of_tokens(tokens), strict=True))
    values |= {"status": settlement.status.value, "settled_attempt": attempt_id}
    return values


def move_values(keys: tuple[str, ...], *, spent: Spend, reserved: Spend) -> dict[str, Any]:
    values: dict[str, Any] = {
        "spent_usd": spent.usd,
        "spent_tokens": spent.tokens,
        "reserved_usd": reserved.usd,
        "reserved_tokens": reserved.tokens,
    }
    values.update(zip(_COUNTER_NAMES, keys, strict=True))
    return values


def alert_values(alert: BudgetAlert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in ALERT} | {"tries": 0, "next_try_at": alert.raised_at}


def trace_values(trace: Resolved) -> dict[str, Any]:
    values = {name: getattr(trace.resolution, name) for name in RESOLUTION}
    return values | {"was_status": trace.was_status.value} | {name: getattr(trace, name) for name in WAS_USD}
