"""An agency has a language for its portals and a time zone for its new workspaces.

Revision: 0035, after 0034.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both."""
    op.add_column("agency", sa.Column("language", sa.String(5), nullable=True))
    op.add_column("agency", sa.Column("timezone", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("agency", "timezone")
    op.drop_column("agency", "language")
