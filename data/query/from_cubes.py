"""What the cubes answer (docs/numbers.md): rates, e-mails sent, cohorts, and counts by hour, link and reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from data.answers.ratio import ratio
from data.cubes import activity
from data.cubes.options import Query, measure
from data.cubes.rows import Rows
from data.cubes.warehouse import Warehouse
from data.lake.manifest import Current
from data.marts.zones import zone
from data.query import ripeness
from data.question import FIRST_DAY, LAST_DAY
from data.scope import Scope

GRID = 12
WEEK = timedelta(days=7)


def common_fields(query: Query, current: Current, as_of: datetime) -> dict[str, Any]:
    """What every answer carries (docs/interfaces.md), before the options in force."""
    return {
        "name": query.name,
        "workspace": current.slug,
        "timezone": current.timezone,
        "as_of": as_of.isoformat().replace("+00:00", "Z"),
    }


class FromCubes:
    """One query over one workspace's cubes at one moment."""

    def __init__(
        self, warehouse: Warehouse, scope: Scope, current: Current, query: Query, as_of: datetime
    ) -> None:
        self.current, self.query, self.as_of = current, query, as_of
        self.measure = measure(query)
        self.today = as_of.astimezone(zone(current.timezone)).date()
        self.rows = Rows(warehouse, scope, query)
        #: The first moment at which time alone changes the answer within its local day (after `answer`).
        self.until: datetime | None = None

    def answer(self) -> dict[str, Any]:
        by_name: dict[str, Callable[[], dict[str, Any]]] = {
            "rate": self.rate,
            "sent_emails": self.sent_emails,
            "cohort": self.cohort,
            "week1": self.week1,
            "hours": partial(activity.hours, self.rows, self.query),
            "reply_categories": partial(activity.reply_categories, self.rows, self.query),
            "top_links": partial(activity.top_links, self.rows, self.query),
        }
        return {
            **common_fields(self.query, self.current, self.as_of),
            **self.query.options(),
            **by_name[self.query.name](),
            **(self.marks() if self.query.marks else {}),
        }

    def marks(self) -> dict[str, Any]:
        """What a comparison has to know: the first day there is, and what is still in progress."""
        first = ripeness.first_day(self.rows, self.current)
        found: dict[str, Any] = {"since": None if first is None else first.isoformat()}
        if self.query.figure.is_rate:
            found["progress"] = ripeness.progress(self.rows, self.query, self.current, self.today)
        return found

    def rate(self) -> dict[str, Any]:
        """docs/numbers.md, "Rates over a range"."""
        groups = self.rows.sums(
            self.query.by,
            self.query.from_ or FIRST_DAY,
            self.query.to or LAST_DAY,
            (self.measure.hits, self.measure.base, "eligible", "units", "bounce"),
        )
        n, base, eligible = (sum(row[place] for row in groups.values()) for place in range(3))
        answer = {**ratio(n, base), "untracked": eligible - base if self.measure.tracking else 0}
        if self.query.by is not None:
            # Every group with a unit is told, also where nothing of it is in the base; for bounces all of it is. A
            # journey whose first e-mail did not arrive is in the group of the one that did.
            per_mail, of_bounces = self.query.attribution == "email", self.query.data_type == "bounce"
            answer["groups"] = [
                {"key": key, **ratio(hits, base)}
                for key, (hits, base, eligible, units, bounced) in groups.items()
                if base or (not of_bounces and (eligible or (units if per_mail else bounced)))
            ]
        return answer

    def sent_emails(self) -> dict[str, Any]:
        """docs/numbers.md: every local day of the range, zeros too; a unit per e-mail is a message sent."""
        first, last = self.query.from_ or FIRST_DAY, self.query.to or self.today
        found = self.rows.sums("day", first, last, ("units",), attribution="email")
        sent = {date.fromisoformat(day): n for day, (n,) in found.items() if n}
        start = self.query.from_ or min(sent, default=None)
        if start is None:
            return {"total": 0, "days": []}
        days = [start + timedelta(days=n) for n in range((last - start).days + 1)]
        return {
            "total": sum(sent.values()),
            "days": [{"day": day.isoformat(), "n": sent.get(day, 0)} for day in days],
        }

    def cohort(self) -> dict[str, Any]:
        """docs/numbers.md: 12 cohorts × 12 weeks ending with the week of `as_of`, oldest first."""
        return {"rows": self.grid()}

    def week1(self) -> dict[str, Any]:
        """docs/numbers.md: a point per cohort, and the complete ones pooled."""
        points = []
        pooled_n = pooled_base = 0
        for row in self.grid():
            cell = row["cells"][0]
            points.append(
                {"cohort": row["cohort"], "n": cell["n"], "base": row["base"]}
                | {"rate": cell["rate"], "state": cell["state"]}
            )
            if cell["state"] == "value":
                pooled_n, pooled_base = pooled_n + cell["n"], pooled_base + row["base"]
        return {"headline": ratio(pooled_n, pooled_base), "points": points}

    def grid(self) -> list[dict[str, Any]]:
        this_week = self.today - timedelta(days=self.today.weekday())
        cohorts = [this_week - WEEK * back for back in range(GRID - 1, -1, -1)]
        span = self._first_whole_week(cohorts[0]), this_week + timedelta(days=6)
        bases = self.rows.sums("week", *span, (self.measure.base, "eligible"))
        hits = self.rows.weeks(f"{self.query.clock}_week", *span, self.measure.hits)
        extremes = self.rows.extremes(*span) if self.query.clock == "elapsed" else {}
        rows = []
        for cohort in cohorts:
            base, eligible = bases.get(cohort.isoformat(), (0, 0))
            untracked = eligible - base if self.measure.tracking else 0
            oldest, youngest = extremes.get(cohort, (None, None))
            cells, total = [], 0
            for week in range(1, GRID + 1):
                total += hits.get((cohort, week), 0)
                cells.append(self.cell(cohort, week, this_week, base, total, oldest, youngest))
            rows.append({"cohort": cohort.isoformat(), "base": base, "untracked": untracked, "cells": cells})
        return rows

    def _first_whole_week(self, first: date) -> date:
        """The first cohort that lies within the scope's days as a whole; a part of a week is no cohort."""
        since = self.rows.scope.since
        return first if since is None or since <= first else since + timedelta(days=-since.weekday() % 7)

    def cell(
        self,
        cohort: date,
        week: int,
        this_week: date,
        base: int,
        n: int,
        oldest: datetime | None,
        youngest: datetime | None,
    ) -> dict[str, Any]:
        """docs/numbers.md, "Cell states". `oldest`, `youngest`: naive UTC starts of the cohort's units."""
        begins = cohort + WEEK * (week - 1)
        if not base:
            named = "no_base" if begins <= this_week else "future"
        elif self.query.clock == "calendar":
            named = "future" if begins > this_week else "in_progress" if begins == this_week else "value"
        else:
            assert oldest is not None, "a cohort with a base has units"
            assert youngest is not None
            now = self.as_of.replace(tzinfo=None)
            begun, ended = oldest + WEEK * (week - 1), youngest + WEEK * week
            started, over = now >= begun, now >= ended
            self._holds_until(*(at for at in (begun, ended) if at > now))
            named = "value" if over else "in_progress" if started else "future"
        if named == "future":
            return {"week": week, "n": None, "rate": None, "state": named}
        return {"week": week, "n": n, "rate": n / base if base else None, "state": named}

    def _holds_until(self, *borders: datetime) -> None:
        """`borders`: naive UTC moments to come at which a cell changes its state."""
        for border in borders:
            at = border.replace(tzinfo=UTC)
            self.until = at if self.until is None else min(self.until, at)
