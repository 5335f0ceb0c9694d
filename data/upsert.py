"""INSERT with ON CONFLICT, which SQLite and PostgreSQL share and SQLAlchemy has twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_for(database: Connection | Engine, table: Any) -> Any:
    """An INSERT into `table` that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return (sqlite_insert if database.dialect.name == "sqlite" else postgresql_insert)(table)
