"""How often a workspace's plans changed: what answers made of them are kept by.

Revision: 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a workspace without a row never changed."""
    op.create_table(
        "plan_stamp",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_plan_stamp")),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("plan_stamp")
