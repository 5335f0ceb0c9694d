"""A share says whether its readers may ask questions on tiles; so far all of them may.

Revision: 0036, after 0035.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("share", sa.Column("questions", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("share") as shares:
        shares.drop_column("questions")
