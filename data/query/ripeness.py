"""How old e-mails and journeys must be until most of what will happen to them has happened.

A day, a point or a group is in progress until units of its age have shown 90 % of what such units showed after 28
days, in this workspace. Where there is too little history to learn that from, a typical number of days applies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np

from data.cubes import blocks
from data.cubes.options import Query, measure
from data.cubes.rows import Rows
from data.engines.duckdb import sql
from data.figures.registry import rates
from data.figures.units import MOMENTS, moment_of
from data.lake.manifest import Current
from data.question import FIRST_DAY, LAST_DAY

#: What counts as all there is to come, and the share of it that makes a unit ripe.
WHOLE_DAYS: Final = 28
RIPE: Final = 0.9
#: From this many units on, a workspace's own history is trusted.
LEAST_UNITS: Final = 200
#: How far back units are looked at, counted from the youngest that can be (28 days old).
_HISTORY: Final = timedelta(days=180)
#: A history that has grown by so much is looked at again within the day.
_GROWN: Final = 1.25
_MARTS: Final = {"email": "messages", "lead": "journeys"}


@dataclass(frozen=True)
class Curve:
    """The share of what comes within 28 days that has come after so many whole days (0 to 28).

    `learned`: from the workspace's own history; else it is the usual one.
    """

    shares: tuple[float, ...]
    learned: bool

    @property
    def days(self) -> int:
        """After how many whole days a unit is ripe."""
        return next(day for day, share in enumerate(self.shares) if share >= RIPE - 1e-9)

    def after(self, days: int) -> float:
        """The share after so many whole days; none for a unit younger than a day."""
        return self.shares[max(0, min(days, WHOLE_DAYS))]


@dataclass(frozen=True)
class Learned:
    """The curve of each kind of event of one workspace, by its column in the marts."""

    curves: dict[str, Curve]

    @property
    def bytes(self) -> int:
        """What it takes in memory, about."""
        return 1_000 + 300 * len(self.curves)


def usual(days: int) -> Curve:
    """The curve without history, for units that are ripe after this many days: a straight line until then."""
    return Curve(tuple(RIPE * day / days if day < days else 1.0 for day in range(WHOLE_DAYS + 1)), False)


def first_day(rows: Rows, current: Current) -> date | None:
    """The first local day on which anything started that the scope may see; None where nothing did."""
    plain = Rows(rows.warehouse, rows.scope, Query(name="sent_emails"))
    days = plain.sums("day", FIRST_DAY, LAST_DAY, ("units",))
    return next((date.fromisoformat(day) for day, (n,) in days.items() if n), None)


def progress(rows: Rows, query: Query, current: Current, today: date) -> dict[str, Any]:
    """What of a rate is in progress: `days` until a unit is ripe, `groups` by their keys, and the `whole` of it.

    Of a group whose units differ in age, their shares are taken together.
    """
    curve = curve_of(rows, query, current, today)
    shares = [curve.after(days - 1) for days in range(WHOLE_DAYS + 2)]
    first, last = query.from_ or FIRST_DAY, query.to or LAST_DAY
    seen = rows.seen(query.by, first, last, measure(query).base, today, shares)
    units, shown = (sum(one[place] for one in seen.values()) for place in range(2))
    return {
        "days": curve.days,
        "learned": curve.learned,
        "groups": [key for key, (n, some) in seen.items() if n and some < RIPE * n - 1e-9]
        if query.by is not None
        else [],
        "whole": bool(units) and shown < RIPE * units - 1e-9,
    }


def curve_of(rows: Rows, query: Query, current: Current, today: date) -> Curve:
    """The curve of a rate in this workspace, learned once a local day and whenever its history has grown."""
    column = moment_of(measure(query).hit)
    warehouse = rows.warehouse
    grown = int(math.log(current.events + 1, _GROWN))
    key = (
        *("ripeness", warehouse.lake.root, current.workspace_id, current.timezone, current.format),
        *(grown, today, query.attribution),
    )
    learned: Learned = blocks.made.get(key, lambda: _learn(rows, query.attribution, today))
    return learned.curves.get(column) or usual(rates()[query.data_type].ripe_after)


def _learn(rows: Rows, attribution: str, today: date) -> Learned:
    last = datetime.combine(today, datetime.min.time(), UTC) - timedelta(days=WHOLE_DAYS + 1)
    with rows.warehouse.facts(_MARTS[attribution]) as (connection, relation):
        if not relation:
            return Learned({})
        found = connection.execute(
            sql("queries", "ripeness").format(units=relation, hits=_hits()),
            {"first": (last - _HISTORY).replace(tzinfo=None), "last": last.replace(tzinfo=None)},
        ).fetchall()
    units: dict[str, int] = {}
    hits: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    for kind, day, n in found:
        if day is None:
            units[kind] = n
        else:
            hits.setdefault(kind, np.zeros(WHOLE_DAYS + 1, np.int64))[day] += n
    curves = {}
    for kind, counts in hits.items():
        if units.get(kind, 0) >= LEAST_UNITS and counts.any():
            shares = counts.cumsum() / counts.sum()
            curves[kind] = Curve(tuple(float(share) for share in shares), True)
    return Learned(curves)


def _hits() -> str:
    """A SELECT of `kind`, `t0` and `hit_at` for each moment something happens to a unit of `ripe`."""
    return "\n    union all\n    ".join(
        f"select '{hit.column}' as kind, t0, {hit.at} as hit_at from ripe "  # noqa: S608  names of ours
        f"where {' and '.join(hit.base.of_facts) or 'true'}"
        for hit in MOMENTS
    )
