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


_WORDS = {False: "who wrote it; null: Vitrine did", True: "whose name is on it; null: none"}


def upgrade() -> None:
    """Add the column; mails that are there already are about no workspace, and gone within weeks."""
    comment = "what it is about, if one workspace"
    op.add_column("mail", sa.Column("workspace_id", sa.Integer(), nullable=True, comment=comment))
    _say(now=True)


def downgrade() -> None:
    """Take it away."""
    _say(now=False)
    with op.batch_alter_table("mail") as table:
        table.drop_column("workspace_id")


def _say(*, now: bool) -> None:
    """What a name on a mail means; SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "mail", "from_name", comment=_WORDS[now], existing_type=sa.String(200), existing_nullable=True
        )
