"""The rail's entries: the agency's pages, then those of the workspace one is in, in groups by what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from dashapp.access.policy import allowed
from dashapp.access.viewer import Member, Viewer
from dashapp.access.workspaces import Named
from dashapp.agencies.look import only_workspace
from dashapp.db.tenants import Agency
from dashapp.ui.desk.rail import RailLink
from dashapp.ui.language.say import say
from pages.frame.navigation import AgencyWorkspaces
from pages.frame.waiting import NOTHING_WAITS, Waiting


class Section(NamedTuple):
    """A section of a workspace. `verb`: what its reader must be allowed; `screens`: the pages that belong to it."""

    verb: str
    screens: tuple[str, ...]
    link: RailLink


def rail_links(
    viewer: Viewer,
    found: Sequence[AgencyWorkspaces],
    slug: str | None,
    screen: str | None,
    at: str | None = None,
    wait: Waiting = NOTHING_WAITS,
) -> list[RailLink]:
    """Home, the agency's pages and, in a workspace, its sections; outside, templates (`at`: an agency's slug)."""
    agencies = [group.agency for group in found if group.agency is not None]
    inside = [agency for agency in agencies if allowed(viewer, "agency.read", agency.id)]
    listed = [workspace for group in found for workspace in group.workspaces]
    here = next((workspace for workspace in listed if workspace.slug == slug), None)
    if here is None and not inside and isinstance(viewer, Member):
        # Outside of a workspace its sections are those of the one looked at last.
        here = next((workspace for workspace in listed if workspace.id == viewer.last_workspace_id), None)
    links = []
    if only_workspace(viewer) is None:
        links.append(RailLink(say("Workspaces|rail"), "/", "home", current=screen == "home"))
    links += [
        _of_agency(_accounts(one, alone=len(inside) == 1), one, screen == "accounts", at) for one in inside
    ]
    if here is None:
        mine = [agency for agency in agencies if allowed(viewer, "template.edit", agency.id)]
        links += [
            _of_agency(_templates(one, alone=len(mine) == 1), one, screen == "templates", at) for one in mine
        ]
    else:
        links += [
            replace(section.link, current=screen in section.screens)
            for section in _sections(here, wait)
            if allowed(viewer, section.verb, here.agency_id, here.id)
        ]
    mine = [
        agency
        for agency in agencies
        if allowed(viewer, "data.read", agency.id) and (here is None or agency.id == here.agency_id)
    ]
    on_data = (screen or "").startswith("data")
    return links + [_of_agency(_data(one, alone=len(mine) == 1), one, on_data, at) for one in mine]


def _of_agency(link: RailLink, agency: Agency, on_screen: bool, at: str | None) -> RailLink:
    """`link`, marked where it is the page shown: of this agency, or of the only one the address could mean."""
    return replace(link, current=on_screen and (at is None or agency.slug == at))


def _accounts(agency: Agency, *, alone: bool) -> RailLink:
    label = say("Accounts") if alone else say("{name} accounts", name=agency.name)
    return RailLink(label, f"/agency?agency={agency.slug}", "accounts")


def _templates(agency: Agency, *, alone: bool) -> RailLink:
    label = say("Templates") if alone else say("{name} templates", name=agency.name)
    return RailLink(label, f"/analytics?agency={agency.slug}", "views")


def _data(agency: Agency, *, alone: bool) -> RailLink:
    """The data team's page of an agency."""
    label = say("Data") if alone else say("{name} data", name=agency.name)
    return RailLink(label, f"/data?agency={agency.slug}", "data", group="data")


def _sections(here: Named, wait: Waiting) -> list[Section]:
    """Every section of a workspace, in the rail's order."""
    at = f"/w/{here.slug}"
    return [
        Section(
            "workspace.read",
            ("dashboard",),
            RailLink(say("Dashboard"), at, "dashboard", daily=True, group="work"),
        ),
        Section(
            "task.work",
            ("tasks",),
            RailLink(say("Tasks"), f"{at}/tasks", "tasks", daily=True, group="work"),
        ),
        Section(
            "workspace.read",
            ("analytics",),
            RailLink(say("Analytics"), f"{at}/analytics", "analytics", daily=True, group="work"),
        ),
        Section(
            "contact.read",
            ("contacts", "contact"),
            RailLink(say("Contacts"), f"{at}/contacts", "contacts", daily=True, group="work"),
        ),
        Section("contact.read", ("deals",), RailLink(say("Deals"), f"{at}/deals", "deals", group="work")),
        Section(
            "contact.read",
            ("campaigns",),
            RailLink(say("Campaigns"), f"{at}/campaigns", "campaigns", group="work"),
        ),
        Section(
            "share.manage",
            ("shares", "share"),
            RailLink(say("Shared links"), f"{at}/shares", "share", group="client"),
        ),
        Section(
            "share.manage",
            ("schedules", "schedule"),
            RailLink(say("Scheduled reports"), f"{at}/schedules", "calendar", group="client"),
        ),
        Section(
            "share.manage",
            ("questions",),
            RailLink(
                say("Questions"),
                f"{at}/questions",
                "question",
                count=wait.questions,
                counted=say("({n} waiting)", n=wait.questions),
                group="client",
            ),
        ),
        Section(
            "share.manage",
            ("alerts",),
            RailLink(
                say("Alerts"),
                f"{at}/alerts",
                "bell",
                count=wait.alerts,
                counted=say("({n} to be looked at)", n=wait.alerts),
                group="client",
            ),
        ),
        Section(
            "source.manage", ("sources",), RailLink(say("Sources"), f"{at}/sources", "sources", group="data")
        ),
    ]
