"""The menu of each tile on the analytics page, and the chips of what calls for attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.alerts import store
from dashapp.alerts.measure import can_watch
from dashapp.db.tenants import Workspace
from dashapp.sharing import day_notes
from dashapp.tiles.base import DayNote, Flag, Page, Tool
from dashapp.ui.language.say import say
from dashapp.views.store import Shown
from pages.frame.reach import is_team
from pages.frame.waiting import waiting_in

#: The tile types that draw days.
DATED = frozenset({"trend", "sent_emails"})


def with_tools(
    session: Session, viewer: Viewer, workspace: Workspace, found: Shown, page: Page, asked: Mapping[str, str]
) -> Page:
    """The page with the menu of what the viewer may do with its tiles. `asked`: its view and controls."""
    page = replace(page, notes=_notes(session, viewer, workspace, page))
    if not allowed(viewer, "share.manage", workspace.managing_agency_id, workspace.id):
        return page
    here = f"/w/{workspace.slug}"
    watched = frozenset(tile.id for tile in found.resolved.view.tiles if can_watch(tile))
    dated = frozenset(tile.id for tile in found.resolved.view.tiles if tile.type in DATED)
    alerts = [
        Flag(alert.tile_id, say("Alert: {name}", name=alert.name), f"{here}/alerts?alert={alert.id}", "warn")
        for alert in store.fired_on(session, workspace, found.stored.id)
    ]
    waits = [
        Flag(tile, _asked(n), f"{here}/questions")
        for tile, n in waiting_in(session, workspace.id).by_tile.items()
    ]
    tools = (
        Tool(say("Set an alert"), f"{here}/alerts?{urlencode(asked)}&tile=", watched),
        Tool(say("Add a note on a day"), f"{here}/annotations?on=", dated),
    )
    return replace(page, tools=tools, tools_of=say("Menu of"), flags=(*alerts, *waits))


def _notes(session: Session, viewer: Viewer, workspace: Workspace, page: Page) -> tuple[DayNote, ...]:
    """The notes of the page's days: all of them for the team, those meant for clients for everybody else."""
    team = is_team(viewer, workspace)
    period = page.period
    found = day_notes.notes_between(session, workspace, period.from_, period.to, clients_only=not team)
    return tuple(
        DayNote(
            one.first_day,
            one.last_day,
            one.text if one.for_clients else say("{text} (team only)", text=one.text),
            one.campaign,
        )
        for one in found
    )


def _asked(n: int) -> str:
    return say("1 question") if n == 1 else say("{n} questions", n=n)
