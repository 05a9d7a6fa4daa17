"""Reports that are ordered with a backtest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Makes one table."""
    op.create_table(
        "report_orders",
        sa.Column("backtest_id", sa.String(40), sa.ForeignKey("backtests.backtest_id", ondelete="CASCADE"),
                  primary_key=True),
        sa.Column("owner_id", sa.String(128), nullable=False),
        sa.Column("report_id", sa.String(40), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("detail", sa.String(16), nullable=False),
        sa.Column("model_id", sa.String(128)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("process_id", sa.String(40)),
        sa.Column("ordered_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("failure", sa.Text),
    )  # fmt: skip
    under_way = sa.text("status IN ('waiting', 'writing')")
    op.create_index(
        "report_orders_under_way",
        "report_orders",
        ["status", "backtest_id"],
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
