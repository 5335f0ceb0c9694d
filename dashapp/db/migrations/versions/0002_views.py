"""Views get drafts, a history, staged rollouts, and what a workspace changes in a template.

Revision: 0002_views, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_views"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables; what is published now becomes the first entry of the history."""
    op.add_column("view", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("view", sa.Column("draft_revision", sa.Integer(), nullable=True))
    op.add_column("view", sa.Column("rollout", sa.Text(), nullable=True))
    op.create_table(
        "view_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("draft_revision", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_view_override_workspace_id")
        ),
        sa.ForeignKeyConstraint(["view_id"], ["view.id"], name=op.f("fk_view_override_view_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_override")),
        sa.UniqueConstraint("workspace_id", "view_id", name=op.f("uq_view_override_workspace_id_view_id")),
    )
    op.create_index(op.f("ix_view_override_view_id"), "view_override", ["view_id"], unique=False)
    op.create_table(
        "view_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("override_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(["view_id"], ["view.id"], name=op.f("fk_view_revision_view_id")),
        sa.ForeignKeyConstraint(
            ["override_id"], ["view_override.id"], name=op.f("fk_view_revision_override_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_revision")),
    )
    op.create_index(
        "ix_view_revision_view_id", "view_revision", ["view_id", "override_id", "revision"], unique=False
    )
    op.execute(
        "INSERT INTO view_revision (view_id, revision, version, body, note, saved_at, saved_by) "
        "SELECT id, 1, version, body, '', updated_at, updated_by FROM view"
    )


def downgrade() -> None:
    """There is no way back but a backup."""
    raise NotImplementedError("restore a backup instead")
