"""The audit trail counts repeated entries and is searchable by person and time; a source can be closed for good.

Revision: 0015, after 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and indexes. Entries written before stand for one occurrence each."""
    op.add_column("audit_entry", sa.Column("n", sa.Integer(), server_default="1", nullable=False))
    op.add_column("audit_entry", sa.Column("last_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("audit_entry", sa.Column("group_key", sa.String(64), nullable=True))
    op.create_index("ix_audit_entry_group_key", "audit_entry", ["group_key"], unique=True)
    op.create_index("ix_audit_entry_actor_at", "audit_entry", ["actor", "at"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.add_column("source", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("source") as table:
        table.drop_column("closed_at")
    for index in ("ix_audit_entry_at", "ix_audit_entry_actor_at", "ix_audit_entry_group_key"):
        op.drop_index(index, "audit_entry")
    with op.batch_alter_table("audit_entry") as table:
        for column in ("group_key", "last_at", "n"):
            table.drop_column(column)
