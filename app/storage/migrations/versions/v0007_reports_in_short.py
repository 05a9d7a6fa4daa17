"""What a list of reports shows, in columns of its own: it need not read whole reports."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_REPORTS = sa.table(
    "narrative_reports",
    *(sa.column(name) for name in ("report_id", "report", "figures", "title", "strategy_name", "recommendation")),
)


def upgrade() -> None:
    """Adds three columns to one table, and fills them."""
    for name, kind in (("title", sa.Text), ("strategy_name", sa.String(80)), ("recommendation", sa.String(16))):
        op.add_column("narrative_reports", sa.Column(name, kind, nullable=False, server_default=""))
    connection = op.get_bind()
    ids = connection.execute(sa.select(_REPORTS.c.report_id)).scalars().all()
    for report_id in ids:
        this = _REPORTS.c.report_id == report_id
        row = connection.execute(sa.select(_REPORTS.c.report, _REPORTS.c.figures).where(this)).one()
        connection.execute(sa.update(_REPORTS).where(this).values(_in_short(*row)))


def _in_short(report: str, figures: str) -> dict[str, Any]:
    summary = json.loads(report)["executive_summary"]
    return {
        "title": summary["title"],
        "recommendation": summary["recommendation"],
        "strategy_name": json.loads(figures)["strategy_name"],
    }
