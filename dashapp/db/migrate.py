"""Bringing the schema up to date: all or nothing, and safe when several processes start at once.

Alembic is imported only where there is something to migrate: it takes 10 MB of every process that has it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

import dashapp.db.attention
import dashapp.db.choices
import dashapp.db.contacts
import dashapp.db.crm
import dashapp.db.crm_search
import dashapp.db.jobs
import dashapp.db.mail
import dashapp.db.on_tiles
import dashapp.db.people
import dashapp.db.reports
import dashapp.db.schedules
import dashapp.db.security
import dashapp.db.shares
import dashapp.db.tenants  # noqa: F401  (with those above: every mapped table is in the metadata)
import data.intake.pending_events
import data.lake.tables
import data.plans.tables  # noqa: F401
from dashapp.db.engine import BUSY_TIMEOUT_MS, reading

if TYPE_CHECKING:
    from alembic.config import Config

#: Any number nobody else uses for an advisory lock in this database.
LOCK = 7_203_318_502
#: How long one process waits on SQLite for another's migrations: a slow disk takes longer than any other write.
PATIENCE_MS = 120_000
_MIGRATIONS = Path(__file__).with_name("migrations")
_REVISION = re.compile(r'^(down_)?revision = "(\w+)"$', re.MULTILINE)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run every missing migration in one transaction.

    The second process waits for the first (SQLite: `BEGIN IMMEDIATE`; PostgreSQL: an advisory lock), then
    finds nothing to do. A kill at any moment leaves the schema as before or as after.
    """
    if is_current(engine) and revision == "head":
        return  # no write lock at the start of every process
    from alembic import command

    with engine.connect() as connection:
        _wait(connection, PATIENCE_MS)
        _enforce_references(connection, on=False)
        try:
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
                _check_references(connection)
        finally:
            _enforce_references(connection, on=True)
            _wait(connection, BUSY_TIMEOUT_MS)


def _wait(connection: Connection, milliseconds: int) -> None:
    """For a lock of SQLite's, outside of any transaction."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA busy_timeout={milliseconds}")


def _enforce_references(connection: Connection, *, on: bool) -> None:
    """SQLite changes a table by making it anew, which removes the old one's rows: references to them are checked
    at the end. It can be switched outside of any transaction only."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(3)
        if broken:
            raise RuntimeError(f"the migration would leave rows without what they refer to: {broken}")


def current(connection: Connection) -> str | None:
    """The revision the database is at; None when it has no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


@lru_cache(maxsize=1)
def head() -> str:
    """The newest revision of this version of the program: the one that no other is based on."""
    revisions: set[str] = set()
    bases: set[str] = set()
    for path in (_MIGRATIONS / "versions").glob("*.py"):
        for base, revision in _REVISION.findall(path.read_text("utf-8")):
            (bases if base else revisions).add(revision)
    (newest,) = revisions - bases
    return newest


def is_current(engine: Engine) -> bool:
    """Whether the database has exactly this version's schema."""
    with reading(engine).connect() as connection:
        return current(connection) == head()
