"""What happened in one workspace, as three relations every answer of this package is counted from.

`actions`: what was done towards a lead (an e-mail, a video message, a call …), one row each; `happenings`: what
came of them, one row an event, with the lead, campaign and user of its action; `mails`: the e-mails with the first
of everything that happened to each. Answers know these names only, and behind them stand views that are narrowed
to the scope, so no answer can see beyond it. Local days are the workspace's.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from data.answers.keys import version_of
from data.answers.relations import RELATIONS, SMALL, Files, bounds, files_of, make_refusals, relate
from data.answers.stretch import reach_back, relate_stretch
from data.engines.duckdb import DuckDBPyConnection, EngineError, cursor, sql
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.marts.zones import zone
from data.question import FIRST_DAY, LAST_DAY, Query
from data.scope import Scope

#: A week, where the dashboard's figures are asked for without a range (docs/numbers.md).
DEFAULT_DAYS = 7

Everywhere = Callable[[Sequence[Query]], list[list[dict[str, Any]]]]


@dataclass
class Facts:
    """The relations of one workspace at one moment, and how to ask them."""

    #: Knows no relation: for what is made of tables of its own alone.
    bare: DuckDBPyConnection
    lake: Lake
    scope: Scope
    current: Current
    as_of: datetime
    files: Files
    #: For each rate asked {n, base, rate} in every workspace of the scope, for figures that compare them.
    everywhere: Everywhere
    #: Of a stretch of time alone (`around`).
    partial: bool = False
    _narrowed: tuple[Any, ...] | None = field(default=None)
    _related: bool = field(default=False)

    @property
    def connection(self) -> DuckDBPyConnection:
        """Knows the relations, which are made when they are first asked for."""
        if not self._related:
            relate(self.bare, self.lake, self.files, self.as_of)
            _keep_scope(self.bare, self.scope)
            self._related = True
        return self.bare

    @contextmanager
    def around(self, low: datetime, high: datetime, most: int) -> Iterator[tuple[Facts, datetime]]:
        """What the timeline shows between two moments (naive UTC), of its newest `most` events alone, and the
        moment from which on nothing is missing: its cost does not follow the history.

        These facts themselves, where they are few or are made of the events alone.
        """
        if not self.files.as_published or not self.files.segments or self.current.events <= SMALL:
            yield self, low
            return
        connection = cursor(self.lake.root)
        try:
            low = relate_stretch(connection, self.lake, self.files, self.as_of, low, high, most)
            _keep_scope(connection, self.scope)
            yield replace(self, bare=connection, partial=True, _narrowed=None, _related=True), low
        finally:
            connection.close()

    def reach_back(self, actions: Sequence[str], since: datetime, low: datetime) -> None:
        """Know what happened to some actions from a moment to `low`, where that is not known anyway."""
        if self.partial:
            reach_back(self.bare, actions, since, low)

    @property
    def version(self) -> Hashable | None:
        """What the relations are made of, where that is all of one published version; else None."""
        if self.files.pending.ids:
            return None
        if not self.files.as_published or version_of(self.files.current) != version_of(self.current):
            return None
        return version_of(self.current)

    @property
    def today(self) -> date:
        """The local day of `as_of`."""
        return self.as_of.astimezone(zone(self.current.timezone)).date()

    def settled(self, query: Query) -> Query:
        """The query with the range that is in force: the dashboard's names look at the last 7 days, and nobody
        before the scope's earliest day."""
        return self._within_scope(self._week_of(query))

    def _within_scope(self, query: Query) -> Query:
        """From the scope's earliest day on. A range that ends before it is empty."""
        since = self.scope.since
        if since is None or "from" not in query.figure.options:
            return query
        return query.model_copy(update={"from_": max(query.from_ or since, since)})

    def _week_of(self, query: Query) -> Query:
        if not query.figure.weekly:
            return query
        last = query.to or self.today if query.from_ is None else query.to or max(self.today, query.from_)
        first = query.from_ or last - timedelta(days=DEFAULT_DAYS - 1)
        return query.model_copy(update={"from_": first, "to": last})

    def rows(self, file: str, query: Query, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of `data/answers/<file>.sql` over the relations, narrowed to what the query filters by."""
        return self.select(sql("answers", file), query, **values)

    def select(self, text: str, query: Query, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over the relations, narrowed as `rows` narrows them."""
        self._narrow(query)
        return self.connection.execute(text, _used(text, query, values)).fetchall()

    def unrelated(self, file: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a file that is made of no relation, but of tables registered with `bare`."""
        text = sql("answers", file)
        return self.bare.execute(text, {k: v for k, v in values.items() if f"${k}" in text}).fetchall()

    def one(self, file: str, query: Query, **values: Any) -> dict[str, Any]:
        """The one row of a file, by column."""
        rows = self.rows(file, query, **values)
        names = [column[0] for column in self.connection.description or []]
        return dict(zip(names, rows[0], strict=True))

    def make(self, table: str, query: Query, select: str | None = None, **values: Any) -> None:
        """Temp table `table` of `data/answers/<table>.sql`, or of `select`, for files that build on it."""
        self._narrow(query)
        text = f"CREATE OR REPLACE TEMP TABLE {table} AS {select or sql('answers', table)}"
        self.connection.execute(text, _used(text, query, values))

    def make_engagements(self, query: Query) -> None:
        """Temp table `engagements` (engagements.sql)."""
        make_refusals(self.connection, *bounds(*_days(query)))
        self.make("engagements", query)

    def _narrow(self, query: Query) -> None:
        """The three relations as the query sees them: its campaign, user and providers, its kind of engagement."""
        wanted = {
            name: getattr(query, name)
            for name, anything in (
                ("campaign", None),
                ("user", None),
                ("sender_provider", "any"),
                ("recipient_provider", "any"),
            )
            if getattr(query, name) != anything
        }
        human = query.engagement == "human"
        key = (human, *sorted(wanted.items()))
        if key == self._narrowed:
            return
        self._narrowed = key
        seen = "human" if human else "all"
        for name, value in wanted.items():
            self.connection.execute(f"SET VARIABLE asked_{name} = ?", [value])
        where = [f"\"{name}\" = getvariable('asked_{name}')" for name in wanted]
        for relation in RELATIONS:
            columns = "*"
            if relation == "mails":
                columns = f"*, opened_{seen}_at as opened_at, clicked_{seen}_at as clicked_at"
            conditions = [*where, "not machine"] if human and relation == "happenings" else where
            _view(self.connection, relation, f"all_{relation}", conditions, columns)


@contextmanager
def open_facts(
    lake: Lake,
    scope: Scope,
    current: Current,
    as_of: datetime,
    everywhere: Everywhere,
) -> Iterator[Facts]:
    """The facts of a workspace up to `as_of` (aware). Raises NotInScope, and DamagedFile when a segment is lost."""
    scope.require(current.workspace_id)
    files = files_of(lake, current.workspace_id, as_of)
    connection = cursor(lake.root)
    try:
        yield Facts(connection, lake, scope, current, as_of, files, everywhere)
    except EngineError:
        lake.store.doubt(files.segments)  # a copy may be at fault: whoever asks again reads another
        raise
    finally:
        connection.close()


def _days(query: Query) -> tuple[date, date]:
    return query.from_ or FIRST_DAY, query.to or LAST_DAY


def moments(query: Query) -> tuple[datetime, datetime]:
    """Naive UTC moments every local moment of the query's days lies between."""
    return bounds(*_days(query))


def _used(text: str, query: Query, values: dict[str, Any]) -> dict[str, Any]:
    """The values a text names. Beside the local days $first..$last stand the moments around them, $since..$until:
    a file's statistics know moments only, and so the reader skips what is far from the range."""
    first, last = _days(query)
    since, until = bounds(first, last)
    values = {**values, "first": first, "last": last, "since": since, "until": until}
    return {name: value for name, value in values.items() if f"${name}" in text}


def _keep_scope(connection: DuckDBPyConnection, scope: Scope) -> None:
    """Views `all_mails`, `all_actions`, … that hold what the scope holds, and no more."""
    conditions = []
    if scope.user is not None:
        connection.execute("SET VARIABLE scope_user = ?", [scope.user])
        conditions.append("\"user\" = getvariable('scope_user')")
    if scope.campaigns is not None:
        connection.execute("SET VARIABLE scope_campaigns = ?::VARCHAR[]", [sorted(scope.campaigns)])
        conditions.append("list_contains(getvariable('scope_campaigns')::VARCHAR[], campaign)")
    for relation in RELATIONS:
        _view(connection, f"all_{relation}", f"whole_{relation}", conditions)


def _view(
    connection: DuckDBPyConnection, name: str, source: str, conditions: Sequence[str], columns: str = "*"
) -> None:
    where = " AND ".join(conditions) or "true"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns} FROM {source} WHERE {where}"  # noqa: S608
    )
