"""Navigation on the desk: the address → the page, the rail, the switcher, the title."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Annotated, Any

from dash import Input, Output, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field
from sqlalchemy.exc import OperationalError

from callbacks.fields import Search
from callbacks.guard import Args, Caller, Guard
from callbacks.rail import rail_of
from dashapp.access.trail import note_denied
from dashapp.access.viewer import Member
from dashapp.agencies.accounts import looked_at
from dashapp.agencies.look import PRODUCT, look_of
from dashapp.errors import NotFound
from dashapp.services import Services
from data.errors import NotInScope
from pages.frame import missing
from pages.frame.first_sight import LOOKED_AT
from pages.frame.navigation import AgencyWorkspaces, agency_workspaces, profile_links, switcher
from pages.frame.page_spec import Shown, Visit, page_at, query_of

log = logging.getLogger(__name__)


class Address(Args):
    """What the browser says its address is; None before it has one."""

    path: Annotated[str, Field(max_length=500)] | None
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Wire the address to the page."""

    @guard.callback(
        Output("page", "children"),
        Output("rail", "children"),
        Output("place", "children"),
        Output("profile-links", "children"),
        Output("title", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        verb="account.own",
        args=Address,
        looks=True,
    )
    def _route(caller: Caller, address: Address) -> Any:
        return route(caller, address)

    guard.clientside(
        ClientsideFunction("desk", "title"), Output("title-set", "children"), Input("title", "data")
    )


def route(caller: Caller, address: Address) -> tuple[Any, Any, Any, Any, Any]:
    """The page of an address with its surroundings; not the viewer's and not there look the same."""
    if address.path is None:
        return no_update, no_update, no_update, no_update, no_update
    shown, screen, slug = look(caller, address.path, address.search or "")
    if shown.go is not None:
        return no_update, no_update, no_update, no_update, {"go": shown.go}
    found = agency_workspaces(caller.session, caller.viewer, slug)
    entries = rail_of(caller, slug, screen, query_of(address.search or "").get("agency"), found=found)
    place = switcher(found, slug, screen if screen and slug else "dashboard")
    title = f"{shown.title} · {product(caller)}"
    links = profile_links(caller.session, caller.viewer, found, slug)
    remember(caller, found, slug)
    return (
        shown.content,
        entries,
        place,
        links,
        {"title": title, "corrected": shown.corrected} if shown.corrected else title,
    )


def product(caller: Caller) -> str:
    """What the person calls the product: it is their agency's where they have its look."""
    look = look_of(caller.session, caller.viewer)
    return PRODUCT if look is None else look.name


def remember(caller: Caller, found: Sequence[AgencyWorkspaces], slug: str | None) -> None:
    """Keep which workspace the person looked at last; written when it is another one than before."""
    here = next((one for group in found for one in group.workspaces if one.slug == slug), None)
    if here is None or not isinstance(caller.viewer, Member) or caller.viewer.last_workspace_id == here.id:
        return
    try:
        with caller.services.session() as session:
            looked_at(session, caller.viewer.user_id, here.id)
    except OperationalError:  # the page does not wait for this, nor fail with it
        log.warning("the workspace user %d looked at last could not be kept", caller.viewer.user_id)


def look(caller: Caller, path: str, search: str) -> tuple[Shown, str | None, str | None]:
    """(what is shown, the page's name, the workspace's slug), the last two None for the missing card."""
    found = page_at(path)
    if found is None:
        return missing.shown(), None, None
    page, variables = found
    if page.name not in LOOKED_AT:
        caller.services.end_look()  # such a page may take in events, and then reads what came of it
    visit = Visit(caller.services, caller.viewer, path, query_of(search), caller.lang)
    try:
        return page.layout(visit, **variables), page.name, variables.get("slug")
    except (NotFound, NotInScope) as error:
        place = error if isinstance(error, NotFound) else None
        note_denied(
            caller.viewer.actor,
            f"404 {path}",
            agency_id=place.agency_id if place else None,
            workspace_id=place.workspace_id if place else None,
        )
        return missing.shown(), None, None
