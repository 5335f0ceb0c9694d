"""Tasks, and events that can still be taken back.

Revision: 0016, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("lead", sa.String(320), nullable=True),
        sa.Column("campaign", sa.String(500), nullable=True),
        sa.Column("assignee", sa.String(254), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("repeat", sa.String(10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("disposition", sa.String(20), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_done", sa.Integer(), nullable=False),
        sa.Column("next_id", sa.Integer(), nullable=True),
        sa.Column("source_key", sa.String(200), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_task_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(op.f("ix_task_workspace_id"), "task", ["workspace_id", "done_at", "due_on", "id"])
    op.create_index(op.f("ix_task_assignee"), "task", ["workspace_id", "assignee", "done_at", "due_on", "id"])
    op.create_index(op.f("ix_task_lead"), "task", ["workspace_id", "lead"])
    op.create_table(
        "pending_event",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "event_id", name=op.f("pk_pending_event")),
    )
    op.create_index(op.f("ix_pending_event_due_at"), "pending_event", ["due_at"])


def downgrade() -> None:
    """Remove both."""
    op.drop_table("pending_event")
    op.drop_table("task")
