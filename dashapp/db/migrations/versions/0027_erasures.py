"""People who were erased, with the keyed hashes they are refused by; mails that a colleague wrote.

Revision: 0027, after 0026.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables and add the columns."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "erased_key",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(16),
            nullable=False,
            comment="128 bits of blake2b with the installation's key",
        ),
        sa.Column("erasure_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name=op.f("pk_erased_key")),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.String(254), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("cleaned_at", moment, nullable=True),
        sa.Column("done_at", moment, nullable=True),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_erasure_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_workspace_id", "erasure", ["workspace_id", "id"])
    op.add_column(
        "mail",
        sa.Column("from_name", sa.String(200), nullable=True, comment="who wrote it; null: Vitrine did"),
    )
    op.add_column(
        "mail", sa.Column("reply_to", sa.String(254), nullable=True, comment="whom an answer goes to")
    )
    op.add_column(
        "mail", sa.Column("told_at", moment, nullable=True, comment="when its event was made, if it has one")
    )


def downgrade() -> None:
    """Take them away; who was erased stays so, and is no longer refused."""
    for name in ("told_at", "reply_to", "from_name"):
        op.drop_column("mail", name)
    op.drop_table("erasure")
    op.drop_table("erased_key")
