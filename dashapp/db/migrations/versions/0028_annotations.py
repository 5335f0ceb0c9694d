"""Notes on days, and what each said before.

Revision: 0028, after 0027.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("text", sa.String(280), nullable=False),
        sa.Column("campaign", sa.String(500), nullable=True),
        sa.Column("for_clients", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_annotation_workspace_id_workspace")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["agency_link.id"], name=op.f("fk_annotation_link_id_agency_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    op.create_index(op.f("ix_annotation_workspace_id"), "annotation", ["workspace_id"])
    op.create_index(op.f("ix_annotation_link_id"), "annotation", ["link_id"])
    op.create_table(
        "annotation_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("text", sa.String(280), nullable=False),
        sa.Column("campaign", sa.String(500), nullable=True),
        sa.Column("for_clients", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_annotation_change_annotation_id_annotation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation_change")),
    )
    op.create_index(op.f("ix_annotation_change_annotation_id"), "annotation_change", ["annotation_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("annotation_change")
    op.drop_table("annotation")
