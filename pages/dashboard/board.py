"""A workspace's dashboard as it stands now: what the page, its poll and its callbacks show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.reports.snapshot import seen_up_to_date
from dashapp.tiles.base import Filters, Page, page_key, since_last_event
from dashapp.tiles.periods import Complete, complete_to
from dashapp.views.schema import View, fingerprint
from dashapp.views.store import shipped_view
from data.lake.lake import Lake
from data.query.snapshot import WorkspaceSnapshot
from data.scope import Scope
from pages.frame.reach import search_within
from pages.frame.team import team_page
from pages.view_controls.controls import Controls, page_of, read_controls
from pages.view_controls.kept_tiles import kept_tiles

#: The dashboard looks at the last seven days unless told.
USUAL = "7"
#: How the address names the order of the top campaigns, and the orders there are.
SORT, SORTS = "flows", ("rate", "count")


@dataclass(frozen=True)
class Board:
    """The dashboard: cheap to make, its tiles are rendered only when asked for. `shown` names what is shown."""

    lake: Lake
    scope: Scope
    seen: WorkspaceSnapshot
    workspace: Workspace
    view: View
    controls: Controls
    page: Page
    complete_to: Complete | None
    shown: str

    def tiles(self) -> Markup:
        """The tiles as HTML, kept from before or rendered now."""
        return kept_tiles(self.lake, self.scope, self.workspace.id, self.seen, self.view, self.page)


def controls_of(viewer: Viewer, workspace: Workspace, scope: Scope, search: Mapping[str, str]) -> Controls:
    """The days and the person of the address; who sees only their own chooses nobody, nor does a client."""
    found = read_controls(search_within(viewer, workspace, search), USUAL)
    user = None if scope.user is not None else found.filters.user
    return replace(found, filters=Filters(user=user))


def view_of(search: Mapping[str, str]) -> View:
    """The dashboard's tiles, the top campaigns in the order of the address."""
    view = shipped_view("dashboard")
    sort = search.get(SORT)
    if sort not in SORTS:
        return view
    tiles = [
        tile.model_copy(update={"options": {**tile.options, "sort": sort}}) if tile.id == SORT else tile
        for tile in view.tiles
    ]
    return view.model_copy(update={"tiles": tiles})


def board_of(
    lake: Lake,
    session: Session,
    viewer: Viewer,
    workspace: Workspace,
    scope: Scope,
    search: Mapping[str, str],
) -> Board:
    """The dashboard of a workspace the caller was let into, with what is waiting for it taken in first."""
    asked = now()  # what comes in while the figures are made cannot be missed
    seen = seen_up_to_date(lake, session, scope.require(workspace.id))
    state = seen.state
    controls, view, at = controls_of(viewer, workspace, scope, search), view_of(search), now()
    may_connect = allowed(viewer, "source.manage", workspace.managing_agency_id, workspace.id)
    page = page_of(
        controls,
        workspace.name,
        workspace.timezone,
        at,
        connect=f"/w/{workspace.slug}/sources" if may_connect else None,
        opens=True,
        sorts=True,
        **since_last_event(state.last_event_at, at, workspace.timezone, state.held_back(asked=asked)),
    )
    page = team_page(session, viewer, workspace, scope, page, view)
    pending = seen.pending or ()
    if any(not one.startswith("corrected ") for one in pending) and not page.ever:
        page = replace(page, ever=True)  # a task that was completed is the first that happened
    what = (state.version, pending, fingerprint(view), page_key(page), scope.user)
    return Board(
        lake,
        scope,
        seen,
        workspace,
        view,
        controls,
        page,
        complete_to(state.last_event_at, at, workspace.timezone),
        blake2b(repr(what).encode(), digest_size=16).hexdigest(),
    )
