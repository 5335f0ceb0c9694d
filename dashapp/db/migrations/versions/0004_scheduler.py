"""The scheduler's lease and ledger, and freshness over time.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column(
            "holder", sa.String(length=80), nullable=False, comment="a worker's name; empty: given back"
        ),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("renewed_at", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column(
            "tenant", sa.Integer(), nullable=False, comment="a workspace's id; 0: the whole installation"
        ),
        sa.Column(
            "slot",
            sa.String(length=60),
            nullable=False,
            comment="business date or period; 'now …' and 'fault …'",
        ),
        sa.Column("origin", sa.String(length=10), nullable=False, comment="clock, person or worker"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="queued, running, done or dead"),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("heartbeat_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("busy_ms", sa.BigInteger(), nullable=True, comment="time the work itself took"),
        sa.Column("amount", sa.BigInteger(), nullable=True, comment="events, rows or files taken further"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what it did, or why it failed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "tenant", "slot", name=op.f("uq_job_run_job_tenant_slot")),
    )
    op.create_index("ix_job_run_state_due_at", "job_run", ["state", "due_at"], unique=False)
    op.create_index("ix_job_run_job_finished_at", "job_run", ["job", "state", "finished_at"], unique=False)
    op.create_table(
        "freshness_sample",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False, comment="start of the period"),
        sa.Column("lag_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "at", name=op.f("pk_freshness_sample")),
    )
    op.create_table(
        "freshness_alarm",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("worst_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_freshness_alarm_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freshness_alarm")),
    )
    op.create_index(
        "ix_freshness_alarm_workspace_id_since", "freshness_alarm", ["workspace_id", "since"], unique=False
    )


def downgrade() -> None:
    """There is no way back but a backup."""
    raise NotImplementedError("restore a backup instead")
