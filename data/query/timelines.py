"""Figures as they stood at an earlier moment, for comparisons: what an earlier period had reached at the same
age.

What is known of a message today stays (its campaign, its lead, whose reply it is); units that start after the
moment and everything that happens after it are left out. A question about an earlier moment (`as_of`) derives all
marts from the events. This reads the published messages once for a period and one local day of the moment, and
runs the same SQL over every state they went through on that day: each moment of the day is then a mask over a few
arrays.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np

from data.building.restated import Restated
from data.cubes import blocks, cubes
from data.cubes.cubes import Cube, Numbers, Slice
from data.cubes.warehouse import Warehouse
from data.engines.duckdb import DuckDBPyConnection, cursor, sql
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.marts.derive import counted_sql, cube_sql
from data.marts.layers import attach, latest_sql
from data.marts.slices import COUNTS, DIMENSIONS
from data.marts.zones import local_time_macro, zone

#: A local day begins less than this before or after its UTC day.
_MARGIN: Final = timedelta(days=2)
#: What came in this long after a day is kept as its restatement (data/building/restated.py), so until then a
#: new version is looked at again, and from then on only where it restates something.
_SETTLED: Final = timedelta(days=4)


@dataclass(frozen=True)
class Timeline:
    """The units of some days, each state with `since` and `until` when it holds (microseconds since 1970)."""

    slice: Slice
    since: Numbers
    until: Numbers

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return self.slice.bytes + self.since.nbytes + self.until.nbytes

    def at(self, moment: datetime) -> Slice:
        """The cube of units as it stood at `moment` (aware), which lies in the timeline's local day."""
        at = int((moment - datetime.fromtimestamp(0, UTC)) / timedelta(microseconds=1))
        rows = (self.since <= at) & (at < self.until)
        units = self.slice.units
        cube = Cube(
            units.combo[rows],
            units.lead[rows],
            {name: values[rows] for name, values in units.keys.items()},
            {name: values[rows] for name, values in units.counts.items()},
        )
        return Slice(self.slice.combos, cube, self.slice.cohorts, self.slice.ids, self.slice.bytes)


def warehouse_at(
    lake: Lake,
    current: Current,
    days: tuple[date, date],
    cut: datetime,
    dimensions: frozenset[str],
    corrected: Sequence[Restated],
) -> Warehouse:
    """A warehouse that answers `rate` and `sent_emails` for units of these local days, as they stood at `cut`.

    `dimensions`: those told apart; `corrected`: the days that were restated lately. Raises READ_ERRORS.
    """
    place = zone(current.timezone)
    local = cut.astimezone(place).date()
    mark: Hashable = current.version
    if (
        datetime.now(UTC) - cut > _SETTLED
        and current.last_event_at
        and current.last_event_at - cut > _SETTLED
    ):
        # A layer that took in all others may also hold what nobody is told of as restated.
        mark = (
            max((one.at for one in corrected), default=None),
            next((one.id for one in current.layers), None),
        )
    key = (
        *("timeline", lake.root, current.workspace_id, current.timezone, current.format, mark),
        *(days, local, dimensions),
    )

    def make() -> Timeline:
        begin = datetime.combine(local, time(), place).astimezone(UTC)
        end = datetime.combine(local + timedelta(days=1), time(), place).astimezone(UTC)
        return _timeline(lake, current, days, begin, end, dimensions)

    found: Timeline = blocks.made.get(key, make)
    return Warehouse(lake, current.workspace_id, current.timezone, made=found.at(cut))


def _timeline(
    lake: Lake,
    current: Current,
    days: tuple[date, date],
    begin: datetime,
    end: datetime,
    dimensions: frozenset[str],
) -> Timeline:
    connection = cursor(lake.root)
    try:
        uses = [(current.workspace_id, one) for one in current.layers]
        if not attach(connection, lake, uses, ["messages"]):
            nothing = np.empty(0, np.int64)
            return Timeline(cubes.of_tables(None, None, None), nothing, nothing)
        single = sum("messages" in one.files for one in current.layers) == 1
        first = datetime.combine(days[0] - _MARGIN, time())
        last = datetime.combine(days[1] + _MARGIN, time())
        connection.execute(local_time_macro([current.timezone], first, last))
        told = ", ".join(f'"{name}"' for name in DIMENSIONS)
        connection.execute(f"CREATE OR REPLACE TEMP MACRO combination({told}) AS hash({told})")
        # A dimension nobody asks for would only multiply the rows. A journey is one lead in one campaign.
        blank = ", ".join(
            f"'' AS \"{name}\"" for name in DIMENSIONS if name not in dimensions and name != "campaign"
        )
        connection.execute(
            sql("queries", "timeline").format(
                messages=latest_sql("messages", "stored_messages", single),
                blank=f"REPLACE ({blank})" if blank else "",
            ),
            {
                "earliest": first,
                "latest": last,
                "begin": begin.replace(tzinfo=None),
                "end": end.replace(tzinfo=None),
            },
        )
        return _counted(connection, days, keep_campaign="campaign" in dimensions)
    finally:
        connection.close()


def _counted(connection: DuckDBPyConnection, days: tuple[date, date], *, keep_campaign: bool) -> Timeline:
    """The states in the temp table `stated`, counted by the SQL of the marts; a span of time is their workspace."""
    connection.execute(
        "CREATE TEMP TABLE spans AS SELECT row_number() OVER () AS workspace_id, since, until "
        "FROM (SELECT DISTINCT since, until FROM stated)"
    )
    connection.execute(
        "CREATE TEMP TABLE sends AS SELECT s.* EXCLUDE (since, until), spans.workspace_id, "  # noqa: S608
        'combination(campaign, "user", step, variation, sender, sender_provider, recipient_provider) AS h '
        f"FROM ({counted_sql('stated')}) AS s "
        "JOIN spans ON s.since = spans.since AND s.until IS NOT DISTINCT FROM spans.until"
    )
    connection.execute("CREATE TEMP VIEW zones AS SELECT workspace_id, 0 AS zone FROM spans")
    connection.execute(f"CREATE TEMP TABLE journeys AS {sql('marts', 'journeys')}")
    connection.execute(
        f"CREATE TEMP TABLE unit_rows AS FROM ({sql('marts', 'unit_rows').format(sign=1)}) "
        "WHERE day BETWEEN ? AND ?",
        list(days),
    )
    if not keep_campaign:
        # Told apart only for the journeys' sake.
        connection.execute("UPDATE unit_rows SET h = 0")
        connection.execute("UPDATE sends SET h = 0, campaign = ''")
    names = ", ".join(f'any_value("{name}") AS "{name}"' for name in DIMENSIONS)
    texts = connection.execute(
        f"SELECT (h >> 1)::BIGINT AS combo, {names} FROM sends GROUP BY h"  # noqa: S608
    ).to_arrow_table()
    connection.execute(
        "CREATE TEMP TABLE combos AS SELECT DISTINCT workspace_id, h, (h >> 1)::BIGINT AS combo FROM sends"
    )
    units = cube_sql("units", "count(*)")
    counts = ", ".join(COUNTS["units"])
    rows = connection.execute(
        f"SELECT attribution, day, combo, {counts}, epoch_us(since) AS since, "  # noqa: S608
        f"coalesce(epoch_us(until), 9223372036854775807) AS until FROM ({units}) JOIN spans USING (workspace_id)"
    ).to_arrow_table()
    made = cubes.of_tables(texts, rows, None)
    return Timeline(made, rows.column("since").to_numpy(), rows.column("until").to_numpy())
