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
        return None if value is None else Decimal(value) / _PICODOLLARS_PER_USD


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


class OutsideText(TypeDecorator[str]):
    """Text from outside: PostgreSQL refuses the character U+0000, and what is longer than a column.

    The character is replaced, and an id that is absurdly long is cut, rather than that an answer goes unrecorded.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.replace("\0", "\N{REPLACEMENT CHARACTER}")


class OutsideId(OutsideText):
    """A short one. SQLite's columns were declared for 128 characters, which it does not count."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return dialect.type_descriptor(String(128 if dialect.name == "sqlite" else _LONGEST_ID))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        value = super().process_bind_param(value, dialect)
        return None if value is None else value[:_LONGEST_ID]


_STILL_OPEN = text("status = 'open'")

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
    Column("service_tier", OutsideId),
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
    Index("attempts_by_operation", "operation_id"),
    Index("attempts_by_answer", "upstream_id", unique=True),
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
