"""The context of the editor: whose views an address means, and whose figures are shown while editing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import agency_for, agency_scope, scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.db.base import now
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.reports.report import Report
from dashapp.reports.snapshot import Snapshot, take
from dashapp.tiles.base import Page, since_last_event
from dashapp.views.schema import Placed, View
from data.cubes.workspace_state import LATE
from data.lake.lake import Lake
from data.lake.tables import mart_version
from data.scope import Scope
from pages.frame.page_spec import page_at
from pages.view_controls.controls import page_of, read_controls
from pages.view_controls.view_menu import names_of

NOTHING = "There is no such page."


@dataclass(frozen=True)
class EditorContext:
    """`place` is whose views are edited (a workspace's, or an agency's templates), `preview` the workspace whose
    figures the tiles show; `scope` is exactly that workspace. `session`: everything is read in it.
    """

    place: Agency | Workspace
    agency: Agency | None
    preview: Workspace
    scope: Scope
    page: Page
    lake: Lake
    session: Session

    @cached_property
    def snapshot(self) -> Snapshot:
        """The preview's workspace, read once however many tiles are drawn."""
        return take(self.session, self.preview, self.scope)

    @property
    def templates_of(self) -> Agency:
        """The agency whose templates are edited: on its own page only."""
        assert isinstance(self.place, Agency)
        return self.place

    @property
    def path(self) -> str:
        """The address of the page that shows these views, with what names the place."""
        if isinstance(self.place, Workspace):
            return f"/w/{self.place.slug}/analytics?"
        return f"/analytics?agency={self.place.slug}&workspace={self.preview.slug}&"

    def opened(self, *, connect: str | None = None) -> EditorContext:
        """The same for a page that shows instead of edits: figures open their rows, and empty or old data is
        described in the words of the workspace's own page.

        `connect`: where a source can be connected.
        """
        stands = self.snapshot.state
        held_back = stands.held_back(asked=self.page.as_of - LATE)
        told = since_last_event(stands.last_event_at, self.page.as_of, self.preview.timezone, held_back)
        return replace(self, page=replace(self.page, opens=True, connect=connect, **told))

    def tiles(self, view: View) -> Markup:
        """The view's tiles with figures."""
        return Report(self.lake, self.snapshot, view, self.page).grid()

    def tile(self, placed: Placed) -> Markup:
        """One tile with figures, of no view yet; nothing where it names people the viewer may not see."""
        alone = View(name=placed.id, tiles=[placed])
        drawn = Report(self.lake, self.snapshot, alone, self.page).tiles
        return Markup("").join(tile.html for tile in drawn)

    def campaigns(self) -> list[str]:
        """The names of the preview's campaigns, to choose one of."""
        return names_of(self.lake, self.scope, self.preview.id, self.page)["campaign"]


def context_at(
    lake: Lake, session: Session, viewer: Viewer, path: str, search: Mapping[str, str]
) -> EditorContext:
    """The context of an address of the browser. NotFound when views may not be edited there by this viewer."""
    found = page_at(path)
    name, variables = ("", {}) if found is None else (found[0].name, found[1])
    if name == "analytics":
        workspace, scope = scope_for_workspace(session, viewer, variables["slug"], "view.edit")
        return _context(lake, session, workspace, workspace, scope, search, _sees_people(viewer, workspace))
    if name == "templates":
        agency = agency_for(session, viewer, search.get("agency"), "template.edit")
        preview, scope = preview_of(session, viewer, agency, search.get("workspace"))
        return _context(lake, session, agency, preview, scope, search, _sees_people(viewer, preview))
    raise NotFound(NOTHING)


def preview_of(session: Session, viewer: Viewer, agency: Agency, slug: str | None) -> tuple[Workspace, Scope]:
    """The workspace of the agency whose figures a template is shown with; without a slug the first that has any."""
    if slug is None:
        _, workspaces, scope = agency_scope(session, viewer, agency.slug)
        filled = set(
            session.scalars(
                select(mart_version.c.workspace_id).where(
                    mart_version.c.workspace_id.in_(sorted(scope.workspace_ids)), mart_version.c.events > 0
                )
            )
        )
        slug = next((one for one in workspaces if one.id in filled), workspaces[0]).slug
    workspace, scope = scope_for_workspace(session, viewer, slug)
    if workspace.managing_agency_id != agency.id:
        raise NotFound(NOTHING)
    return workspace, scope


def _context(
    lake: Lake,
    session: Session,
    place: Agency | Workspace,
    preview: Workspace,
    scope: Scope,
    search: Mapping[str, str],
    people: bool,
) -> EditorContext:
    page = page_of(read_controls(search), preview.name, preview.timezone, now(), people=people)
    agency = place if isinstance(place, Agency) else place.managing_agency
    return EditorContext(place, agency, preview, scope, page, lake, session)


def _sees_people(viewer: Viewer, workspace: Workspace) -> bool:
    return allowed(viewer, "events.read", workspace.managing_agency_id, workspace.id)


def view_id_of(search: Mapping[str, str]) -> int | None:
    """The view an address names, None when it names none; NotFound for what can be no view."""
    said = search.get("view")
    if said is None:
        return None
    if not said.isascii() or not said.isdigit() or len(said) > 9 or int(said) == 0:
        raise NotFound(NOTHING)
    return int(said)
