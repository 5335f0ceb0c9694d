"""The tables of the app database that the lake commits to (SQLAlchemy Core; made by Alembic).

The app database is the only commit point: a parquet file exists for a reader when a row here names it.
Times are ISO 8601 UTC texts in SQLite and timestamptz in PostgreSQL (`DateTime(timezone=True)`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite only auto-increments a column typed INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")

#: Keys of events already acknowledged, for ever: of what happened and of their ids (data/intake/identity.py).
event_key = Table(
    "event_key",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary(16), primary_key=True, comment="128 bits of blake2b"),
    sqlite_with_rowid=False,
)

#: Keys on their way into `event_key`, on SQLite only (data/intake/known_keys.py). A row: keys of a workspace
#: in a row.
event_key_log = Table(
    "event_key_log",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=False),
    Column("workspace_id", Integer, nullable=False),
    Column("keys", LargeBinary, nullable=False, comment="16 bytes each"),
)

#: Workspaces some of whose events were known by their ids alone before revision 0014: such an id is a duplicate.
legacy_keys = Table(
    "legacy_keys",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
)

#: Subjects of e-mails sent that read like an automatic reply's (data/intake/own_subjects.py).
own_subject = Table(
    "own_subject",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary(16), primary_key=True, comment="128 bits of blake2b"),
)

#: How far the keys of what happened were added for events of before revision 0014; no row: that is done.
key_backfill = Table(
    "key_backfill",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("inbox_seq", BigInteger, nullable=False, comment="what came in before it is drained first"),
    Column("segment_id", BigInteger, nullable=False, comment="the last segment that was looked through"),
)

#: Deliveries that were not taken: one row a source, reason and hour, so a flood is a count and not a table.
refused_delivery = Table(
    "refused_delivery",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("workspace_id", Integer, nullable=False),
    Column("source_id", Integer, nullable=False),
    Column("reason", String(20), nullable=False, comment="signature, form, size or encoding"),
    Column("hour", DateTime(timezone=True), nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("count", Integer, nullable=False),
    Column("why", Text, nullable=False, comment="of the latest: a sentence"),
    Column("bytes", BigInteger, nullable=False, comment="of the latest"),
    Column("raw", Text, nullable=True, comment="the beginning of the first, where it was read"),
    UniqueConstraint("source_id", "reason", "hour"),
    Index("ix_refused_delivery_workspace_id", "workspace_id", "last_at"),
)

#: Acknowledged events not yet in a segment. One row a delivery; `body` is a JSON array of canonical events.
inbox = Table(
    "inbox",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=True),
    Column("workspace_id", Integer, nullable=False),
    Column("source_id", Integer, nullable=True, comment="null: a file or the app itself"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("events", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_inbox_workspace_id", "workspace_id", "seq"),
    # SQLite would give the same seq again once the table was emptied, and a drain that comes late would
    # delete rows it never read.
    sqlite_autoincrement=True,
)

#: What came in and could not become an event: kept whole, told with the reason, never lost.
parked = Table(
    "parked",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("workspace_id", Integer, nullable=False, index=True),
    Column("source_id", Integer, nullable=True),
    Column("key", String(22), nullable=False, comment="of the raw record, so a repeat parks once"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("where", Text, nullable=False, comment="file and line, or element of the delivery"),
    Column("why", Text, nullable=False),
    Column("raw", Text, nullable=False),
    UniqueConstraint("workspace_id", "key"),
)

#: What came in as a parked record and was changed by a person before it became an event. Written once, kept.
parked_edit = Table(
    "parked_edit",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("workspace_id", Integer, nullable=False),
    Column("source_id", Integer, nullable=True),
    Column("parked_id", BigInteger, nullable=False, comment="the parked row, gone since"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("edited_at", DateTime(timezone=True), nullable=False),
    Column("actor", String(254), nullable=False),
    Column("why", Text, nullable=False),
    Column("raw", Text, nullable=False, comment="as it came"),
    Column("mended", Text, nullable=False, comment="as it was taken in"),
    Index("ix_parked_edit_workspace_id", "workspace_id", "edited_at"),
)

#: Immutable parquet files of events. `path` is relative to the lake's root.
segment = Table(
    "segment",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("path", String(200), nullable=False, unique=True),
    Column("events", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

#: Files of segments that were replaced, and when: who holds their names may read them until their grace is over.
retired_file = Table(
    "retired_file",
    metadata,
    Column("path", String(200), primary_key=True),
    Column("retired_at", DateTime(timezone=True), nullable=False, index=True),
)

#: Which workspaces a segment holds, and whether their marts have taken it in.
segment_part = Table(
    "segment_part",
    metadata,
    Column("segment_id", ForeignKey("segment.id"), primary_key=True),
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("events", Integer, nullable=False),
    Column("merged_version", Integer, nullable=True, comment="null: not in the marts yet"),
    Index("ix_segment_part_workspace_id", "workspace_id", "merged_version"),
    # Each worker asks four times a second: few segments wait, while those ever taken in are many.
    Index(
        "ix_segment_part_waiting",
        "workspace_id",
        "segment_id",
        sqlite_where=text("merged_version IS NULL"),
        postgresql_where=text("merged_version IS NULL"),
    ),
)

#: The current version of a workspace's marts: published by compare-and-set on `version`.
mart_version = Table(
    "mart_version",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("timezone", String(64), nullable=False, comment="the zone the cubes' days were cut in"),
    Column(
        "counting",
        String(200),
        nullable=False,
        server_default="",
        comment="the workspace's rules they were counted by (data/marts/counting.py)",
    ),
    Column("format", Integer, nullable=False, comment="FORMAT (data/marts/layer_files.py) of its files"),
    Column("events", BigInteger, nullable=False, comment="events taken in, all versions"),
    Column("last_event_at", DateTime(timezone=True), nullable=True, comment="latest stamp among them"),
    Column("last_received_at", DateTime(timezone=True), nullable=True),
)

#: A layer is what one refresh, merge or full build wrote: at most one file a mart, of many workspaces.
layer = Table(
    "layer",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    sqlite_autoincrement=True,  # later layers win over earlier ones, so an id may never come again
)

#: The files of a layer. `path` is relative to the lake's root.
layer_file = Table(
    "layer_file",
    metadata,
    Column("layer_id", ForeignKey("layer.id"), primary_key=True),
    Column("mart", String(40), primary_key=True),
    Column("path", String(200), nullable=False, index=True),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("quarantined", Integer, nullable=False, server_default="0", comment="1: found damaged"),
)

#: The manifest: which layers make up which versions of a workspace's marts, in the order of their ids.
workspace_layer = Table(
    "workspace_layer",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("layer_id", ForeignKey("layer.id"), primary_key=True, index=True),
    Column("since", Integer, nullable=False, comment="the first version it is part of"),
    Column("until", Integer, nullable=True, comment="the first version it is no longer part of"),
    Column("rows", BigInteger, nullable=False, comment="of the workspace's messages in it"),
    Column("sliced", Integer, nullable=False, comment="1: its cubes hold every slice, not only 'fine'"),
)
