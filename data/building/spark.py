"""A full build on Spark: the SQL of data/marts, in the order of data/marts/derive.py, run by a cluster.

Spark reads the segments and derives every mart into parquet under the lake's `spill/`; then DuckDB sorts those
rows and writes the layer (data/marts/layer_files.py). One writer: a layer has the same bytes whichever
engine derived it, so DuckDB's refreshes go on from it, and nothing that reads needs to know. The executors
must see the lake's folder; of a lake in object storage they read the copies on this machine, so there they
must be on it, too.

Only what is derived from all segments is built here. A refresh touches some leads: planning it on a cluster would
take longer than doing it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import pyarrow as pa

from data.building.engine import DERIVED, Stamps, Tell, nobody, stamps_of, stamps_sql
from data.engines.duckdb import DuckDBPyConnection, cursor, sql
from data.engines.spark import Spark, is_local, opened, sentences
from data.errors import EngineMissing
from data.lake.lake import Lake
from data.marts.activity_marts import happened_sql, sendings_sql, shown_sql, timeline_sql
from data.marts.derive import (
    EVENT_COLUMNS,
    SEGMENT_COLUMNS,
    cube_sql,
    derive,
    lead_events_sql,
    messages_sql,
    near_sql,
    sends_sql,
    states_sql,
    take_all,
)
from data.marts.layer_files import CUBES
from data.marts.slices import DIMENSIONS, FINE, key_sql
from data.marts.timing import BY_TIMING, BY_TIMING_PARAMETERS
from data.marts.zones import local_times_sql, make_zones, span, zone_names

#: A chunk here is bounded by what DuckDB sorts on its way into files, which spills; not by memory.
CHUNK_EVENTS: Final = 20_000_000
CHUNK_WORKSPACES: Final = 5_000
#: What a layer is written from (data/marts/layer_files.py).
MARTS: Final = (
    "messages",
    "journeys",
    "hints",
    "lead_events",
    "combos",
    "units",
    "cohorts",
    "activity",
    "links",
    "timeline",
)
#: Reading the events, and the thirteen tables made of them.
_STEPS: Final = 14
#: Scratch of a build that was killed is removed by a later one, when no build can still be at it.
_STALE_S: Final = 24 * 3600
#: How often a copy that is dropped as soon as it came is brought again.
_TRIES: Final = 3
_TYPES: Final = {"TIMESTAMP": "timestamp_ntz", "VARCHAR": "string", "INTEGER": "int", "BOOLEAN": "boolean"}


@dataclass(frozen=True)
class SparkBuilder:
    """What data/building/build.py hands full builds to instead of deriving them itself."""

    spark: Spark
    chunk_events: int = CHUNK_EVENTS
    chunk_workspaces: int = CHUNK_WORKSPACES

    def derive(
        self,
        connection: DuckDBPyConnection,
        lake: Lake,
        wanted: Sequence[tuple[Path, int]],
        zones: Sequence[tuple[int, str]],
        events: int,
        tell: Tell = nobody,
    ) -> dict[int, Stamps]:
        """Leave the marts as views in `connection`, named as data/marts/derive.py names its tables, and tell
        the stamps.

        `wanted`: (segment, workspace) to take in. `events`: how many there are, about. `tell`: how much is done.
        """
        parts = self.spark.shuffle(events)
        held = self.spark.folder / f"segments-{uuid4().hex[:8]}"
        if lake.store.remote:
            wanted = _held(lake, wanted, held)
        try:
            shapes = _shapes(lake, wanted[0][0])
            with sentences("reading the events"):
                self._load(wanted, shapes["segments"], parts)
            stamps = self.spark.rows(stamps_sql())
            places = {}
            for number, (mart, place) in enumerate(self._run(zones), 2):
                places[mart] = place
                tell(number / _STEPS * DERIVED)
        finally:
            self.spark.forget()
            shutil.rmtree(held, ignore_errors=True)
        for mart in MARTS:
            _attach(connection, mart, places[mart], shapes[mart])
        make_zones(connection, zones)
        return stamps_of(stamps)

    def _load(self, wanted: Sequence[tuple[Path, int]], columns: list[tuple[str, str]], parts: int) -> None:
        """Table `events`: of each workspace only what its segments to take in hold for it.

        Partitioned once by message and kept, so that none of the groupings of states.sql moves a row again.
        """
        ids = sorted({workspace_id for _, workspace_id in wanted})
        paths = sorted({path for path, _ in wanted})
        ddl = ", ".join(f"`{name}` {_TYPES[type_]}" for name, type_ in columns)
        events = self.spark.read(paths, ddl).where(f"workspace_id BETWEEN {ids[0]} AND {ids[-1]}")
        names, owners = zip(*((path.name, workspace_id) for path, workspace_id in wanted), strict=True)
        exact = self.spark.given(
            "wanted", pa.table({"file": names, "workspace_id": pa.array(owners, pa.int32())})
        )
        named = events.withColumn("file", events["_metadata.file_name"])
        taken = named.join(exact, ["file", "workspace_id"], "left_semi").drop("file")
        taken = taken.repartition(parts, "workspace_id", "message_id").persist()
        taken.createOrReplaceTempView("segments")
        self.spark.view("events", f"SELECT {EVENT_COLUMNS} FROM segments", {})  # noqa: S608  names of ours

    def _run(self, zones: Sequence[tuple[int, str]]) -> Iterator[tuple[str, Path]]:
        """Every mart as a table of Spark's and where it lies, one after the other."""
        from data.engines.spark_sql import Macro

        spark = self.spark
        macros = {"by_timing": Macro(BY_TIMING_PARAMETERS, BY_TIMING)}
        spark.table("near", near_sql(), macros)
        yield "states", spark.table("states", states_sql(), macros)
        spark.session.table("states").createOrReplaceTempView("fresh")
        statement_of = {
            "hints": sql("marts", "hints"),
            "lead_events": lead_events_sql(),
            "messages": messages_sql(),
        }
        for mart in statement_of:
            yield mart, spark.table(mart, statement_of[mart], {})
        ((first, last),) = spark.rows(sql("marts", "span"))
        names = zone_names(zones)
        macros |= {
            "local_time": Macro(("zone", "ts"), local_times_sql(names, *span((first, last)))),
            "combination": Macro(
                DIMENSIONS, f"hash({', '.join(f'{chr(34)}{one}{chr(34)}' for one in DIMENSIONS)})"
            ),
        }
        numbers = {
            "workspace_id": [one for one, _ in zones],
            "zone": [names.index(name) for _, name in zones],
        }
        spark.given(
            "zones", pa.table(numbers, schema=pa.schema([("workspace_id", pa.int32()), ("zone", pa.int32())]))
        )
        spark.view("sends", sends_sql("messages"), macros)
        spark.view("sendings", sendings_sql(), macros)
        yield "happened", spark.table("happened", happened_sql(lead_events=True), macros)
        for mart in ("journeys", "unit_rows", "combos", "units", "cohorts", "activity", "links"):
            statement = sql("marts", mart)
            if mart == "combos":
                statement = statement.format(key=key_sql(FINE))
            if mart == "activity":
                statement = statement.format(counted="count(*)")
            elif mart in CUBES:
                statement = cube_sql(mart, "count(*)")
            if mart == "unit_rows":
                statement = statement.format(sign=1)
            yield mart, spark.table(mart, statement, macros)
        spark.view("shown", shown_sql(), macros)
        yield "timeline", spark.table("timeline", timeline_sql(), macros)


