"""What a person chose on a page, kept for their next visit.

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "page_choice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("search", sa.String(length=1000), nullable=False, comment="as the address has them"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_page_choice_user_id_user")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_page_choice_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("user_id", "workspace_id", name=op.f("pk_page_choice")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("page_choice")
