"""Deals have fields of the workspace's own and a history, as contacts have.

Revision: 0038, after 0037.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_OLD, _NEW = "uq_custom_field_workspace_id_key", "uq_custom_field_workspace_id_subject_key"


def upgrade() -> None:
    """The fields there are belong to contacts."""
    with op.batch_alter_table("custom_field") as table:
        table.add_column(sa.Column("subject", sa.String(length=10), nullable=False, server_default="contact"))
        table.drop_constraint(op.f(_OLD), type_="unique")
        table.create_unique_constraint(op.f(_NEW), ["workspace_id", "subject", "key"])
    op.add_column("deal", sa.Column("fields", sa.JSON(), nullable=False, server_default="{}"))
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "deal_change",
        sa.Column("id", big, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("deal_id", big, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_deal_change_workspace_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_change_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_change")),
    )
    op.create_index("ix_deal_change_deal_id", "deal_change", ["deal_id", "id"])


def downgrade() -> None:
    """Take deals' fields and history away."""
    op.drop_table("deal_change")
    with op.batch_alter_table("deal") as table:
        table.drop_column("fields")
    op.execute("DELETE FROM custom_field WHERE subject <> 'contact'")
    with op.batch_alter_table("custom_field") as table:
        table.drop_constraint(op.f(_NEW), type_="unique")
        table.create_unique_constraint(op.f(_OLD), ["workspace_id", "key"])
        table.drop_column("subject")
