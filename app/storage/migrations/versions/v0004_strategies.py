"""Builds, strategies, backtests; and kept answers know where what they made can be found."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Makes four tables, and adds a column to one."""
    op.add_column("kept_answers", sa.Column("location", sa.String(255)))
    op.create_table(
        "strategy_builds",
        sa.Column("build_id", sa.String(40), primary_key=True),
        sa.Column("owner_id", sa.String(128), nullable=False),
        sa.Column("operation_id", sa.String(40), nullable=False),
        sa.Column("intent", sa.String(32), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("assumptions", sa.Text, nullable=False),
        sa.Column("built", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT),
        sa.Column("approved", sa.Text),
        sa.Column("strategy_id", sa.String(40)),
    )
    op.create_index("strategy_builds_by_owner", "strategy_builds", ["owner_id", "build_id"])
    op.create_table(
        "strategies",
        sa.Column("strategy_id", sa.String(40), primary_key=True),
        sa.Column("owner_id", sa.String(128), nullable=False),
        sa.Column("build_id", sa.String(40), nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("build_id", name="strategies_one_per_build"),
    )
    op.create_index("strategies_by_owner", "strategies", ["owner_id", "strategy_id"])
    _make_backtests()


def _make_backtests() -> None:
    op.create_table(
        "backtests",
        sa.Column("backtest_id", sa.String(40), primary_key=True),
        sa.Column("owner_id", sa.String(128), nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("strategy_id", sa.String(40)),
        sa.Column("strategy_version", sa.Integer),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("start_date", sa.Date),
        sa.Column("end_date", sa.Date),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("process_id", sa.String(40)),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("summary", sa.LargeBinary),
    )
    op.create_index("backtests_by_owner", "backtests", ["owner_id", "backtest_id"])
    under_way = sa.text("status IN ('queued', 'running')")
    op.create_index(
        "backtests_under_way",
        "backtests",
        ["status", "backtest_id"],
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_table(
        "backtest_details",
        sa.Column("backtest_id", sa.String(40), sa.ForeignKey("backtests.backtest_id", ondelete="CASCADE"),
                  primary_key=True),
        sa.Column("trades", sa.LargeBinary, nullable=False),
        sa.Column("curves", sa.LargeBinary, nullable=False),
    )  # fmt: skip
