"""How values are kept in a column: money as whole picodollars (1e-12 USD), times in UTC, texts that nobody checked."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from app.vocabulary import Wire

_PICODOLLARS_PER_USD = Decimal(10**12)
_LONGEST_ID = 500
"""Characters: an index of PostgreSQL takes 2,700 bytes."""


class Usd(TypeDecorator[Decimal]):
    """An exact amount in USD, kept as whole picodollars."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        picodollars = value * _PICODOLLARS_PER_USD
        if picodollars % 1:
            raise ValueError(f"{value} USD is finer than a picodollar and cannot be kept exactly")
        return int(picodollars)

    def process_result_value(self, value: int | Decimal | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return usd_of(value)


def usd_of(picodollars: int | Decimal | None) -> Decimal | None:
    """What a database holds of an amount, in USD."""
    return None if picodollars is None else Decimal(picodollars) / _PICODOLLARS_PER_USD


class UtcDateTime(TypeDecorator[datetime]):
    """A time-zone aware moment; SQLite forgets the zone, so it is always UTC there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _storable(value: str) -> str:
    """PostgreSQL keeps no U+0000. What comes from outside may have one, and must not go unrecorded for that."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")


class OutsideText(TypeDecorator[str]):
    """Text that nobody has checked."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _storable(value)


class OutsideName(TypeDecorator[str]):
    """A short text of which only the length has been checked."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _storable(value)


class OutsideId(TypeDecorator[str]):
    """A name that nobody has checked: PostgreSQL refuses what is longer than its column, so it is cut.

    `declared` is the length that SQLite's columns were declared with, which it does not count.
    """

    impl = String
    cache_ok = True

    def __init__(self, declared: int = 128) -> None:
        super().__init__(_LONGEST_ID)
        self.declared = declared

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return dialect.type_descriptor(String(self.declared if dialect.name == "sqlite" else _LONGEST_ID))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _storable(value[:_LONGEST_ID])


class WireName(TypeDecorator[Wire]):
    """The word of a `Wire`."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Wire | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Wire | None:  # noqa: ARG002
        return None if value is None else Wire(value)
