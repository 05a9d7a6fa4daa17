"""Every table of the first version that keeps count of its versions.

Databases of the versions before have some of the tables, without some of the columns: only what is missing is made.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)
_OUTSIDE_ID = sa.String(500).with_variant(sa.String(128), "sqlite")

# An answer of an older version may stand in two rows: the first one keeps its id.
_FORGET_REPEATED_ANSWERS = """
    UPDATE attempts SET upstream_id = NULL WHERE EXISTS (
        SELECT 1 FROM attempts AS earlier
        WHERE earlier.upstream_id = attempts.upstream_id
        AND (earlier.opened_at, earlier.attempt_id) < (attempts.opened_at, attempts.attempt_id)
    )
"""


def upgrade() -> None:
    """Makes what is missing."""
    _table("attempts", _attempts())
    _table("chat_sessions", _chat_sessions())
    _table("chat_turns", _chat_turns())
    _table("kept_answers", _kept_answers())
    still_open = sa.text("status = 'open'")
    _index("attempts_by_time", "attempts", ["opened_at"])
    _index("attempts_by_operation", "attempts", ["operation_id"])
    op.execute(_FORGET_REPEATED_ANSWERS)
    op.create_index("attempts_by_answer", "attempts", ["upstream_id"], unique=True)
    op.drop_index("attempts_left_open", "attempts", if_exists=True)
    op.create_index(
        "attempts_left_open", "attempts", ["process_id"], sqlite_where=still_open, postgresql_where=still_open
    )
    _index("chat_turns_by_session", "chat_turns", ["session_id", "turn_id"])
    _index("kept_answers_by_expiry", "kept_answers", ["expires_at"])


def _table(name: str, columns: list[sa.Column[Any]]) -> None:
    found = sa.inspect(op.get_bind())
    if not found.has_table(name):
        op.create_table(name, *columns)
        return
    present = {column["name"] for column in found.get_columns(name)}
    for column in columns:
        if column.name not in present:
            op.add_column(name, column)


def _index(name: str, table: str, columns: list[str]) -> None:
    op.create_index(name, table, columns, if_not_exists=True)


def _attempts() -> list[sa.Column[Any]]:
    return [
        sa.Column("attempt_id", sa.String(40), primary_key=True),
        # Rows of older versions name no process: it does not live any more.
        sa.Column("process_id", sa.String(40), nullable=False, server_default=""),
        sa.Column("operation_id", sa.String(40), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("operation", sa.String(64), nullable=False),
        sa.Column("caller_id", sa.String(128), nullable=False),
        sa.Column("requested_model_id", sa.String(128)),
        sa.Column("model_id", sa.String(128), nullable=False),
        sa.Column("streamed", sa.Boolean, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("worst_tokens", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("worst_usd", sa.BigInteger),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("settled_at", _MOMENT),
        sa.Column("latency_ms", sa.Float),
        sa.Column("upstream_id", _OUTSIDE_ID),
        sa.Column("answered_as", _OUTSIDE_ID),
        sa.Column("service_tier", sa.String(500).with_variant(sa.String(32), "sqlite")),
        sa.Column("input_uncached", sa.BigInteger),
        sa.Column("input_cached", sa.BigInteger),
        sa.Column("cache_write", sa.BigInteger),
        sa.Column("output_visible", sa.BigInteger),
        sa.Column("output_reasoning", sa.BigInteger),
        sa.Column("cost_usd", sa.BigInteger),
        sa.Column("cost_low_usd", sa.BigInteger),
        sa.Column("cost_high_usd", sa.BigInteger),
        sa.Column("price_id", sa.String(160)),
        sa.Column("upstream_status", sa.Integer),
        sa.Column("upstream_request_id", _OUTSIDE_ID),
        sa.Column("error", sa.String(64)),
    ]


def _chat_sessions() -> list[sa.Column[Any]]:
    return [
        sa.Column("session_id", sa.String(40), primary_key=True),
        sa.Column("owner_id", sa.String(128), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    ]


def _chat_turns() -> list[sa.Column[Any]]:
    return [
        sa.Column("turn_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column(
            "session_id", sa.String(40), sa.ForeignKey("chat_sessions.session_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    ]


def _kept_answers() -> list[sa.Column[Any]]:
    return [
        sa.Column("caller_id", sa.String(128), primary_key=True),
        sa.Column("idempotency_key", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("claimed_at", _MOMENT, nullable=False),
        sa.Column("leased_until", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("content_type", sa.String(128)),
        sa.Column("body", sa.LargeBinary),
    ]
