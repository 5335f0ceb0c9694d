"""Marts become layers: a refresh adds what changed instead of writing a workspace's files anew.

Revision: 0002, after 0001. The marts of before are forgotten, not converted: the segments hold every event, and the
first refresh after this builds them in the new form.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Swap the table of files for the tables of layers; every workspace is to be built anew."""
    op.create_table(
        "layer",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "layer_file",
        sa.Column("layer_id", BIG_ID, nullable=False),
        sa.Column("mart", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "quarantined", sa.Integer(), server_default="0", nullable=False, comment="1: found damaged"
        ),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_layer_file_layer_id")),
        sa.PrimaryKeyConstraint("layer_id", "mart", name=op.f("pk_layer_file")),
    )
    op.create_index(op.f("ix_layer_file_path"), "layer_file", ["path"], unique=False)
    op.create_table(
        "workspace_layer",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("layer_id", BIG_ID, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False, comment="the first version it is part of"),
        sa.Column("until", sa.Integer(), nullable=True, comment="the first version it is no longer part of"),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="of the workspace's messages in it"),
        sa.Column(
            "sliced",
            sa.Integer(),
            nullable=False,
            comment="1: its cubes hold every slice, not only 'fine'",
        ),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_workspace_layer_layer_id")),
        sa.PrimaryKeyConstraint("workspace_id", "layer_id", name=op.f("pk_workspace_layer")),
    )
    op.create_index(op.f("ix_workspace_layer_layer_id"), "workspace_layer", ["layer_id"], unique=False)
    op.drop_table("mart_file")
    op.execute("UPDATE mart_version SET format = 0")
    op.execute("UPDATE segment_part SET merged_version = NULL")
