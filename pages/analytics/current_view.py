"""A workspace's current view: what the page, its poll and its PDF show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.reports.snapshot import seen_up_to_date
from dashapp.tiles.base import Page, since_last_event
from dashapp.tiles.periods import Complete, complete_to
from dashapp.views.schema import View, fingerprint
from dashapp.views.store import Shown as ShownView
from data.lake.lake import Lake
from data.query.snapshot import WorkspaceSnapshot
from data.scope import Scope
from pages.analytics.tools import with_tools
from pages.editor.context import view_id_of
from pages.frame.reach import search_within, shown_view
from pages.frame.team import team_page
from pages.view_controls.controls import Controls, page_of, read_controls
from pages.view_controls.kept_tiles import kept_tiles


@dataclass(frozen=True)
class CurrentView:
    """A workspace's current view: cheap to make, because tiles are rendered only on request.

    `shown` identifies what would be shown: it changes with the data, the view, the controls and the local day.
    """

    lake: Lake
    scope: Scope
    seen: WorkspaceSnapshot
    workspace: Workspace
    found: ShownView
    controls: Controls
    page: Page
    complete_to: Complete | None
    shown: str

    @property
    def view(self) -> View:
        """The view as this workspace shows it."""
        return self.found.resolved.view

    def tiles(self) -> Markup:
        """The view's tiles as HTML, as the client's portal shows them: cached, or rendered now."""
        return kept_tiles(self.lake, self.scope, self.workspace.id, self.seen, self.view, self.page)


def now_of(
    lake: Lake,
    session: Session,
    viewer: Viewer,
    workspace: Workspace,
    scope: Scope,
    search: Mapping[str, str],
) -> CurrentView:
    """The current view of a workspace the caller may enter, after processing what is waiting for it.

    NotFound when the address names a view that is not this workspace's or its agency's.
    """
    search = search_within(viewer, workspace, search)
    found = shown_view(session, viewer, workspace, view_id_of(search))
    asked = now()
    seen = seen_up_to_date(lake, session, scope.require(workspace.id))
    state = seen.state
    controls = read_controls(search)
    at = now()
    may_connect = allowed(viewer, "source.manage", workspace.managing_agency_id, workspace.id)
    page = page_of(
        controls,
        workspace.name,
        workspace.timezone,
        at,
        connect=f"/w/{workspace.slug}/sources" if may_connect else None,
        opens=True,
        explore=f"/w/{workspace.slug}/explore?{urlencode(explored(controls, search))}&tile=",
        **since_last_event(state.last_event_at, at, workspace.timezone, state.held_back(asked=asked)),
    )
    page = team_page(session, viewer, workspace, scope, page, found.resolved.view)
    page = with_tools(session, viewer, workspace, found, page, explored(controls, search))
    pending = seen.pending or ()
    what = (
        state.version,
        pending,
        page.people,
        page.team,
        page.tasks,
        page.flags,
        page.notes,
        fingerprint(found.resolved.view),
        page.period,
        page.today,
        # What an earlier period is cut at moves with the time of day, and no event tells of that.
        at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0),
        page.compare,
        page.filters,
        page.stale,
        page.behind,
        page.held,
        page.late,
        page.doubted,
        page.lang,
    )
    return CurrentView(
        lake=lake,
        scope=scope,
        seen=seen,
        workspace=workspace,
        found=found,
        controls=controls,
        page=page,
        complete_to=complete_to(state.last_event_at, at, workspace.timezone),
        shown=blake2b(repr(what).encode(), digest_size=16).hexdigest(),
    )


def explored(controls: Controls, search: Mapping[str, str]) -> dict[str, str]:
    """What a tile is opened with: the same view under the same controls."""
    view = {"view": search["view"]} if "view" in search else {}
    return {**view, "period": controls.period, **controls.pairs}
