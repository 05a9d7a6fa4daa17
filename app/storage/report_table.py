"""Reports that were written, and those that were ordered.

What has a shape of its own is kept as JSON text: no database gets to round a number.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from app.storage.tables import UtcDateTime, metadata

narrative_reports = Table(
    "narrative_reports",
    metadata,
    Column("report_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("backtest_id", String(40)),
    Column("language", String(2), nullable=False),
    Column("detail", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("strategy_name", String(80), nullable=False),
    Column("recommendation", String(16), nullable=False),
    Column("report", Text, nullable=False),
    Column("fact_check", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("narrative_reports_by_owner", "owner_id", "report_id"),
)
"""`backtest_id` refers to a backtest that may be gone: the report stays. What a list shows stands in columns: to read
fifty whole reports holds up everybody else.
"""

_UNDER_WAY = text("status IN ('waiting', 'writing')")

report_orders = Table(
    "report_orders",
    metadata,
    Column("backtest_id", ForeignKey("backtests.backtest_id", ondelete="CASCADE"), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("report_id", String(40), nullable=False),
    Column("language", String(2), nullable=False),
    Column("detail", String(16), nullable=False),
    Column("model_id", String(128)),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("process_id", String(40)),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("failure", Text),
    Index("report_orders_under_way", "status", "backtest_id", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
)
"""An order goes with its backtest: it could not be written any more."""
