"""A statement of SQLAlchemy as a driver takes it, made once: building one for each call costs more than running it."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from sqlalchemy import ClauseElement, Dialect

ResultT = TypeVar("ResultT")

Parameters = Mapping[str, Any] | Sequence[Any]
Rows = Sequence[Sequence[Any]]
"""As the driver gives them: whole picodollars, not Decimal."""


@dataclass(frozen=True, slots=True)
class DriverStatement:
    """`processors` turn a value into what the driver takes; `order` is None where parameters go by name."""

    text: str
    processors: Mapping[str, Callable[[Any], Any]]
    order: Sequence[str] | None

    @classmethod
    def of(cls, statement: ClauseElement, dialect: Dialect) -> Self:
        compiled: Any = statement.compile(dialect=dialect)
        processors = {}
        for name, parameter in compiled.binds.items():
            processor = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if processor is not None:
                processors[name] = processor
        return cls(compiled.string, processors, compiled.positiontup if compiled.positional else None)

    def bind(self, values: Mapping[str, Any]) -> Parameters:
        bound = dict(values)
        for name, processor in self.processors.items():
            bound[name] = processor(bound[name])
        return bound if self.order is None else [bound[name] for name in self.order]


Step = tuple[DriverStatement, Mapping[str, Any]]
Steps = Generator[Step, Rows, ResultT]
"""A part of a transaction that knows no driver: it yields statements and is sent the rows that they return."""
