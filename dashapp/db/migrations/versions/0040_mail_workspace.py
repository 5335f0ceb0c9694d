"""A mail knows the workspace it is about, so that an agency reads of it only while it manages it.

Revision: 0040, after 0039.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; mails that are there already are about no workspace, and gone within weeks."""
    op.add_column(
        "mail",
        sa.Column("workspace_id", sa.Integer(), nullable=True, comment="what it is about, if one workspace"),
    )


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("mail") as table:
        table.drop_column("workspace_id")
