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
from dashapp.sharing import questions
from dashapp.tiles.base import Flag, Page, Tool
from dashapp.ui.language.say import say
from dashapp.views.store import Shown


def with_tools(
    session: Session, viewer: Viewer, workspace: Workspace, found: Shown, page: Page, asked: Mapping[str, str]
) -> Page:
    """The page with the menu of what the viewer may do with its tiles. `asked`: its view and controls."""
    if not allowed(viewer, "share.manage", workspace.managing_agency_id, workspace.id):
        return page
    here = f"/w/{workspace.slug}"
    watched = frozenset(tile.id for tile in found.resolved.view.tiles if can_watch(tile))
    alerts = [
        Flag(alert.tile_id, say("Alert: {name}", name=alert.name), f"{here}/alerts?alert={alert.id}", "warn")
        for alert in store.fired_on(session, workspace, found.stored.id)
    ]
    waits = [
        Flag(tile, _asked(n), f"{here}/questions")
        for tile, n in questions.waiting_on(session, workspace).items()
    ]
    tools = (Tool(say("Set an alert"), f"{here}/alerts?{urlencode(asked)}&tile=", watched),)
    return replace(page, tools=tools, tools_of=say("Menu of"), flags=(*alerts, *waits))


def _asked(n: int) -> str:
    return say("1 question") if n == 1 else say("{n} questions", n=n)
