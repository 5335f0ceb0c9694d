"""When a segment's file was replaced: it is removed a while after that, however long ago it was written.

Revision: 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what was replaced before is collected by when it was written."""
    op.create_table(
        "retired_file",
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_retired_file")),
    )
    op.create_index(op.f("ix_retired_file_retired_at"), "retired_file", ["retired_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("retired_file")
