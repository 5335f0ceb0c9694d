"""A lake that is dear to make is made once in a file of tests; each further test finds the same rows and files.

The first test of each kind of database makes it as the product does. What stood there then is kept, and put into
the fresh database and the empty folder of every other test.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert, inspect, select, text

from dashapp.db.base import Base
from data.lake.lake import Lake

Value = TypeVar("Value")


@dataclass
class _Kept:
    rows: dict[str, list[dict[str, Any]]]
    folder: Path
    value: Any


class Keeper:
    """What was made, by the kind of database. `folder` holds the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, _Kept] = {}

    def made(self, lake: Lake, make: Callable[[], Value]) -> Value:
        """What `make` gives, and `lake` as it leaves it."""
        kind = lake.engine.dialect.name
        kept = self._kept.get(kind)
        if kept is None:
            value = make()
            folder = self._folder / kind
            shutil.copytree(lake.root, folder)
            self._kept[kind] = _Kept(_rows(lake.engine), folder, value)
            return value
        shutil.copytree(kept.folder, lake.root, dirs_exist_ok=True)
        with lake.engine.begin() as connection:
            _put(connection, kept.rows)
        found: Value = kept.value
        return found

    def added(self, lake: Lake, make: Callable[[], Value]) -> Value:
        """As `made`, for a lake that somebody uses already: only the tables that `make` changes are put back."""
        kind = f"added-{lake.engine.dialect.name}"
        kept = self._kept.get(kind)
        if kept is None:
            before = _rows(lake.engine)
            value = make()
            after = _rows(lake.engine)
            folder = self._folder / kind
            shutil.copytree(lake.root, folder)
            changed = {name: rows for name, rows in after.items() if rows != before[name]}
            self._kept[kind] = _Kept(changed, folder, value)
            return value
        shutil.copytree(kept.folder, lake.root, dirs_exist_ok=True)
        with lake.engine.begin() as connection:
            _put(connection, kept.rows)
        found: Value = kept.value
        return found


def _rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }


def _put(connection: Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    """These rows and no other. PostgreSQL's counters go on after them, as they do in SQLite by themselves."""
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in rows:
            connection.execute(table.delete())
    for table in Base.metadata.sorted_tables:
        if not rows.get(table.name):
            continue
        connection.execute(insert(table), rows[table.name])
        (key, *more) = inspect(table).primary_key
        if connection.dialect.name == "postgresql" and not more and table.autoincrement_column is not None:
            connection.execute(
                text(
                    f'SELECT setval(pg_get_serial_sequence(:name, :key), max("{key.name}")) FROM "{table.name}"'
                ),
                {"name": f'"{table.name}"', "key": key.name},
            )
