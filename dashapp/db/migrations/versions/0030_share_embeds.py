"""A share may be embedded on named web sites, and through addresses that an agency's own app signs.

Revision: 0030, after 0029.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("share", sa.Column("embed_origins", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("share", sa.Column("embed_nonce", sa.String(32), nullable=True))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("share") as shares:
        shares.drop_column("embed_nonce")
        shares.drop_column("embed_origins")
