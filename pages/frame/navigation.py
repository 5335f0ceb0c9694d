"""Where the viewer may go: their agencies and workspaces, for the home, the rail and the switcher."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import Named, agencies_of, agency_scope, named_workspaces, scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.ui.desk import shell
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.shell import MOST_PLACES, Place, RailLink
from dashapp.ui.language.say import say
from data.scope import Scope


@dataclass(frozen=True)
class Room:
    """One agency with those of its workspaces that the viewer may read, and the scope of exactly them."""

    agency: Agency
    workspaces: Sequence[Workspace]
    scope: Scope | None


def rooms(session: Session, viewer: Viewer) -> list[Room]:
    """Every agency of the viewer by name; one without a readable workspace has no scope."""
    found = []
    for agency in agencies_of(session, viewer):
        try:
            _, workspaces, scope = agency_scope(session, viewer, agency.slug)
        except NotFound:
            found.append(Room(agency, (), None))
        else:
            found.append(Room(agency, workspaces, scope))
    return found


@dataclass(frozen=True)
class Door:
    """One agency with names of those of its workspaces that the viewer may read: all the frame needs.

    `workspaces`: those the switcher lists, and the one the viewer is in; `count`: how many they may read.
    """

    agency: Agency
    workspaces: Sequence[Named]
    count: int


def doors(session: Session, viewer: Viewer, slug: str | None) -> list[Door]:
    """Every agency of the viewer by name; `slug`: of the workspace they are in."""
    here = None
    if slug is not None:
        with suppress(NotFound):
            here, _ = scope_for_workspace(session, viewer, slug)
    found = []
    for agency in agencies_of(session, viewer):
        names = named_workspaces(session, viewer, agency, MOST_PLACES)
        listed = names.first
        if here is not None and here.agency_id == agency.id and all(one.id != here.id for one in listed):
            listed = [*listed, Named(here.id, here.agency_id, here.slug, here.name)]
        found.append(Door(agency, listed, names.count))
    return found


def switcher(found: Sequence[Door], slug: str | None, screen: str) -> Html:
    """The workspace switcher over all of them."""
    places = [Place(w.slug, w.name, door.agency.name) for door in found for w in door.workspaces]
    screen = "contacts" if screen == "contact" else screen  # another workspace has other contacts
    return shell.switcher(places, sum(door.count for door in found), slug, screen=screen)


def rail_links(
    viewer: Viewer, found: Sequence[Door], slug: str | None, screen: str | None, at: str | None = None
) -> list[RailLink]:
    """Home and, in a workspace, its pages; outside, the analytics of the viewer's agencies (`at`: one's slug)."""
    links = [RailLink(say("Workspaces|rail"), "/", "home", current=screen == "home")]
    here = next((w for room in found for w in room.workspaces if w.slug == slug), None)
    if here is None:
        mine = [room.agency for room in found if allowed(viewer, "template.edit", room.agency.id)]
        links += [
            RailLink(
                say("Analytics") if len(mine) == 1 else agency.name,
                f"/analytics?agency={agency.slug}",
                "views",
                current=screen == "templates" and (len(mine) == 1 or agency.slug == at),
            )
            for agency in mine
        ]
        return links + _data_links(viewer, [room.agency for room in found], screen, at)
    links.append(
        RailLink(say("Analytics"), f"/w/{slug}/analytics", "analytics", current=screen == "analytics")
    )
    if allowed(viewer, "contact.read", here.agency_id, here.id):
        links += [
            RailLink(
                say("Contacts"), f"/w/{slug}/contacts", "contacts", current=screen in ("contacts", "contact")
            ),
            RailLink(say("Deals"), f"/w/{slug}/deals", "deals", current=screen == "deals"),
            RailLink(say("Campaigns"), f"/w/{slug}/campaigns", "campaigns", current=screen == "campaigns"),
        ]
    if allowed(viewer, "source.manage", here.agency_id, here.id):
        links.append(RailLink(say("Sources"), f"/w/{slug}/sources", "sources", current=screen == "sources"))
    return links + _data_links(viewer, [r.agency for r in found if r.agency.id == here.agency_id], screen, at)


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
