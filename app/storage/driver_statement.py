"""A statement of SQLAlchemy as a driver takes it, made once: building one for each call costs more than running it."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, TypeVar

from sqlalchemy import ClauseElement, Dialect

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
