"""Budgets: their counters, filled from the attempts that are there, and their alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MOMENT = sa.DateTime(timezone=True)

# What is settled counts at its cost or, where that is unknown, at its worst; what is open is reserved at its worst.
_COUNT = """
    INSERT INTO budget_counters (counter, spent_usd, reserved_usd, spent_tokens, reserved_tokens)
    SELECT {period} || '|{scope}' || {subject},
        SUM(CASE WHEN status IN ('open', 'unbilled') THEN 0 ELSE COALESCE(cost_usd, worst_usd, 0) END),
        SUM(CASE WHEN status = 'open' THEN COALESCE(worst_usd, 0) ELSE 0 END),
        SUM(CASE WHEN status IN ('open', 'unbilled') THEN 0 WHEN input_uncached IS NULL THEN worst_tokens
            ELSE input_uncached + input_cached + cache_write + output_visible + output_reasoning END),
        SUM(CASE WHEN status = 'open' THEN worst_tokens ELSE 0 END)
    FROM attempts GROUP BY 1
"""
_PERIODS = ("SUBSTR(CAST(opened_on AS VARCHAR), 1, 7)", "CAST(opened_on AS VARCHAR)")
_SUBJECTS = {"all": "''", "caller": "'|' || caller_id", "service": "'|' || service"}


def upgrade() -> None:
    """Makes both tables and counts what there is."""
    op.create_table(
        "budget_counters",
        sa.Column("counter", sa.String(200), primary_key=True),
        sa.Column("spent_usd", sa.BigInteger, nullable=False),
        sa.Column("reserved_usd", sa.BigInteger, nullable=False),
        sa.Column("spent_tokens", sa.BigInteger, nullable=False),
        sa.Column("reserved_tokens", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "budget_alerts",
        sa.Column("alert_id", sa.String(40), primary_key=True),
        sa.Column("budget", sa.String(64), nullable=False),
        sa.Column("counter", sa.String(200), nullable=False),
        sa.Column("percent", sa.Integer, nullable=False),
        sa.Column("limit_usd", sa.BigInteger),
        sa.Column("spent_usd", sa.BigInteger, nullable=False),
        sa.Column("limit_tokens", sa.BigInteger),
        sa.Column("spent_tokens", sa.BigInteger, nullable=False),
        sa.Column("resets_at", _MOMENT, nullable=False),
        sa.Column("raised_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", _MOMENT),
        sa.UniqueConstraint("budget", "counter", "percent", name="budget_alerts_once"),
    )
    op.create_index("budget_alerts_due", "budget_alerts", ["next_try_at"])
    for period in _PERIODS:
        for scope, subject in _SUBJECTS.items():
            op.execute(_COUNT.format(period=period, scope=scope, subject=subject))