@contextmanager
def spark_builder(
    lake: Lake, url: str | None, settings: Mapping[str, str] | None = None
) -> Iterator[SparkBuilder]:
    """Spark, started for the block, with a scratch folder of its own in the lake; `settings` are Spark's own.

    Raises EngineMissing where the executors could not read what is to be built, too.
    """
    if lake.store.remote and url is not None and not is_local(url):
        raise EngineMissing(
            f"The executors of {url} cannot see this machine's copies of {lake.store.place}; unset "
            "VITRINE_SPARK_URL to build on this machine, or keep the lake in a folder that all of them see "
            "(VITRINE_LAKE_URL)."
        )
    spill = lake.root / "spill"
    for old in spill.glob("spark-*"):
        if old.stat().st_mtime < time.time() - _STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    folder = spill / f"spark-{uuid4().hex[:16]}"
    try:
        with opened(url, folder, settings) as spark:
            yield SparkBuilder(spark)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _held(lake: Lake, wanted: Sequence[tuple[Path, int]], folder: Path) -> list[tuple[Path, int]]:
    """The same segments under names of their own in `folder`: a copy may be dropped while Spark still reads it."""
    folder.mkdir()
    for path in sorted({path for path, _ in wanted}):
        relative = path.relative_to(lake.root).as_posix()
        for again in range(_TRIES, -1, -1):
            try:
                os.link(lake.path(relative), folder / path.name)
                break
            except FileNotFoundError:  # dropped since it was brought
                if not again:
                    raise
    return [(folder / path.name, workspace_id) for path, workspace_id in wanted]


def _shapes(lake: Lake, segment: Path) -> dict[str, list[tuple[str, str]]]:
    """(column, DuckDB's type) of `events` and each mart, in order: DuckDB's own SQL over no event."""
    connection = cursor(lake.root)
    try:
        connection.execute(
            f"CREATE TEMP TABLE segments AS SELECT {SEGMENT_COLUMNS} FROM read_parquet(?) LIMIT 0",  # noqa: S608
            [str(segment)],
        )
        connection.execute(f"CREATE TEMP TABLE events AS SELECT {EVENT_COLUMNS} FROM segments")  # noqa: S608
        shapes = {"segments": _shape(connection, "segments")}
        take_all(connection)
        derive(connection, [(0, "UTC")])
        return shapes | {mart: _shape(connection, mart) for mart in MARTS}
    finally:
        connection.close()


def _shape(connection: DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {table}").fetchall()]


def _attach(connection: DuckDBPyConnection, mart: str, place: Path, shape: list[tuple[str, str]]) -> None:
    """Temp view `mart`: Spark's rows with DuckDB's columns, in their order and of their types."""
    files = sorted(str(path) for path in place.glob("*.parquet"))
    if files:
        columns = ", ".join(f'"{name}"::{type_} AS "{name}"' for name, type_ in shape)
        quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
        source = f"SELECT {columns} FROM read_parquet([{quoted}])"  # noqa: S608  our own paths
    else:
        columns = ", ".join(f'NULL::{type_} AS "{name}"' for name, type_ in shape)
        source = f"SELECT {columns} LIMIT 0"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {mart} AS {source}")
