"""A share has a name, what it shows, a fixed scope and rules; viewers with links of their own; a log of openings.

Revision: 0021, after 0020.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("name", sa.String(120), server_default="", nullable=False),
    sa.Column("shows_views", sa.Boolean(), server_default=sa.true(), nullable=False),
    # Links made before this show what they showed: a view, and no campaign.
    sa.Column("shows_campaigns", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("campaigns", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("since", sa.Date(), nullable=True),
    sa.Column("masks_people", sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column("downloads", sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column("language", sa.String(5), nullable=True),
    sa.Column("theme", sa.String(5), nullable=True),
    sa.Column("period", sa.String(20), nullable=True),
    sa.Column("password_sealed", sa.Text(), nullable=True),
    sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add the columns and tables."""
    for column in _COLUMNS:
        op.add_column("share", column._copy())
    op.create_table(
        "share_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_view_share_id_share")),
        sa.ForeignKeyConstraint(["view_id"], ["view.id"], name=op.f("fk_share_view_view_id_view")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_view")),
        sa.UniqueConstraint("share_id", "view_id", name=op.f("uq_share_view_share_id_view_id")),
    )
    op.create_index(op.f("ix_share_view_view_id"), "share_view", ["view_id"])
    op.create_table(
        "share_viewer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        _moment("created_at"),
        _moment("opened_at", nullable=True),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_viewer_share_id_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_viewer")),
        sa.UniqueConstraint("share_id", "email", name=op.f("uq_share_viewer_share_id_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_share_viewer_token_hash")),
    )
    op.create_table(
        "share_opening",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("viewer_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(40), nullable=False),
        _moment("at"),
        _moment("last_at"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("device", sa.String(10), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_opening_share_id_share")),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["share_viewer.id"], name=op.f("fk_share_opening_viewer_id_share_viewer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_opening")),
        sa.UniqueConstraint("key", name=op.f("uq_share_opening_key")),
    )
    op.create_index("ix_share_opening_share_id_at", "share_opening", ["share_id", "at"])
    op.create_index("ix_share_opening_at", "share_opening", ["at"])


def downgrade() -> None:
    """Take them away."""
    for table in ("share_opening", "share_viewer", "share_view"):
        op.drop_table(table)
    with op.batch_alter_table("share") as shares:
        for column in reversed(_COLUMNS):
            shares.drop_column(column.name)
