"""Corrections of replies wait until a version of the marts takes them in, and say where their replies lie.

Revision: 0042, after 0041. Those of before wait for the next full build, which the new format of marts asks for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and an index of what waits."""
    op.add_column(
        "reply_override",
        sa.Column(
            "message_id", sa.String(1000), nullable=True, comment="of the reply, where it names its message"
        ),
    )
    op.add_column(
        "reply_override",
        sa.Column(
            "occurred_at", sa.DateTime(timezone=True), nullable=True, comment="of the reply; null: not known"
        ),
    )
    op.add_column(
        "reply_override",
        sa.Column("merged_version", sa.Integer(), nullable=True, comment="null: not in the marts yet"),
    )
    waiting = sa.text("merged_version IS NULL")
    op.create_index(
        "ix_reply_override_waiting",
        "reply_override",
        ["workspace_id", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_reply_override_waiting", "reply_override")
    with op.batch_alter_table("reply_override") as table:
        table.drop_column("merged_version")
        table.drop_column("occurred_at")
        table.drop_column("message_id")
