"""A mail that is about several workspaces names them, so that nobody reads it who has lost one of them.

Revision: 0045, after 0044. Those written before do not say which, so only whoever runs the server reads them now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_KINDS = ("late", "checks", "runs", "refused", "reports")


def upgrade() -> None:
    """Add the column, and take mails about nobody knows which workspaces off the agencies' lists."""
    op.add_column(
        "mail",
        sa.Column(
            "about",
            sa.JSON(),
            server_default="[]",
            nullable=False,
            comment="the workspaces it is about, if several",
        ),
    )
    mail = sa.table("mail", sa.column("agency_id", sa.Integer), sa.column("workspace_id"), sa.column("key"))
    several = (mail.c.workspace_id.is_(None), sa.or_(*(mail.c.key.like(f"{kind}:%") for kind in _KINDS)))
    op.execute(mail.update().where(*several).values(agency_id=None))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("mail", "about")
