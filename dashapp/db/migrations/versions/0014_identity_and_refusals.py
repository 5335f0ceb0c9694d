"""Events are known by what happened beside their ids, and deliveries that were not taken leave a trace.

Revision: 0014, after 0013. No key is changed: an id that is known already stays known (`legacy_keys` names the
workspaces that have such), and a job adds the keys of what happened for the events there are (`key_backfill`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; every workspace there is may have keys of before."""
    op.create_table(
        "legacy_keys",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_legacy_keys")),
    )
    op.create_table(
        "key_backfill",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "inbox_seq", sa.BigInteger(), nullable=False, comment="what came in before it is drained first"
        ),
        sa.Column(
            "segment_id", sa.BigInteger(), nullable=False, comment="the last segment that was looked through"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_backfill")),
    )
    op.create_table(
        "refused_delivery",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False, comment="signature, form, size or encoding"),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, comment="of the latest: a sentence"),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="of the latest"),
        sa.Column("raw", sa.Text(), nullable=True, comment="the beginning of the first, where it was read"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_delivery")),
        sa.UniqueConstraint(
            "source_id", "reason", "hour", name=op.f("uq_refused_delivery_source_id_reason_hour")
        ),
    )
    op.create_index(op.f("ix_refused_delivery_workspace_id"), "refused_delivery", ["workspace_id", "last_at"])
    # From one workspace's keys to the next one's in the index: looking through all keys would take minutes.
    op.execute(
        "INSERT INTO legacy_keys (workspace_id)"
        " WITH RECURSIVE keyed (id) AS ("
        " SELECT min(workspace_id) FROM event_key"
        " UNION ALL SELECT (SELECT min(workspace_id) FROM event_key WHERE workspace_id > keyed.id)"
        " FROM keyed WHERE keyed.id IS NOT NULL)"
        " SELECT id FROM keyed WHERE id IS NOT NULL UNION SELECT workspace_id FROM event_key_log"
    )
    op.execute(
        "INSERT INTO key_backfill (id, inbox_seq, segment_id)"
        " SELECT 1, coalesce((SELECT max(seq) FROM inbox), 0), 0"
        " WHERE EXISTS (SELECT 1 FROM legacy_keys)"
    )
    if op.get_bind().dialect.name != "sqlite":
        op.execute("COMMENT ON COLUMN event_key.key IS '128 bits of blake2b'")


def downgrade() -> None:
    """Remove them. Keys of what happened stay behind and match no id: nothing is known that was not."""
    op.drop_table("refused_delivery")
    op.drop_table("key_backfill")
    op.drop_table("legacy_keys")
