"""What is planned (campaigns, steps, journeys, mailboxes) and the forecasts made of it.

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the five tables."""
    op.create_table(
        "plan_campaign",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.String(length=500), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=True, comment="as the source names it"),
        sa.Column("user", sa.String(length=254), nullable=True, comment="the owner's e-mail"),
        sa.PrimaryKeyConstraint("workspace_id", "campaign", name=op.f("pk_plan_campaign")),
    )
    op.create_table(
        "plan_step",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.String(length=500), nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column(
            "position", sa.Float(), nullable=False, comment="the step's number, else its place in the file"
        ),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("wait_days", sa.Float(), nullable=False, comment="after the step before"),
        sa.PrimaryKeyConstraint("workspace_id", "campaign", "step", name=op.f("pk_plan_step")),
    )
    op.create_table(
        "plan_journey",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.String(length=500), nullable=False),
        sa.Column("lead", sa.String(length=320), nullable=False, comment="lower case"),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_step_on", sa.Date(), nullable=True, comment="where only a local day was told"),
        sa.Column("user", sa.String(length=254), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "campaign", "lead", name=op.f("pk_plan_journey")),
    )
    op.create_table(
        "plan_mailbox",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False, comment="lower case"),
        sa.Column("provider", sa.String(length=20), nullable=True),
        sa.Column("daily_limit", sa.Integer(), nullable=True, comment="null: no limit is known"),
        sa.Column("sending_days", sa.String(length=7), nullable=False, comment="ISO weekdays, 1 = Monday"),
        sa.Column(
            "window_end",
            sa.String(length=5),
            nullable=True,
            comment="local HH:MM; what is due later goes out next day",
        ),
        sa.Column("user", sa.String(length=254), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "sender", name=op.f("pk_plan_mailbox")),
    )
    op.create_table(
        "forecast",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "made_on", "day", name=op.f("pk_forecast")),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("forecast", "plan_mailbox", "plan_journey", "plan_step", "plan_campaign"):
        op.drop_table(table)
