"""What the strategy builder has built, the strategies that were approved, and their backtests.

Strategies are kept as the JSON text that they were written as: no database gets to round a number in it.
"""

from sqlalchemy import (
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.storage.tables import UtcDateTime, metadata

strategy_builds = Table(
    "strategy_builds",
    metadata,
    Column("build_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("operation_id", String(40), nullable=False),
    Column("intent", String(32), nullable=False),
    Column("query", Text, nullable=False),
    Column("assumptions", Text, nullable=False),
    Column("built", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("approved", Text),
    Column("strategy_id", String(40)),
    Index("strategy_builds_by_owner", "owner_id", "build_id"),
)

strategies = Table(
    "strategies",
    metadata,
    Column("strategy_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("build_id", String(40), nullable=False),
    Column("strategy", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("build_id", name="strategies_one_per_build"),
    Index("strategies_by_owner", "owner_id", "strategy_id"),
)

_UNDER_WAY = text("status IN ('queued', 'running')")

backtests = Table(
    "backtests",
    metadata,
    Column("backtest_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("strategy", Text, nullable=False),
    Column("strategy_id", String(40)),
    Column("strategy_version", Integer),
    Column("symbol", String(32), nullable=False),
    Column("start_date", Date),
    Column("end_date", Date),
    Column("config", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("process_id", String(40)),
    Column("runs", Integer, nullable=False),
    Column("failure", Text),
    Column("summary", LargeBinary),
    Index("backtests_by_owner", "owner_id", "backtest_id"),
    Index("backtests_under_way", "status", "backtest_id", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
)

backtest_details = Table(
    "backtest_details",
    metadata,
    Column("backtest_id", ForeignKey("backtests.backtest_id", ondelete="CASCADE"), primary_key=True),
    Column("trades", LargeBinary, nullable=False),
    Column("curves", LargeBinary, nullable=False),
)
"""Apart from the backtests: a list of them need not read what is long."""
