"""Alerts on tiles, and each time the limit of one was crossed.

Revision: 0025, after 0024.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tile_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("view_id", sa.Integer(), nullable=True),
        sa.Column("tile_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("measure", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("limit_value", sa.Double(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        _moment("snoozed_until", nullable=True),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("seen_value", sa.Double(), nullable=True),
        sa.Column("seen_n", sa.Integer(), nullable=True),
        sa.Column("seen_base", sa.Integer(), nullable=True),
        sa.Column("seen_before", sa.Double(), nullable=True),
        sa.Column("seen_days", sa.String(30), nullable=False),
        sa.Column("checked_version", sa.Integer(), nullable=False),
        _moment("checked_at", nullable=True),
        _moment("look_at", nullable=True),
        sa.Column("created_by", sa.String(254), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_tile_alert_workspace_id_workspace")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["agency_link.id"], name=op.f("fk_tile_alert_link_id_agency_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tile_alert")),
    )
    op.create_index(op.f("ix_tile_alert_workspace_id"), "tile_alert", ["workspace_id"])
    op.create_index(op.f("ix_tile_alert_link_id"), "tile_alert", ["link_id"])
    op.create_index("ix_tile_alert_active_look_at", "tile_alert", ["active", "look_at"])
    op.create_table(
        "alert_crossing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        _moment("began_at"),
        _moment("ended_at", nullable=True),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("days", sa.String(30), nullable=False),
        _moment("told_at", nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("acknowledged_by", sa.String(254), nullable=False),
        _moment("acknowledged_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["tile_alert.id"], name=op.f("fk_alert_crossing_alert_id_tile_alert")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_crossing")),
    )
    op.create_index("ix_alert_crossing_alert_id_began_at", "alert_crossing", ["alert_id", "began_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("alert_crossing")
    op.drop_table("tile_alert")
