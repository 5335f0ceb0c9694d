"""What is planned in a workspace, read once and kept in memory until its stamp moves (data/plans/tables.py).

The stamp is asked of the database each time: a change is seen at once, whichever process made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import Column, Connection, Date, DateTime, Engine, Float, Integer, select

from data.cache import Kept, database
from data.engines.duckdb import DuckDBPyConnection
from data.lake.manifest import read_only, utc
from data.plans import tables as plan_tables
from data.plans.tables import KINDS

#: Few words in many rows: their numbers are kept.
_FEW: Final = frozenset({"campaign", "state", "user", "status", "channel"})


@dataclass(frozen=True)
class Plans:
    """A workspace's plans by kind (`KINDS`), as of `stamp`. Shared by who asks: nobody may change them."""

    stamp: int
    tables: Mapping[str, pa.Table]

    @property
    def known(self) -> frozenset[str]:
        """The kinds that have rows."""
        return frozenset(kind for kind, table in self.tables.items() if table.num_rows)

    @property
    def bytes(self) -> int:
        """What they take in memory."""
        return sum(table.nbytes for table in self.tables.values())


_kept: Kept[Plans] = Kept("plans")
forget = _kept.clear


def stamp_of(engine: Engine, workspace_id: int) -> int:
    """How often the workspace's plans changed."""
    with read_only(engine).begin() as connection:
        return plan_tables.stamp(connection, workspace_id)


def plans_of(engine: Engine, workspace_id: int) -> Plans:
    """The plans of a workspace as they are now."""
    key = (database(engine), workspace_id)
    with read_only(engine).begin() as connection:
        # The stamp first: should the rows be newer than it, the next question finds another stamp and reads anew.
        stamp = plan_tables.stamp(connection, workspace_id)
        return _kept.get(key, lambda: Plans(stamp, _tables(connection, workspace_id)), stamp)


def _tables(connection: Connection, workspace_id: int) -> dict[str, pa.Table]:
    tables = {}
    for kind, table in KINDS.items():
        columns = [column for column in table.c if column.name != "workspace_id"]
        rows = connection.execute(select(*columns).where(table.c.workspace_id == workspace_id)).all()
        tables[kind] = _table(columns, rows)
    return tables


def into(connection: DuckDBPyConnection, plans: Plans, kinds: Iterable[str] = tuple(KINDS)) -> None:
    """Temp tables `plan_campaigns`, `plan_steps`, `plan_journeys`, `plan_mailboxes`, to be narrowed."""
    for kind in kinds:
        told = plans.tables[kind]
        connection.register("plan_rows", told)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE plan_{kind} AS FROM plan_rows")
        connection.unregister("plan_rows")


def _table(columns: Sequence[Column[Any]], rows: Sequence[Any]) -> pa.Table:
    # Column by column: a workspace may have a hundred thousand journeys, and a page waits for them.
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [_array(column, own) for column, own in zip(columns, values, strict=True)]
    return pa.table(arrays, names=[column.name for column in columns])


def _array(column: Column[Any], values: Sequence[Any]) -> pa.Array:
    if isinstance(column.type, DateTime):
        stamps = [utc(value) for value in values]
        return pa.array([one and one.replace(tzinfo=None) for one in stamps], pa.timestamp("us"))
    array = pa.array(values, _type(column))
    return array.dictionary_encode() if column.name in _FEW else array


def _type(column: Column[Any]) -> pa.DataType:
    if isinstance(column.type, Date):
        return pa.date32()
    if isinstance(column.type, Float):
        return pa.float64()
    return pa.int64() if isinstance(column.type, Integer) else pa.string()
