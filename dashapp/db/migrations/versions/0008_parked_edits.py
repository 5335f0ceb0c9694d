"""Parked records that somebody put right: what came is kept, with who changed it and when.

Revision: 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "parked_edit",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("parked_id", sa.BigInteger(), nullable=False, comment="the parked row, gone since"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False, comment="as it came"),
        sa.Column("mended", sa.Text(), nullable=False, comment="as it was taken in"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_edit")),
    )
    op.create_index(op.f("ix_parked_edit_workspace_id"), "parked_edit", ["workspace_id", "edited_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("parked_edit")
