"""Categories of replies that a person corrected, with who and when.

Revision: 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reply_override",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(1000), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("category_before", sa.String(200), nullable=False),
        sa.Column("changed_by", sa.String(254), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_override")),
    )
    op.create_index(op.f("ix_reply_override_workspace_id"), "reply_override", ["workspace_id", "id"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("reply_override")
