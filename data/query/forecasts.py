"""Stores a day's forecast, to be compared with what is really sent (docs/numbers.md, "Future e-mails")."""

from __future__ import annotations

from datetime import UTC, date, datetime

from data.answers.future import keep_forecast
from data.errors import NotInScope
from data.lake.lake import Lake
from data.marts.zones import zone
from data.plans.load import is_planned
from data.query.ask import Query, ask, state
from data.scope import Scope


def snapshot_forecast(lake: Lake, scope: Scope, workspace_id: int, day: date) -> int:
    """Keep today's forecast of `future_emails`, made on the local `day`, to be held against what will go out.

    Made once a day: a second call changes nothing. Gives the days newly kept; 0 without anything planned.
    """
    scope.require(workspace_id)
    if scope.user is not None or scope.campaigns is not None:
        raise NotInScope("A forecast is kept of a whole workspace.")
    if not is_planned(lake, workspace_id):
        return 0
    current = state(lake, scope, workspace_id)
    now = datetime.now(UTC)
    # A past or coming day is forecast as of its local noon: what was stamped later had not happened yet.
    if now.astimezone(zone(current.timezone)).date() != day:
        now = datetime(day.year, day.month, day.day, 12, tzinfo=zone(current.timezone)).astimezone(UTC)
    asked = Query(name="future_emails", as_of=now)
    made = ask(lake, scope, workspace_id, asked)
    return keep_forecast(lake.engine, workspace_id, day, now, made)
