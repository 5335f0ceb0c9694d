"""E-mails and journeys behind a rate, a cohort's cell, a day's sending: from the marts the cubes are summed of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from data.cubes.rows import narrowed
from data.cubes.warehouse import Warehouse
from data.drilldown.categories import categories
from data.drilldown.machines import machine_reasons
from data.drilldown.position import CellPosition
from data.drilldown.rows import DrilldownPage, LeftOut, Mark, Part, Row, naive, row_of
from data.engines.duckdb import DuckDBPyConnection, sql
from data.figures.registry import rates
from data.figures.rows import Units
from data.figures.units import UNITS
from data.marts.derive import counted_sql
from data.marts.zones import local_time_macro
from data.question import FIRST_DAY, LAST_DAY, Query
from data.scope import Scope

#: A local day begins less than this before or after its UTC day.
_MARGIN: Final = timedelta(days=2)


@dataclass(frozen=True)
class Asked:
    """What is asked of the units: the parameters of behind_counted.sql, and of a page."""

    query: Query
    scope: Scope
    read: Units
    place: CellPosition
    #: Of week 1's headline: the weeks it pools.
    cohorts: frozenset[date] | None
    as_of: datetime

    @property
    def mart(self) -> str:
        """Where the units stand."""
        per_mail = self.read.sent or self.query.attribution == "email"
        return "messages" if per_mail else "journeys"

    @property
    def days(self) -> tuple[date, date]:
        """The local days on which the units start."""
        query, place = self.query, self.place
        if place.cohort is not None:
            return place.cohort, place.cohort + timedelta(days=6)
        if self.cohorts is not None:
            return min(self.cohorts, default=LAST_DAY), max(
                self.cohorts, default=FIRST_DAY - _MARGIN
            ) + timedelta(days=6)
        first, last = query.from_ or FIRST_DAY, query.to or LAST_DAY
        return max(first, place.first or first), min(last, place.last or last)

    def values(self) -> dict[str, Any]:
        """Of behind_counted.sql."""
        query, (first, last) = self.query, self.days
        allowed: dict[str, frozenset[str]] = {}
        for name, texts in narrowed(self.scope, query):
            allowed[name] = allowed.get(name, texts) & texts
        weeks = {None: None, "first": 1, "cell": self.place.week}[self.read.weeks]
        return {
            "clock": query.clock,
            "weeks": weeks,
            "cohorts": None if self.cohorts is None else sorted(self.cohorts),
            "campaigns": _listed(allowed.get("campaign")),
            "users": _listed(allowed.get("user")),
            "sender_provider": _only(query.sender_provider),
            "recipient_provider": _only(query.recipient_provider),
            "group": self.place.group,
            "by": query.by,
            "first": first,
            "last": last,
            "earliest": datetime.combine(first - _MARGIN, time()),
            "latest": datetime.combine(last + _MARGIN, time()),
        }

    def counted_sql(self) -> str:
        """behind_counted.sql for the base and the hits of the query's rate, or for all that was sent."""
        query, text = self.query, sql("queries", "behind_counted")
        if self.read.sent:
            return text.format(in_base="is_unit", hit_at="t0", by_machine="false", all_units="true")
        rate = rates()[query.data_type]
        by_machine = "false"
        if query.engagement == "human" and rate.by_anyone is not None:
            by_machine = f"{rate.hit.happened_at} is null and {rate.by_anyone.happened_at} is not null"
        return text.format(
            in_base=" and ".join(rate.base.where),
            hit_at=rate.hit_of(query.engagement).happened_at,
            by_machine=by_machine,
            all_units="true" if rate.base == UNITS else "false",
        )


def units_behind(
    warehouse: Warehouse, asked: Asked, part: Part, after: Mark | None, limit: int
) -> DrilldownPage:
    """A page of the units a figure counts."""
    counts = asked.read.sent
    with warehouse.facts(asked.mart) as (connection, relation):
        if not relation:
            return DrilldownPage(0, None if counts else 0, part, _unit(asked), [], None)
        _count(connection, relation, warehouse.timezone, asked)
        found = connection.execute(sql("queries", "behind_totals")).fetchone()
        assert found is not None
        page = connection.execute(
            sql("queries", "behind_page"),
            {
                "engagement": asked.query.engagement,
                "part": part,
                "after_at": None if after is None else after.at,
                "after_key": None if after is None else after.key,
                "limit": limit + 1,
            },
        )
        names = [column[0] for column in page.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in page.fetchall()]
    more = rows[limit:]
    rows = rows[:limit]
    told = categories(warehouse, asked.mart, rows)
    machines = machine_reasons(warehouse, asked.query, rows) if asked.mart == "messages" else {}
    return DrilldownPage(
        found[0],
        None if counts else found[1],
        part,
        _unit(asked),
        [_row(row, told, machines) for row in rows],
        str(Mark(rows[-1]["t0"], rows[-1]["key"])) if more else None,
        left_out=_left_out(*found[2:]),
    )


def _left_out(bounced: int, untracked: int, machine: int) -> dict[LeftOut, int]:
    """`machine`: of the base, what only machines did."""
    found: dict[LeftOut, int] = {"bounced": bounced, "untracked": untracked, "machine": machine}
    return {why: n for why, n in found.items() if n}


def _count(connection: DuckDBPyConnection, relation: str, timezone: str, asked: Asked) -> None:
    """Temp table `behind_counted`: the units of the figure."""
    facts = counted_sql(relation) if asked.mart == "messages" else f"FROM {relation}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW behind_facts AS {facts}")
    oldest = connection.execute(
        f"SELECT min({'t0' if asked.mart == 'messages' else 'any_t0'}) FROM behind_facts"  # noqa: S608  names of ours
    ).fetchone()
    until = naive(asked.as_of)
    since = oldest[0] if oldest and oldest[0] else until
    connection.execute(local_time_macro([timezone], since, until))
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW behind_units AS {sql('queries', 'behind_' + asked.mart)}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE behind_counted AS {asked.counted_sql()}", asked.values()
    )


def _row(found: dict[str, Any], told: dict[str, str], machines: dict[str, str]) -> Row:
    return row_of({**found, "category": told.get(found["key"]), "machine": machines.get(found["key"])})


def _unit(asked: Asked) -> Any:
    return "e-mails" if asked.mart == "messages" else "leads"


def _listed(texts: frozenset[str] | None) -> list[str] | None:
    return None if texts is None else sorted(texts)


def _only(provider: str) -> str | None:
    return None if provider == "any" else provider
