"""Where the viewer may go: their agencies and workspaces, for the home, the switcher and the profile menu."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import agencies_of, may_in, scope_for_workspace
from dashapp.access.viewer import Member, Viewer
from dashapp.access.workspaces import Named, named_workspaces
from dashapp.agencies.look import agency_of
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.ui.desk import shell
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.rail import RailLink
from dashapp.ui.desk.shell import MOST_PLACES, SwitcherEntry
from dashapp.ui.language.say import say
from pages.frame.waiting import NOTHING_WAITS, Waiting, waiting_in


@dataclass(frozen=True)
class AgencyWorkspaces:
    """One agency with the names of those of its workspaces that the viewer may read, for the frame.

    `agency` None: workspaces without an agency. `workspaces`: those the switcher lists, and the current one;
    `count`: how many the viewer may read.
    """

    agency: Agency | None
    workspaces: Sequence[Named]
    count: int


def agency_workspaces(session: Session, viewer: Viewer, slug: str | None) -> list[AgencyWorkspaces]:
    """Every agency of the viewer by name, then workspaces without one; `slug`: of the current workspace."""
    here = None
    if slug is not None:
        with suppress(NotFound):
            here, _ = scope_for_workspace(session, viewer, slug)
    found = []
    for agency in [*agencies_of(session, viewer), *_nobody(viewer)]:
        agency_id = None if agency is None else agency.id
        names = named_workspaces(session, viewer, agency, MOST_PLACES)
        listed = names.first
        mine = here is not None and here.managing_agency_id == agency_id
        if here is not None and mine and all(one.id != here.id for one in listed):
            listed = [*listed, Named(here.id, agency_id, here.slug, here.name)]
        found.append(AgencyWorkspaces(agency, listed, names.count))
    return found


def _nobody(viewer: Viewer) -> list[None]:
    """[None] where the viewer has workspaces without an agency."""
    alone = isinstance(viewer, Member) and viewer.workspace_roles.keys() - viewer.workspace_agencies.keys()
    return [None] if alone else []


def switcher(found: Sequence[AgencyWorkspaces], slug: str | None, screen: str) -> Html:
    """The workspace switcher over all of them; of a single one managed by an agency only its name."""
    places = [
        SwitcherEntry(w.slug, w.name, say("Own accounts") if group.agency is None else group.agency.name)
        for group in found
        for w in group.workspaces
    ]
    screen = "contacts" if screen == "contact" else screen  # another workspace has other contacts
    return shell.switcher(places, sum(group.count for group in found), slug, screen=screen)


def waiting(session: Session, viewer: Viewer, found: Sequence[AgencyWorkspaces], slug: str | None) -> Waiting:
    """The counts of the rail; none for whoever may not see what they count."""
    here = next((one for group in found for one in group.workspaces if one.slug == slug), None)
    if here is None or not allowed(viewer, "share.manage", here.agency_id, here.id):
        return NOTHING_WAITS
    return waiting_in(session, here.id)


def profile_links(
    session: Session, viewer: Viewer, found: Sequence[AgencyWorkspaces], slug: str | None
) -> list[Component]:
    """The profile menu's ways: of the workspace the person is in (or was last), then of their agencies."""
    links: list[RailLink] = []
    here = _here_or_last(session, viewer, slug)
    if here is not None:
        agency = here.managing_agency
        if agency is not None and not allowed(viewer, "agency.read", agency.id):
            said = say("Managed by {agency}", agency=agency.name)
            links.append(RailLink(said, f"/w/{here.slug}/account", "accounts"))
        else:
            links.append(RailLink(say("Account"), f"/w/{here.slug}/account", "accounts"))
        if may_in(viewer, "workspace.enable", here):
            links.append(RailLink(say("Teams & permissions"), f"/w/{here.slug}/people", "people"))
        if may_in(viewer, "source.manage", here):
            links.append(RailLink(say("Integrations"), f"/w/{here.slug}/sources", "sources"))
        if may_in(viewer, "billing.read", here):
            links.append(RailLink(say("Billing"), f"/settings/billing?place=workspace:{here.slug}", "data"))
        if may_in(viewer, "workspace.edit", here):
            links.append(
                RailLink(
                    say("Name and time zone"), f"/settings/workspace?place=workspace:{here.slug}", "settings"
                )
            )
            links.append(
                RailLink(say("Custom fields"), f"/settings/fields?place=workspace:{here.slug}", "edit")
            )
    agencies = [group.agency for group in found if group.agency is not None]
    mine = [agency for agency in agencies if allowed(viewer, "agency.read", agency.id)]
    for agency in mine:
        asked = f"?agency={agency.slug}"
        links.append(RailLink(say("Agency {name}", name=agency.name), f"/agency{asked}", "home"))
        if allowed(viewer, "agency.members", agency.id):
            links.append(RailLink(say("Agency people"), f"/agency/people{asked}", "people"))
        if allowed(viewer, "agency.edit", agency.id):
            links.append(RailLink(say("Agency settings"), f"/agency/general{asked}", "settings"))
    if not mine and agency_of(viewer) is None:
        links.append(RailLink(say("Create an agency account"), "/agency/new", "plus"))
    return shell.menu_links(links)


def _here_or_last(session: Session, viewer: Viewer, slug: str | None) -> Workspace | None:
    """The workspace of the address, else the one they looked at last or have alone, if it is theirs to see."""
    asked: str | int | None = slug
    if asked is None and isinstance(viewer, Member):
        only = next(iter(viewer.workspace_roles)) if len(viewer.workspace_roles) == 1 else None
        asked = viewer.last_workspace_id or only
    if asked is None:
        return None
    for verb in ("workspace.read", "workspace.enable"):
        with suppress(NotFound):
            return scope_for_workspace(session, viewer, asked, verb)[0]
    return None
