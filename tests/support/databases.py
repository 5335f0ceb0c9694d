"""SQLite databases that are made once a process and copied."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from dashapp.db import migrate
from dashapp.db.engine import make_engine

#: The migrations themselves, for tests that are about them.
upgrade_step_by_step = migrate.upgrade


def database_with(fill: Callable[[Engine], None]) -> bytes:
    """The bytes of a closed SQLite file, as `fill` leaves it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "vitrine.db"
        engine = make_engine(f"sqlite:///{path}")
        fill(engine)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """As `migrate.upgrade`; a new SQLite file begins as a copy of one that every migration made."""
    file = Path(engine.url.database or "")
    if engine.dialect.name == "sqlite" and revision == "head" and not file.exists():
        file.write_bytes(_migrated())
    upgrade_step_by_step(engine, revision)


@cache
def _migrated() -> bytes:
    return database_with(upgrade_step_by_step)
