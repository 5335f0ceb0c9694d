"""An agency's portals may have a name of their own.

Revision: 0031, after 0030.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "portal_domain",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("token", sa.String(43), nullable=False),
        sa.Column("verified_host", sa.String(253), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_portal_domain_agency_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_portal_domain")),
        sa.UniqueConstraint("verified_host", name=op.f("uq_portal_domain_verified_host")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("portal_domain")
