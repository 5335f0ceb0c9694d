"""A share's former addresses, which may live on for a while; its comparison; who edited it last.

Revision: 0029, after 0028.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "share_old_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_old_link_share_id_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_old_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_share_old_link_token_hash")),
    )
    op.create_index(op.f("ix_share_old_link_share_id"), "share_old_link", ["share_id"])
    op.add_column("share", sa.Column("compare", sa.String(10), nullable=True))
    op.add_column("share", sa.Column("edited_by", sa.String(254), server_default="", nullable=False))
    op.add_column("share", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("share_opening", sa.Column("via", sa.String(120), server_default="", nullable=False))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("share_opening") as openings:
        openings.drop_column("via")
    with op.batch_alter_table("share") as shares:
        for column in ("edited_at", "edited_by", "compare"):
            shares.drop_column(column)
    op.drop_table("share_old_link")
