"""Reports mailed on a schedule; mails with pictures, files and an address that ends them.

Revision: 0023, after 0022.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    """Add the tables and the two columns of mails."""
    op.create_table(
        "mail_bundle",
        sa.Column("id", _big(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_bundle")),
    )
    op.create_index(op.f("ix_mail_bundle_created_at"), "mail_bundle", ["created_at"])
    op.create_table(
        "mail_part",
        sa.Column("id", _big(), nullable=False),
        sa.Column("bundle_id", _big(), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False, comment="such as image/png"),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _to("mail_part", "bundle_id", "mail_bundle"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_part")),
        sa.UniqueConstraint("bundle_id", "name", name=op.f("uq_mail_part_bundle_id_name")),
    )
    with op.batch_alter_table("mail") as mails:
        mails.add_column(sa.Column("bundle_id", _big(), nullable=True))
        mails.add_column(sa.Column("unsubscribe", sa.String(500), nullable=True))
        mails.create_foreign_key(op.f("fk_mail_bundle_id_mail_bundle"), "mail_bundle", ["bundle_id"], ["id"])
        mails.create_index(op.f("ix_mail_bundle_id"), ["bundle_id"])
    _schedules()


def _schedules() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=True),
        sa.Column("cadence", sa.String(15), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("month_day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("only_changed", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, comment="active or paused"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("active_from"),
        _moment("next_at", nullable=True),
        sa.Column("sent_mark", sa.String(64), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        _moment("created_at"),
        _to("schedule", "workspace_id", "workspace"),
        _to("schedule", "share_id", "share"),
        _to("schedule", "view_id", "view"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index(op.f("ix_schedule_workspace_id"), "schedule", ["workspace_id"])
    op.create_index(op.f("ix_schedule_share_id"), "schedule", ["share_id"])
    op.create_index("ix_schedule_next_at", "schedule", ["next_at"])
    op.create_table(
        "schedule_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("viewer_id", sa.Integer(), nullable=False),
        sa.Column("cadence", sa.String(10), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        _moment("changed_at", nullable=True),
        sa.Column("last_day", sa.String(10), nullable=False),
        _to("schedule_recipient", "schedule_id", "schedule"),
        _to("schedule_recipient", "viewer_id", "share_viewer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_recipient")),
        sa.UniqueConstraint(
            "schedule_id", "viewer_id", name=op.f("uq_schedule_recipient_schedule_id_viewer_id")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_schedule_recipient_token_hash")),
    )
    op.create_index(op.f("ix_schedule_recipient_viewer_id"), "schedule_recipient", ["viewer_id"])
    op.create_table(
        "schedule_run",
        sa.Column("id", _big(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(60), nullable=False),
        _moment("due"),
        sa.Column("asked_by", sa.String(254), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("next_try_at"),
        sa.Column("claim", sa.String(40), nullable=True),
        _moment("claimed_at", nullable=True),
        sa.Column("reason", sa.String(30), nullable=False),
        sa.Column("about", sa.String(500), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        _moment("finished_at", nullable=True),
        _to("schedule_run", "schedule_id", "schedule"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_run")),
        sa.UniqueConstraint("schedule_id", "slot", name=op.f("uq_schedule_run_schedule_id_slot")),
    )
    op.create_index("ix_schedule_run_state_next_try_at", "schedule_run", ["state", "next_try_at"])
    op.create_table(
        "sent_report",
        sa.Column("id", _big(), nullable=False),
        sa.Column("run_id", _big(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("bundle_id", _big(), nullable=True),
        _moment("as_of"),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _to("sent_report", "run_id", "schedule_run"),
        _to("sent_report", "share_id", "share"),
        _to("sent_report", "bundle_id", "mail_bundle"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_report")),
        sa.UniqueConstraint("run_id", name=op.f("uq_sent_report_run_id")),
    )
    op.create_index(op.f("ix_sent_report_share_id"), "sent_report", ["share_id"])


def downgrade() -> None:
    """Take them away."""
    for table in ("sent_report", "schedule_run", "schedule_recipient", "schedule"):
        op.drop_table(table)
    with op.batch_alter_table("mail") as mails:
        mails.drop_index(op.f("ix_mail_bundle_id"))
        mails.drop_constraint(op.f("fk_mail_bundle_id_mail_bundle"), type_="foreignkey")
        mails.drop_column("unsubscribe")
        mails.drop_column("bundle_id")
    op.drop_table("mail_part")
    op.drop_table("mail_bundle")
