"""What the marts' checks found, when they were last held against the events, and what was restated.

Revision: 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "check_failure",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("mart", sa.String(length=40), nullable=False),
        sa.Column(
            "name", sa.String(length=60), nullable=False, comment="of the check in the mart's contract"
        ),
        sa.Column(
            "stage", sa.String(length=20), nullable=False, comment="refresh, rebuild, merge or recheck"
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="the version the workspace stays at"),
        sa.Column("bad_rows", sa.BigInteger(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False, comment="JSON array of a few bad rows"),
        sa.Column("wrong", sa.Text(), nullable=False),
        sa.Column("todo", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, comment="when it failed last"),
        sa.Column(
            "retry_at", sa.DateTime(timezone=True), nullable=False, comment="before that nobody tries again"
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True, comment="null: open"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_failure")),
    )
    op.create_index("ix_check_failure_workspace_id", "check_failure", ["workspace_id", "closed_at"])
    op.create_table(
        "recheck",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False, comment="recounted from the events"),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_recheck")),
    )
    op.create_table(
        "restatement",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "day", sa.Date(), nullable=False, comment="local: of the event, or of the start it is credited to"
        ),
        sa.Column("cause", sa.String(length=20), nullable=False, comment="late, recategorised or rebuilt"),
        sa.Column("events", sa.Integer(), nullable=False, comment="that correct the day"),
        sa.Column("own", sa.Integer(), nullable=False, comment="of these, those that happened on it"),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when the latest of them was received",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "day", "cause", name=op.f("pk_restatement")),
    )
    op.create_index("ix_restatement_workspace_id", "restatement", ["workspace_id", "at"])


def downgrade() -> None:
    """Drop them."""
    for table in ("restatement", "recheck", "check_failure"):
        op.drop_table(table)
