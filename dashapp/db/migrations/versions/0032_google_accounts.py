"""A person may link their Google account, for its contacts.

Revision: 0032, after 0031.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "google_account",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("refresh_sealed", sa.Text(), nullable=False),
        sa.Column("contacts_sealed", sa.Text(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_google_account_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_google_account")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("google_account")
