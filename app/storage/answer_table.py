"""The table of kept answers, one row for each key of a caller."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from app.storage.tables import UtcDateTime, metadata

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("caller_id", String(128), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("token", String(32), nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("leased_until", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("content_type", String(128)),
    Column("body", LargeBinary),
    Column("location", String(255)),
    Index("kept_answers_by_expiry", "expires_at"),
)
