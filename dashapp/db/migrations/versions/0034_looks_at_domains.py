"""A portal's name remembers how the looks at it went: it ends after several that were wrong, not after one.

What the states of a mail are is said anew, too, where the database keeps it.

Revision: 0034, after 0033.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("portal_domain", sa.Column("wrong_looks", sa.Integer(), server_default="0", nullable=False))
    op.add_column("portal_domain", sa.Column("wrong_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("portal_domain", sa.Column("looks", sa.JSON(), server_default="[]", nullable=False))
    _states("queued, sent, failed or stopped")


def downgrade() -> None:
    """Take them away."""
    for name in ("looks", "wrong_since", "wrong_looks"):
        op.drop_column("portal_domain", name)
    _states("queued, sent or failed")


def _states(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("mail", "state", comment=words, existing_type=sa.String(10), existing_nullable=False)
