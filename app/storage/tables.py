"""The tables. Money is whole picodollars (1e-12 USD), so that databases add it exactly; times are UTC."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData()

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


_STILL_OPEN = text("status = 'open'")
_ANSWERED = text("upstream_id IS NOT NULL")

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", String(40), primary_key=True),
    Column("process_id", String(40), nullable=False),
    Column("operation_id", String(40), nullable=False),
    Column("service", String(64), nullable=False),
    Column("operation", String(64), nullable=False),
    Column("caller_id", String(128), nullable=False),
    Column("requested_model_id", String(128)),
    Column("model_id", String(128), nullable=False),
    Column("streamed", Boolean, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("worst_tokens", BigInteger, nullable=False),
    Column("worst_usd", Usd),
    Column("status", String(16), nullable=False),
    Column("settled_at", UtcDateTime),
    Column("latency_ms", Float),
    Column("upstream_id", OutsideId),
    Column("answered_as", OutsideId),
    Column("service_tier", OutsideId(32)),
    Column("input_uncached", BigInteger),
    Column("input_cached", BigInteger),
    Column("cache_write", BigInteger),
    Column("output_visible", BigInteger),
    Column("output_reasoning", BigInteger),
    Column("cost_usd", Usd),
    Column("cost_low_usd", Usd),
    Column("cost_high_usd", Usd),
    Column("price_id", String(160)),
    Column("upstream_status", Integer),
    Column("upstream_request_id", OutsideId),
    Column("error", String(64)),
    Index("attempts_by_time", "opened_at"),
    Index("attempts_by_answer", "upstream_id", unique=True, sqlite_where=_ANSWERED, postgresql_where=_ANSWERED),
    Index("attempts_left_open", "process_id", sqlite_where=_STILL_OPEN, postgresql_where=_STILL_OPEN),
)

chat_sessions = Table(
    "chat_sessions",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

chat_turns = Table(
    "chat_turns",
    metadata,
    Column("turn_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("session_id", ForeignKey("chat_sessions.session_id", ondelete="CASCADE"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", OutsideText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("chat_turns_by_session", "session_id", "turn_id"),
)
