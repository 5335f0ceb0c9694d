"""Questions on tiles of portals, and their messages.

Revision: 0026, after 0025.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tile_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("viewer_id", sa.Integer(), nullable=True),
        sa.Column("asked_hash", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=True),
        sa.Column("tab", sa.Boolean(), nullable=False),
        sa.Column("tile_id", sa.String(40), nullable=False),
        sa.Column("tile_title", sa.String(120), nullable=False),
        sa.Column("period", sa.String(200), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("for_all", sa.Boolean(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_tile_question_workspace_id_workspace")
        ),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_tile_question_share_id_share")),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["share_viewer.id"], name=op.f("fk_tile_question_viewer_id_share_viewer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tile_question")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tile_question_token_hash")),
    )
    op.create_index(op.f("ix_tile_question_workspace_id"), "tile_question", ["workspace_id"])
    op.create_index("ix_tile_question_share_id_tile_id", "tile_question", ["share_id", "tile_id"])
    op.create_table(
        "question_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("by_client", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["tile_question.id"], name=op.f("fk_question_message_question_id_tile_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_message")),
    )
    op.create_index(op.f("ix_question_message_question_id"), "question_message", ["question_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("question_message")
    op.drop_table("tile_question")
