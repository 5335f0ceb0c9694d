"""The outbox of mails, what people were told of that went wrong, and an index of what waits to be taken in.

Revision: 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables and the index."""
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "mail",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column(
            "key",
            sa.String(length=200),
            nullable=False,
            comment="what it is about, and to whom: written once",
        ),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="queued, sent or failed"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", moment, nullable=False),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("claimed_at", moment, nullable=True),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_mail_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_key")),
    )
    op.create_index("ix_mail_state_next_try_at", "mail", ["state", "next_try_at"])
    op.create_index("ix_mail_agency_id_id", "mail", ["agency_id", "id"])
    op.create_table(
        "trouble",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True, comment="null: the installation"),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(length=20), nullable=False, comment="late, checks or runs"),
        sa.Column(
            "ref",
            sa.String(length=40),
            nullable=False,
            comment="the id of the alarm, the failed check or the run",
        ),
        sa.Column("what", sa.String(length=300), nullable=False, comment="the name of the check or the job"),
        sa.Column("since", moment, nullable=False),
        sa.Column("told_at", moment, nullable=True),
        sa.Column("over_at", moment, nullable=True),
        sa.Column("over_told_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_trouble_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_trouble_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trouble")),
        sa.UniqueConstraint("topic", "ref", name=op.f("uq_trouble_topic_ref")),
    )
    op.create_index("ix_trouble_over_at", "trouble", ["over_at"])
    waiting = sa.text("merged_version IS NULL")
    op.create_index(
        "ix_segment_part_waiting",
        "segment_part",
        ["workspace_id", "segment_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_segment_part_waiting", "segment_part")
    op.drop_table("trouble")
    op.drop_table("mail")
