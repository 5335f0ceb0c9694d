"""Counted attempts say when they are over, so that they are removed whatever they count.

Those there are go a day from now: no window lasts longer.

Revision: 0033, after 0032.
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("attempt", sa.Column("ends_at", sa.BigInteger(), server_default="0", nullable=False))
    attempt = sa.table("attempt", sa.column("ends_at", sa.BigInteger()))
    op.execute(attempt.update().values(ends_at=int(time.time()) + 86_400))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("attempt", "ends_at")
