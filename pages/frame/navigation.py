"""Where the viewer may go: their agencies and workspaces, for the home, the rail and the switcher."""

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
from dashapp.agencies.look import agency_of, only_workspace
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
    """One agency with names of those of its workspaces that the viewer may read: all the frame needs.

    `agency` None: those that no agency manages. `workspaces`: those the switcher lists, and the one the viewer is
    in; `count`: how many they may read.
    """

    agency: Agency | None
    workspaces: Sequence[Named]
    count: int


def agency_workspaces(session: Session, viewer: Viewer, slug: str | None) -> list[AgencyWorkspaces]:
    """Every agency of the viewer by name, then what no agency manages; `slug`: of the workspace they are in."""
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
    """A place for the viewer's workspaces without an agency, where they have any."""
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


def rail_links(
    viewer: Viewer,
    found: Sequence[AgencyWorkspaces],
    slug: str | None,
    screen: str | None,
    at: str | None = None,
    wait: Waiting = NOTHING_WAITS,
) -> list[RailLink]:
    """Home and, in a workspace, its pages; outside, the analytics of the viewer's agencies (`at`: one's slug)."""
    agencies = [group.agency for group in found if group.agency is not None]
    links = []
    if only_workspace(viewer) is None:
        links.append(RailLink(say("Workspaces|rail"), "/", "home", current=screen == "home"))
    listed = [w for group in found for w in group.workspaces]
    here = next((w for w in listed if w.slug == slug), None)
    inside = [one for one in agencies if allowed(viewer, "agency.read", one.id)]
    links += [
        RailLink(
            say("Accounts") if len(inside) == 1 else say("{name} accounts", name=agency.name),
            f"/agency?agency={agency.slug}",
            "accounts",
            current=screen == "accounts" and (at is None or agency.slug == at),
        )
        for agency in inside
    ]
    if here is None and not inside and isinstance(viewer, Member):
        # Outside of a workspace its sections are those of the one looked at last.
        here = next((w for w in listed if w.id == viewer.last_workspace_id), None)
    if here is None:
        mine = [agency for agency in agencies if allowed(viewer, "template.edit", agency.id)]
        links += [
            RailLink(
                say("Templates") if len(mine) == 1 else say("{name} templates", name=agency.name),
                f"/analytics?agency={agency.slug}",
                "views",
                current=screen == "templates" and (len(mine) == 1 or agency.slug == at),
            )
            for agency in mine
        ]
        return links + _data_links(viewer, agencies, screen, at)
    links.append(
        RailLink(say("Dashboard"), f"/w/{here.slug}", "dashboard", current=screen == "dashboard", daily=True)
    )
    if allowed(viewer, "task.work", here.agency_id, here.id):
        links.append(
            RailLink(say("Tasks"), f"/w/{here.slug}/tasks", "tasks", current=screen == "tasks", daily=True)
        )
    links.append(
        RailLink(
            say("Analytics"),
            f"/w/{here.slug}/analytics",
            "analytics",
            current=screen == "analytics",
            daily=True,
        )
    )
    if allowed(viewer, "contact.read", here.agency_id, here.id):
        links += [
            RailLink(
                say("Contacts"),
                f"/w/{here.slug}/contacts",
                "contacts",
                current=screen in ("contacts", "contact"),
                daily=True,
            ),
            RailLink(say("Deals"), f"/w/{here.slug}/deals", "deals", current=screen == "deals"),
            RailLink(
                say("Campaigns"), f"/w/{here.slug}/campaigns", "campaigns", current=screen == "campaigns"
            ),
        ]
    if allowed(viewer, "share.manage", here.agency_id, here.id):
        current = screen in {"shares", "share"}
        links.append(RailLink(say("Shared links"), f"/w/{here.slug}/shares", "share", current=current))
        current = screen in {"schedules", "schedule"}
        links.append(
            RailLink(say("Scheduled reports"), f"/w/{here.slug}/schedules", "calendar", current=current)
        )
        links.append(
            RailLink(
                say("Questions"),
                f"/w/{here.slug}/questions",
                "question",
                current=screen == "questions",
                count=wait.questions,
                counted=say("({n} waiting)", n=wait.questions),
            )
        )
        links.append(
            RailLink(
                say("Alerts"),
                f"/w/{here.slug}/alerts",
                "bell",
                current=screen == "alerts",
                count=wait.alerts,
                counted=say("({n} to be looked at)", n=wait.alerts),
            )
        )
    if allowed(viewer, "source.manage", here.agency_id, here.id):
        links.append(
            RailLink(say("Sources"), f"/w/{here.slug}/sources", "sources", current=screen == "sources")
        )
    return links + _data_links(viewer, [one for one in agencies if one.id == here.agency_id], screen, at)


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


def _data_links(
    viewer: Viewer, agencies: Sequence[Agency], screen: str | None, at: str | None
) -> list[RailLink]:
    """The data team's page of each agency whose owner or admin the viewer is."""
    mine = [agency for agency in agencies if allowed(viewer, "data.read", agency.id)]
    return [
        RailLink(
            say("Data") if len(mine) == 1 else say("{name} data", name=agency.name),
            f"/data?agency={agency.slug}",
            "data",
            current=(screen or "").startswith("data") and (at is None or agency.slug == at),
        )
        for agency in mine
    ]
