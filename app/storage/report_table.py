"""Reports that were written. What has a shape of its own is kept as JSON text: no database gets to round a number."""

from sqlalchemy import Column, Index, String, Table, Text

from app.storage.tables import UtcDateTime, metadata

narrative_reports = Table(
    "narrative_reports",
    metadata,
    Column("report_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("backtest_id", String(40)),
    Column("language", String(2), nullable=False),
    Column("detail", String(16), nullable=False),
    Column("report", Text, nullable=False),
    Column("fact_check", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("narrative_reports_by_owner", "owner_id", "report_id"),
)
"""`backtest_id` refers to a backtest that may be gone: the report stays."""
