"""Figures of accounts and reasons to look after them; tags of an agency's accounts.

Revision: 0022, after 0021.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, the column and the index."""
    op.add_column("agency_link", sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
    op.create_index(op.f("ix_contact_workspace_status"), "contact", ["workspace_id", "status"])
    op.create_table(
        "account_figures",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_account_figures_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_account_figures")),
    )
    op.create_table(
        "account_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_account_reason_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_reason")),
        sa.UniqueConstraint(
            "workspace_id", "kind", "subject", name=op.f("uq_account_reason_workspace_id_kind_subject")
        ),
    )
    op.create_table(
        "reason_snooze",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snoozed_by", sa.String(254), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_reason_snooze_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_reason_snooze_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint(
            "agency_id", "workspace_id", "kind", "subject", name=op.f("pk_reason_snooze")
        ),
    )
    op.create_index(op.f("ix_reason_snooze_until"), "reason_snooze", ["until"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("reason_snooze")
    op.drop_table("account_reason")
    op.drop_table("account_figures")
    op.drop_index(op.f("ix_contact_workspace_status"), table_name="contact")
    op.drop_column("agency_link", "tags")
