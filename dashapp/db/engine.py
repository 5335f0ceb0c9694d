"""The engine: SQLite that survives power loss and concurrent writers, or PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

#: How long a writer waits for SQLite's one write lock, which is given to nobody in turn: on a busy machine five
#: seconds were too short for some of many.
BUSY_TIMEOUT_MS = 15_000
#: Pages of the write-ahead log (16 MB) after which a commit moves them into the file. SQLite's 1,000 are two big
#: commits: a page that changes again and again then moves as often. Nothing acknowledged hangs on it.
CHECKPOINT_PAGES = 4_000

#: What a commit on SQLite waits for: FULL, until it is on the disk.
SYNCHRONOUS = "FULL"

#: Of pages, for each connection: ten are kept open, and what they hold is in no other budget. With twice as much a
#: lookup of a key costs a tenth less.
CACHE_KB = 32_768
#: Connections kept open, and the most there may be: two for each thread of the web server (web/serve.py). Requests
#: hold one while they ask for another, so with fewer all of them may wait for each other until they time out.
KEPT, MOST = 10, 80


def make_engine(url: str) -> Engine:
    """An engine for `url`.

    SQLite: WAL, `synchronous=FULL` (a commit is on the disk before it returns) and `BEGIN IMMEDIATE`, because
    a transaction that upgrades from reading to writing fails under concurrency and half-applies migrations.
    PostgreSQL: `pool_pre_ping`, so that a restart of the server costs no failed request; a transaction that only
    reads sees one moment in all its statements, as on SQLite. (Else a builder reads which segments wait before, and
    which version stands after, another publishes: it takes them in again.)
    """
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, pool_size=KEPT, max_overflow=MOST - KEPT)
        event.listen(engine, "begin", _begin_on_postgres)
        return engine
    engine = create_engine(
        url,
        pool_size=KEPT,
        max_overflow=MOST - KEPT,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the BEGIN below is ours, not the driver's
        cursor = connection.cursor()
        _write_ahead(cursor)
        cursor.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if _only_reads(connection) else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(cursor: Any) -> None:
    """Switch the file to WAL. Of several processes that open a new file at once SQLite refuses some without
    waiting for its busy timeout, so the waiting is done here.
    """
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_on_postgres(connection: Connection) -> None:
    """The driver begins the transaction with the first statement, at this level: no round trip more."""
    from psycopg import IsolationLevel  # only where there is a PostgreSQL

    driver: Any = connection.connection.driver_connection
    driver.isolation_level = IsolationLevel.REPEATABLE_READ if _only_reads(connection) else None


def _only_reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("vitrine_read_only", False))


def reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read: they see one moment throughout, and take no write lock."""
    return engine.execution_options(vitrine_read_only=True)
