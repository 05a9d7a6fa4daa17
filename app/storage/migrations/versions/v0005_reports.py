"""Reports that were written."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes one table."""
    op.create_table(
        "narrative_reports",
        sa.Column("report_id", sa.String(40), primary_key=True),
        sa.Column("owner_id", sa.String(128), nullable=False),
        sa.Column("backtest_id", sa.String(40)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("detail", sa.String(16), nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("fact_check", sa.Text, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("narrative_reports_by_owner", "narrative_reports", ["owner_id", "report_id"])
