"""How a workspace wants its events counted, by which rules its figures were, and subjects of its own.

Revision: 0024, after 0023.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns ("" are the rules there were so far) and the table."""
    op.create_table(
        "own_subject",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False, comment="128 bits of blake2b"),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_own_subject")),
    )
    op.add_column("workspace", sa.Column("counting", sa.String(200), server_default="", nullable=False))
    op.add_column(
        "mart_version",
        sa.Column(
            "counting",
            sa.String(200),
            server_default="",
            nullable=False,
            comment="the workspace's rules they were counted by (data/marts/counting.py)",
        ),
    )
    # Their first events came in before addresses had one spelling each.
    op.execute(
        "UPDATE workspace SET counting = 'old_spellings' WHERE id IN (SELECT workspace_id FROM legacy_keys)"
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_column("mart_version", "counting")
    op.drop_column("workspace", "counting")
    op.drop_table("own_subject")
