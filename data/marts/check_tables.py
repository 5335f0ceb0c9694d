"""Tables of what the checks found and of what was restated; beside data/lake/tables.py, in the same metadata."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Integer, String, Table, Text

from data.lake.tables import BigId, metadata

#: A check of a contract that did not hold for a workspace. Open until the workspace is published again.
check_failure = Table(
    "check_failure",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("workspace_id", Integer, nullable=False),
    Column("mart", String(40), nullable=False),
    Column("name", String(60), nullable=False, comment="of the check in the mart's contract"),
    Column("stage", String(20), nullable=False, comment="refresh, rebuild, merge or recheck"),
    Column("version", Integer, nullable=False, comment="the version the workspace stays at"),
    Column("bad_rows", BigInteger, nullable=False),
    Column("sample", Text, nullable=False, comment="JSON array of a few bad rows"),
    Column("wrong", Text, nullable=False),
    Column("todo", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, comment="when it failed last"),
    Column("retry_at", DateTime(timezone=True), nullable=False, comment="before that nobody tries again"),
    Column("closed_at", DateTime(timezone=True), nullable=True, comment="null: open"),
    Index("ix_check_failure_workspace_id", "workspace_id", "closed_at"),
)

#: When the published marts of a workspace were last held against its events (data/building/recheck.py).
recheck = Table(
    "recheck",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("leads", Integer, nullable=False, comment="recounted from the events"),
    Column("failures", Integer, nullable=False),
)

#: Days whose published figures were corrected later (data/building/restated.py): the latest, one row a cause.
restatement = Table(
    "restatement",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True, comment="local: of the event, or of the start it is credited to"),
    Column("cause", String(20), primary_key=True, comment="late, recategorised or rebuilt"),
    Column("events", Integer, nullable=False, comment="that correct the day"),
    Column("own", Integer, nullable=False, comment="of these, those that happened on it"),
    Column("at", DateTime(timezone=True), nullable=False, comment="when the latest of them was received"),
    Index("ix_restatement_workspace_id", "workspace_id", "at"),
)
