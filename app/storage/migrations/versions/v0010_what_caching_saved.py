"""Attempts say what reading from a cache saved, and what writing into one cost on top, at the price of their day."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds two columns. Of rows that are there nobody wrote it down: it is not known."""
    op.add_column("attempts", sa.Column("cache_read_saved_usd", sa.BigInteger))
    op.add_column("attempts", sa.Column("cache_write_extra_usd", sa.BigInteger))
