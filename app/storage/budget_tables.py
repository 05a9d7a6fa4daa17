"""What budgets are held against, and what they have told."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, UniqueConstraint

from app.storage.tables import Usd, UtcDateTime, metadata

budget_counters = Table(
    "budget_counters",
    metadata,
    Column("counter", String(200), primary_key=True),
    Column("spent_usd", Usd, nullable=False),
    Column("reserved_usd", Usd, nullable=False),
    Column("spent_tokens", BigInteger, nullable=False),
    Column("reserved_tokens", BigInteger, nullable=False),
)

budget_alerts = Table(
    "budget_alerts",
    metadata,
    Column("alert_id", String(40), primary_key=True),
    Column("budget", String(64), nullable=False),
    Column("counter", String(200), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("limit_usd", Usd),
    Column("spent_usd", Usd, nullable=False),
    Column("limit_tokens", BigInteger),
    Column("spent_tokens", BigInteger, nullable=False),
    Column("resets_at", UtcDateTime, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    UniqueConstraint("budget", "counter", "percent", name="budget_alerts_once"),
    Index("budget_alerts_due", "next_try_at"),
)
