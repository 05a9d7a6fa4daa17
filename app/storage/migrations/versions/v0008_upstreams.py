"""Attempts know their upstream and their wire, and a trace is kept of who settled what was not known."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_COUNTER = sa.String(500)


def upgrade() -> None:
    """Adds columns and a table, makes room for longer keys of counters, and drops the index of answers: nobody asks for
    the id of an answer any more. The upstream of the rows that are there stays unknown, and their counters stay those
    of the unknown upstream.
    """
    op.drop_index("attempts_by_answer", "attempts")
    op.add_column("attempts", sa.Column("upstream", sa.String(255)))
    op.add_column("attempts", sa.Column("wire", sa.String(32), nullable=False, server_default="chat_completions"))
    op.add_column("attempts", sa.Column("counts_worst", sa.Boolean))
    if op.get_bind().dialect.name == "postgresql":
        for table in ("budget_counters", "budget_alerts"):
            op.alter_column(table, "counter", type_=_COUNTER)
    op.create_table(
        "attempt_resolutions",
        sa.Column("attempt_id", sa.String(40), primary_key=True),
        sa.Column("cost_usd", sa.BigInteger),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("resolved_by", sa.Text, nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_status", sa.String(16), nullable=False),
        sa.Column("was_cost_usd", sa.BigInteger),
        sa.Column("was_cost_low_usd", sa.BigInteger),
        sa.Column("was_cost_high_usd", sa.BigInteger),
    )
