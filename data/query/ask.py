"""The answers: one name, one definition (docs/numbers.md), JSON-ready in the form of docs/interfaces.md.

Tiles, tooltips, CSV, API and `vitrine query` all come through `ask`; nothing else computes a figure.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from data.answer_cache import Made
from data.answers import answer, beside_events, counted_from_facts
from data.answers.facts import open_facts
from data.answers.keys import key_of
from data.answers.ratio import ratio
from data.building.restated import Restated
from data.cubes import activity, unattributed
from data.cubes.options import NAMES, Query, dimensions, measure, parse
from data.cubes.rows import Rows
from data.cubes.warehouse import Warehouse, open_warehouse, read_again
from data.cubes.workspace_state import Standing, standing
from data.errors import NotInScope
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.marts.zones import zone
from data.query import band_rates, ripeness, timelines
from data.query.masking import masked
from data.query.seen import Seen, see, with_notes
from data.question import FIRST_DAY, LAST_DAY
from data.scope import Scope

__all__ = ["NAMES", "Query", "ask", "ask_all", "parse", "stands", "state"]

logger = logging.getLogger(__name__)

GRID = 12
WEEK = timedelta(days=7)


def ask(lake: Lake, scope: Scope, workspace_id: int, query: Query) -> dict[str, Any]:
    """The answer to one question, JSON-ready. Raises NotInScope, BadQuery.

    With `held_back`, {"since": an ISO moment, "why": …} (data/cubes/workspace_state.py), when the workspace
    is held back or behind; without it the answer counts every event that was acknowledged before it was
    asked for. `why` is check_failed, waiting, damaged or recount. It is about the workspace: a question
    about a past day says it, too.
    """
    return ask_all(lake, scope, workspace_id, {"only": query})["only"]


def ask_all(
    lake: Lake, scope: Scope, workspace_id: int, queries: Mapping[str, Query], seen: Seen | None = None
) -> dict[str, dict[str, Any]]:
    """Answers by the same keys, all from one version of the workspace's marts and, unless told, one moment.

    `seen`: the workspace as somebody read it just now, so that it is not read again.
    """
    scope.require(workspace_id)
    moment = datetime.now(UTC) if seen is None else seen.at
    oldest = min((query.as_of or moment for query in queries.values()), default=moment)
    if seen is not None and (oldest < moment or seen.current.workspace_id != workspace_id):
        seen = None  # it tells of no corrections that long ago
    tried, known = False, seen

    def look() -> Seen:
        nonlocal tried
        again, tried = tried, True
        if known is not None and not again:
            return known
        with manifest.read_only(lake.engine).begin() as connection:
            return see(connection, workspace_id, moment, oldest=oldest, anew=again)

    def read(now: Seen) -> dict[str, dict[str, Any]]:
        answers = _kept_or_made(lake, scope, now, queries, moment)
        return with_notes(now, queries, masked(answers) if scope.masked else answers, moment)

    return read_again(
        lake,
        look,
        read,
        lambda now: now.current,
        "These figures cannot be read just now; run `vitrine doctor`.",
    )


def _kept_or_made(
    lake: Lake, scope: Scope, seen: Seen, queries: Mapping[str, Query], moment: datetime
) -> dict[str, dict[str, Any]]:
    """The answers, those kept from before (data/answer_cache.py) and the others counted together."""
    current = seen.current
    if lake.kept is None:
        made = _answers(lake, scope, current, queries, moment, seen.corrected)
        return {name: one for name, (one, _) in made.items()}
    from_events = {name for name, query in queries.items() if counted_from_facts(query)}
    pending = seen.pending
    if from_events and pending is None:
        with manifest.read_only(lake.engine).begin() as connection:
            pending = beside_events.mark(connection, current.workspace_id)
    keys = {
        name: None
        if seen.stands.failed
        else key_of(
            scope, current, query, moment, seen.stands.plans, (pending or ()) if name in from_events else ()
        )
        for name, query in queries.items()
    }

    def make(names: Sequence[str]) -> tuple[Mapping[str, Made], bool]:
        made = _answers(lake, scope, current, {name: queries[name] for name in names}, moment, seen.corrected)
        # What was published meanwhile may be in an answer already, and is not in its key.
        return made, manifest.version(lake.engine, current.workspace_id) == current.version

    found = lake.kept.get(keys, moment, make)
    return {name: found[name] for name in queries}


def _answers(
    lake: Lake,
    scope: Scope,
    current: Current,
    queries: Mapping[str, Query],
    moment: datetime,
    corrected: Sequence[Restated],
) -> dict[str, Made]:
    """Each answer as counted now, and until when it holds though nothing new comes (None: all of the local day)."""
    answers: dict[str, Made] = {}
    by_moment: dict[datetime, dict[str, Query]] = {}
    counted: dict[datetime, dict[str, Query]] = {}
    cut: dict[tuple[date, date, datetime], dict[str, Query]] = {}
    for key, query in queries.items():
        if query.cut is not None and query.cut < (query.as_of or moment):
            days = query.from_ or FIRST_DAY, query.to or LAST_DAY
            cut.setdefault((*days, query.cut), {})[key] = query
            continue
        groups = counted if counted_from_facts(query) else by_moment
        groups.setdefault(query.as_of or moment, {})[key] = query
    for as_of, group in by_moment.items():
        with open_warehouse(lake, current, as_of) as warehouse:
            for key, query in group.items():
                question = _Question(warehouse, scope, current, query, as_of)
                told = question.answer()
                if unattributed.matters(query, scope):
                    told["unattributed"] = warehouse.unattributed(query)
                answers[key] = told, question.until
    for (first, last, at), group in cut.items():
        apart = frozenset[str]().union(*(dimensions(query, scope) for query in group.values()))
        warehouse = timelines.warehouse_at(lake, current, (first, last), at, apart, corrected)
        for key, query in group.items():
            answers[key] = _Question(warehouse, scope, current, query, query.as_of or moment).answer(), None
    for as_of, group in counted.items():
        with open_facts(lake, scope, current, as_of, _everywhere(lake, scope)) as facts:
            for key, query in group.items():
                told = _told(query, current, as_of) | answer(facts, query)
                if unattributed.matters(query, scope):
                    with open_warehouse(lake, current, as_of) as warehouse:
                        told["unattributed"] = warehouse.unattributed(query)
                answers[key] = told, None
    return {key: answers[key] for key in queries}


def _everywhere(lake: Lake, scope: Scope) -> Callable[[Sequence[Query]], list[list[dict[str, Any]]]]:
    """The rates that questions have in all workspaces of the scope."""

    def answers(queries: Sequence[Query]) -> list[list[dict[str, Any]]]:
        return band_rates.rates(lake, scope.workspace_ids, queries, partial(ask, lake, scope))

    return answers


def _told(query: Query, current: Current, as_of: datetime) -> dict[str, Any]:
    """What every answer carries (docs/interfaces.md), before the options in force."""
    return {
        "name": query.name,
        "workspace": current.slug,
        "timezone": current.timezone,
        "as_of": as_of.isoformat().replace("+00:00", "Z"),
    }


def state(lake: Lake, scope: Scope, workspace_id: int) -> Current:
    """The published version of a workspace's marts: its number, zone, and the latest event in it."""
    scope.require(workspace_id)
    with manifest.read_only(lake.engine).begin() as connection:
        found = manifest.current(connection, [workspace_id])
    if workspace_id not in found:
        raise NotInScope("There is no such workspace.")
    return found[workspace_id]


def stands(lake: Lake, scope: Scope, workspace_id: int) -> Standing:
    """Where a workspace's marts stand, without its layers. Raises NotInScope."""
    scope.require(workspace_id)
    with manifest.read_only(lake.engine).connect() as connection:
        found = standing(connection, workspace_id)
    if found is None:
        raise NotInScope("There is no such workspace.")
    return found


class _Question:
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
            **_told(self.query, self.current, self.as_of),
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
