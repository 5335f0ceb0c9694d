"""The rows of the cubes a question is about, and sums over them. Scope first: no row outside it is in a sum."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from data.cubes.cubes import Combos, Cube, Mask, Numbers, Slice, monday
from data.cubes.links import Clicks
from data.cubes.options import Query, dimensions, measure
from data.cubes.warehouse import Warehouse
from data.engines.duckdb import sql
from data.figures.units import UNITS
from data.marts.slices import DIMENSIONS, slice_of
from data.marts.zones import local_time_macro
from data.scope import Scope

_EPOCH = date(1970, 1, 1)


class Rows:
    """One workspace's cubes, narrowed to a scope and to the filters of a query."""

    def __init__(self, warehouse: Warehouse, scope: Scope, query: Query) -> None:
        self.warehouse, self.scope, self.query = warehouse, scope, query
        scope.require(warehouse.workspace_id)
        #: The name of the smallest slice that can answer.
        self.slice_name = slice_of(dimensions(query, scope))
        # Not functools.cached_property: until Python 3.12 all instances share its lock, and so would all pages.
        self._slice: Slice | None = None
        self._chosen: tuple[Mask | None] | None = None

    @property
    def slice(self) -> Slice:
        """The smallest slice that can answer, read when it is first asked for."""
        if self._slice is None:
            self._slice = self.warehouse.slice(self.slice_name)
        return self._slice

    @property
    def chosen(self) -> Mask | None:
        """Per combination whether it is in the scope and the filters; None: all are."""
        if self._chosen is None:
            self._chosen = (self._choose(),)
        return self._chosen[0]

    def _choose(self) -> Mask | None:
        combos = self.slice.combos
        picked: Mask | None = None
        for name, values in narrowed(self.scope, self.query):
            # Python's own comparison: numpy's texts forget a trailing NUL, and a scope may not be that forgiving.
            mask = np.fromiter((text in values for text in combos.texts[name]), np.bool_, len(combos))
            picked = mask if picked is None else picked & mask
        return picked

    def sums(
        self,
        by: str | None,
        first: date,
        last: date,
        counts: Sequence[str],
        *,
        attribution: str | None = None,
    ) -> dict[str, tuple[int, ...]]:
        """Per group (all units are one without `by`), in order, the sums of these counts over days first..last."""
        cube = self.slice.units
        rows = self._mask(cube, "day", first, last, attribution)
        codes, keys = _groups(by, cube, self.slice.combos, rows)
        sums = [_added(codes, cube.counts[name][rows], len(keys)) for name in counts]
        return dict(zip(keys, zip(*sums, strict=True), strict=True)) if keys else {}

    def seen(
        self, by: str | None, first: date, last: date, count: str, today: date, shares: Sequence[float]
    ) -> dict[str, tuple[int, float]]:
        """Per group of units that start on days first..last (`count`: a column), how many there are, and how many
        when each counts as its day's share: `shares` by how many days before `today` it is, the last for all older.
        """
        cube = self.slice.units
        rows = self._mask(cube, "day", first, last, None)
        codes, keys = _groups(by, cube, self.slice.combos, rows)
        if not keys:
            return {}
        ages = np.clip((today - _EPOCH).days - cube.keys["day"][rows], 0, len(shares) - 1)
        units = cube.counts[count][rows]
        seen = np.bincount(codes, weights=units * np.asarray(shares)[ages], minlength=len(keys))
        return dict(
            zip(keys, zip(_added(codes, units, len(keys)), map(float, seen), strict=True), strict=True)
        )

    def activity(
        self, event: str, first: date, last: date, *, machines: bool
    ) -> tuple[Cube, Mask, dict[str, list[str]]]:
        """The cube of one event, which of its rows happened on days first..last, and the texts of its keys."""
        found = self.warehouse.activity(self.slice_name, event)
        rows = self._mask(found.cube, "day", first, last, "email")
        if not machines:
            rows &= ~found.cube.keys["machine"].astype(np.bool_)
        return found.cube, rows, found.texts

    def clicks(self, first: date, last: date, *, machines: bool) -> tuple[Clicks, Mask]:
        """The clicks on links, and which of their rows happened on days first..last."""
        found = self.warehouse.clicks()
        first = self._begin(first)
        rows: Mask = (found.day >= (first - _EPOCH).days) & (found.day <= (last - _EPOCH).days)
        if not machines:
            rows &= ~found.machine
        for name, values in narrowed(self.scope, self.query):
            texts = found.texts[name]
            rows &= np.fromiter((text in values for text in texts), np.bool_, len(texts))[found.codes[name]]
        return found, rows

    def weeks(self, clock: str, first: date, last: date, hits: str) -> dict[tuple[date, int], int]:
        """Per cohort first..last and week number on that clock, the units whose first event fell in that week."""
        cube = self.slice.cohorts
        rows = self._mask(cube, "cohort", first, last, None)
        start = (first - _EPOCH).days
        codes = (cube.keys["cohort"][rows].astype(np.int64) - start) // 7 * 16 + cube.keys[clock][rows]
        added = _added(codes, cube.counts[hits][rows], int(codes.max()) + 1 if codes.size else 0)
        return {(first + timedelta(weeks=code // 16), code % 16): n for code, n in enumerate(added) if n}

    def extremes(self, first: date, last: date) -> dict[date, tuple[datetime, datetime]]:
        """Per cohort (first..last) the starts of its oldest and youngest unit, naive UTC: from the facts."""
        if self.query.attribution == "email":
            mart, t0, prefix = "messages", "t0", ""
            where = ["t0 IS NOT NULL"]
        else:
            mart, t0, prefix = "journeys", "t0", ""
            where = ["messages > 0", "t0 IS NOT NULL"]
        wanted = measure(self.query)
        if wanted.of == UNITS and mart == "journeys":
            t0, prefix, where = "any_t0", "any_", ["messages > 0"]
        where.extend(wanted.of.of_facts)
        values: dict[str, Any] = {
            "first": datetime.combine(first - timedelta(days=2), datetime.min.time()),
            "last": datetime.combine(last + timedelta(days=2), datetime.min.time()),
        }
        where.append(f"{t0} BETWEEN $first AND $last")
        for number, (name, texts) in enumerate(narrowed(self.scope, self.query)):
            column = name if name == "campaign" else f"{prefix}{name}"
            where.append(f'"{column}" IN (SELECT unnest($texts{number}))')
            values[f"texts{number}"] = sorted(texts)
        with self.warehouse.facts(mart) as (connection, relation):
            if not relation:
                return {}
            connection.execute(local_time_macro([self.timezone], values["first"], values["last"]))
            text = f"WITH units AS (SELECT {t0} AS t0 FROM {relation} WHERE {' AND '.join(where)})\n"  # noqa: S608
            found = connection.execute(text + sql("queries", "extremes"), values).fetchall()
        return {row[0]: (row[1], row[2]) for row in found}

    @property
    def timezone(self) -> str:
        """The workspace's zone: cohorts are its own Mondays."""
        return self.warehouse.timezone

    def _begin(self, first: date) -> date:
        """`first`, or the scope's earliest day where that is later: sums never reach behind it."""
        return first if self.scope.since is None else max(first, self.scope.since)

    def _mask(self, cube: Cube, key: str, first: date, last: date, attribution: str | None) -> Mask:
        days = cube.keys[key]
        first = self._begin(first)
        rows: Mask = (days >= (first - _EPOCH).days) & (days <= (last - _EPOCH).days)
        rows &= cube.lead == ((attribution or self.query.attribution) == "lead")
        if self.chosen is not None:
            rows &= self.chosen[cube.combo]
        return rows


def narrowed(scope: Scope, query: Query) -> list[tuple[str, frozenset[str]]]:
    """(dimension, allowed values): the scope's restrictions and the query's filters, every one of them."""
    found = []
    if scope.user is not None:
        found.append(("user", frozenset({scope.user})))
    if scope.campaigns is not None:
        found.append(("campaign", frozenset(scope.campaigns)))
    for name in ("campaign", "user"):
        if getattr(query, name) is not None:
            found.append((name, frozenset({getattr(query, name)})))
    for name in ("sender_provider", "recipient_provider"):
        if getattr(query, name) != "any":
            found.append((name, frozenset({getattr(query, name)})))
    return found


def _groups(by: str | None, cube: Cube, combos: Combos, rows: Mask) -> tuple[Numbers, list[str]]:
    """Per chosen row the number of its group, and the groups' keys in order."""
    if by is None:
        return np.zeros(int(rows.sum()), np.int64), ["all"]
    if by in DIMENSIONS:
        keys, code = combos.grouped(by)
        return code[cube.combo[rows]], keys
    days = cube.keys["day"][rows]
    found, codes = np.unique(monday(days) if by == "week" else days, return_inverse=True)
    return codes, [(_EPOCH + timedelta(days=int(day))).isoformat() for day in found]


def _added(codes: Numbers, values: Numbers, groups: int) -> list[int]:
    """Sums per group; exact, for a count never comes near 2^53."""
    return [int(n) for n in np.bincount(codes, weights=values, minlength=groups)]
