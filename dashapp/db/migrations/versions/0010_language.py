"""The language a person chose for the desk.

Revision: 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("language", sa.String(length=5), nullable=True))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("user") as table:
        table.drop_column("language")
