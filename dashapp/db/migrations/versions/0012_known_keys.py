"""Keys of known events are their 16 bytes instead of 22 characters, and go through a log
(data/intake/known_keys.py).

Revision: 0012, after 0011. Every key is converted, none is forgotten: an event of a year ago is still known. SQLite
sorts them on the way, in files of its own, not in memory.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BYTES = "128 bits of blake2b(event_id)"
_TEXT = "base64 of 128 bits of blake2b(event_id)"


def _key_bytes(key: str) -> bytes:
    return urlsafe_b64decode(key + "==")


def _key_text(key: bytes) -> str:
    return urlsafe_b64encode(key).decode("ascii")[:22]


def _make(type_: Any, comment: str) -> None:
    op.create_table(
        "event_key",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", type_, nullable=False, comment=comment),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_event_key")),
        sqlite_with_rowid=False,
    )


def _convert(type_: Any, comment: str, function: Any) -> None:
    """The table made anew from what each key becomes, in the order of the new keys: its pages are full."""
    driver: Any = op.get_bind().connection.driver_connection
    driver.create_function("converted", 1, function, deterministic=True)
    op.execute("ALTER TABLE event_key RENAME TO event_key_before")
    _make(type_, comment)
    op.execute(
        "INSERT INTO event_key (workspace_id, key)"
        " SELECT workspace_id, converted(key) AS key FROM event_key_before ORDER BY 1, 2"
    )
    op.drop_table("event_key_before")


def upgrade() -> None:
    """Convert the keys; make the log, empty."""
    if op.get_bind().dialect.name == "sqlite":
        _convert(sa.LargeBinary(16), _BYTES, _key_bytes)
    else:
        op.execute(
            "ALTER TABLE event_key ALTER COLUMN key TYPE bytea"
            " USING decode(translate(key, '-_', '+/') || '==', 'base64')"
        )
        op.execute(f"COMMENT ON COLUMN event_key.key IS '{_BYTES}'")
    op.create_table(
        "event_key_log",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False, comment="16 bytes each"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event_key_log")),
    )


def downgrade() -> None:
    """Empty the log into the table, convert the keys back, remove the log."""
    if op.get_bind().dialect.name == "sqlite":
        # The keys of a row of the log, one after the other: 16 bytes from 1, 17, 33 …
        op.execute(
            "WITH RECURSIVE piece (workspace_id, keys, at) AS ("
            " SELECT workspace_id, keys, 1 FROM event_key_log WHERE length(keys) > 0"
            " UNION ALL SELECT workspace_id, keys, at + 16 FROM piece WHERE at + 16 <= length(keys))"
            " INSERT INTO event_key (workspace_id, key)"
            " SELECT workspace_id, substr(keys, at, 16) FROM piece WHERE true ON CONFLICT DO NOTHING"
        )
        _convert(sa.String(22), _TEXT, _key_text)
    else:
        op.execute(
            "ALTER TABLE event_key ALTER COLUMN key TYPE varchar(22)"
            " USING rtrim(translate(encode(key, 'base64'), '+/', '-_'), '=')"
        )
        op.execute(f"COMMENT ON COLUMN event_key.key IS '{_TEXT}'")
    op.drop_table("event_key_log")
