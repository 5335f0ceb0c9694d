"""A validated query as SQL. The scope's predicate is part of the relation itself, so no query can forget it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data.engines.duckdb import sql
from data.question import NAMES, Query, parse
from data.scope import Scope
from data.slices import DIMENSIONS

__all__ = ["NAMES", "Query", "dimensions", "key_sql", "measure", "parameters", "parse", "statement"]

_KEYS: dict[str | None, str] = {
    None: "'all'",
    "day": "strftime(day, '%Y-%m-%d')",
    "week": "strftime(date_trunc('week', day), '%Y-%m-%d')",
    "campaign": "campaign",
    "step": "step",
    "user": '"user"',
    "sender_provider": "sender_provider",
    "recipient_provider": "recipient_provider",
}


@dataclass(frozen=True)
class Measure:
    """Where a data type stands in the cubes: the base its units are in, its hits, and the tracking it needs."""

    base: str
    hits: str
    tracked: str


def measure(query: Query) -> Measure:
    """METRICS §2, "Eligible units", as columns of units.sql."""
    if query.data_type == "bounce":
        return Measure("all", "bounce", "true")
    if query.data_type == "open":
        return Measure("eligible", f"open_{query.engagement}", "track_opens")
    if query.data_type == "click":
        return Measure("eligible", f"click_{query.engagement}", "track_clicks")
    return Measure("eligible", query.data_type, "true")


def dimensions(query: Query, scope: Scope) -> set[str]:
    """The dimensions a query filters or groups by: they decide which slice can answer it."""
    named = {name for name in ("campaign", "user") if getattr(query, name) is not None}
    named |= {name for name in ("sender_provider", "recipient_provider") if getattr(query, name) != "any"}
    if query.by in DIMENSIONS:
        named.add(query.by)
    if scope.user is not None:
        named.add("user")
    if scope.campaigns is not None:
        named.add("campaign")
    return named


def key_sql(query: Query) -> str:
    """The grouping expression of `--by`."""
    return _KEYS[query.by]


def statement(file: str, relation: str, mart: str, query: Query, scope: Scope, **blanks: str) -> str:
    """`data/queries/<file>.sql` over `mart`, which is `relation` narrowed to the scope and the filters."""
    narrow = ["workspace_id = $workspace_id", "slice = $slice"]
    if scope.user is not None:
        narrow.append('"user" = $scope_user')
    if scope.campaigns is not None:
        narrow.append("campaign IN (SELECT unnest($scope_campaigns))")
    if query.user is not None:
        narrow.append('"user" = $user')
    if query.campaign is not None:
        narrow.append("campaign = $campaign")
    if query.sender_provider != "any":
        narrow.append("sender_provider = $sender_provider")
    if query.recipient_provider != "any":
        narrow.append("recipient_provider = $recipient_provider")
    text = sql("queries", file).format(**blanks) if blanks else sql("queries", file)
    return f"WITH {mart} AS (SELECT * FROM {relation} WHERE {' AND '.join(narrow)})\n{text}"  # noqa: S608


def parameters(query: Query, scope: Scope, workspace_id: int) -> dict[str, Any]:
    """The values `statement` binds; nothing a person typed is ever part of the SQL text."""
    values: dict[str, Any] = {"workspace_id": workspace_id}
    if scope.user is not None:
        values["scope_user"] = scope.user
    if scope.campaigns is not None:
        values["scope_campaigns"] = sorted(scope.campaigns)
    for name in ("user", "campaign"):
        if getattr(query, name) is not None:
            values[name] = getattr(query, name)
    for name in ("sender_provider", "recipient_provider"):
        if getattr(query, name) != "any":
            values[name] = getattr(query, name)
    return values
