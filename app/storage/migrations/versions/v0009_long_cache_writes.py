"""Attempts count what was written into a cache for twelve hours apart: it has a rate of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds a column. Rows that are there have none in it: an answer with such tokens had a usage of unknown cost."""
    op.add_column("attempts", sa.Column("cache_write_12h", sa.BigInteger))
