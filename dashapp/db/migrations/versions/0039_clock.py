"""A person chooses to read times with twelve or 24 hours.

Revision: 0039, after 0038.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("user", sa.Column("clock", sa.String(length=2), nullable=True))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("user") as table:
        table.drop_column("clock")
