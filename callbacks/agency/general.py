"""An agency's name, brand, logo and footer are saved, a colour is previewed, an agency is created."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.fields import At, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.access import attempts
from dashapp.access.scopes import agency_for
from dashapp.access.viewer import Member
from dashapp.agencies import accounts, branding
from dashapp.agencies.workspace_settings import change_defaults
from dashapp.db.tenants import Agency, User
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from dashapp.ui.brand import check_hex
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say, say_error
from dashapp.views.store import ensure_default_view
from pages.agency import general
from pages.agency.accounts import told
from pages.frame.page_spec import query_of
from pages.frame.parts import brand_style

#: Agencies one person creates in a day.
AGENCIES, DAY_S = 3, 86_400
#: Base64 of a logo of 1 MB, and a little.
LONGEST_FILE = 1_400_000


class Save(Args):
    """The first form."""

    op: Literal["save"]
    at: At
    name: Annotated[str, Field(max_length=300)]
    colour: Annotated[str, Field(max_length=20)]
    footer: Annotated[str, Field(max_length=400)]


class Defaults(Args):
    """The language of portals and the time zone of new workspaces; "": the browser's."""

    op: Literal["defaults"]
    at: At
    language: Annotated[str, Field(max_length=5)]
    timezone: Annotated[str, Field(max_length=100)]


class Logo(Args):
    """A picture as base64."""

    op: Literal["logo"]
    at: At
    file: Annotated[str, Field(max_length=LONGEST_FILE)]


class NoLogo(Args):
    """The first letter in its place. `id` means nothing."""

    op: Literal["no-logo"]
    at: At
    id: int


class Act(Args):
    """Something on the page was sent; `search` names the agency."""

    act: Annotated[Save | Defaults | Logo | NoLogo, Field(discriminator="op")]
    search: Search


class Colour(Args):
    """A colour that is being chosen."""

    at: At
    colour: Annotated[str, Field(max_length=20)]


class Preview(Args):
    """The same, on the page of an agency."""

    colour: Colour
    search: Search


class Create(Args):
    """A name for a new agency."""

    op: Literal["create"]
    at: At
    name: Annotated[str, Field(max_length=300)]


class Begin(Args):
    """The same."""

    act: Create


def register(guard: Guard, services: Services) -> None:
    """Wire the page of an agency ("agency.edit") and the one that begins an agency (anybody with an account)."""

    @guard.callback(
        Output("general-told", "children"),
        Output("general-body", "html"),
        Output("general-style", "children"),
        Output("general-looks", "html"),
        Input("general-act", "data"),
        State("url", "search"),
        verb="agency.edit",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)

    @guard.callback(
        Output("general-style", "children", allow_duplicate=True),
        Output("general-looks", "html", allow_duplicate=True),
        Input("general-colour", "data"),
        State("url", "search"),
        verb="agency.edit",
        args=Preview,
        prevent_initial_call=True,
    )
    def _preview(caller: Caller, asked: Preview) -> Any:
        search = query_of(asked.search or "")
        agency = agency_for(caller.session, caller.viewer, search.get("agency"), caller.verb)
        colour = check_hex(asked.colour.colour)
        return brand_style(colour), general.looks(colour, agency.name)

    guard.clientside(
        ClientsideFunction("forms", "go"), Output("agency-gone", "children"), Input("agency-go", "data")
    )

    @guard.callback(
        Output("agency-told", "children"),
        Output("agency-go", "data"),
        Input("agency-act", "data"),
        verb="account.own",
        args=Begin,
        writes=True,
        prevent_initial_call=True,
    )
    def _begin(caller: Caller, asked: Begin) -> Any:
        return begin(caller, asked)


def act(caller: Caller, asked: Act) -> tuple[Any, Any, Any, Any]:
    """Save it; returns the message, the updated forms, and the page in the new colour."""
    search = query_of(asked.search or "")
    agency = agency_for(caller.session, caller.viewer, search.get("agency"), caller.verb)
    try:
        with caller.session.begin_nested():  # a refusal half-way leaves no traces
            _do(caller, agency, asked.act)
    except Refused as error:
        return Html(told(say_error(error), good=False)), no_update, no_update, no_update
    return Html(told(say("Saved. Open portals show it at their next look."))), *_shown(agency)


def begin(caller: Caller, asked: Begin) -> tuple[Any, Any]:
    """One agency for one press, owned by whoever pressed; its dashboard is opened."""
    if not isinstance(caller.viewer, Member):
        raise NotFound("There is nothing here.")
    attempts.attempt(caller.services.engine, "agency", caller.viewer.actor, AGENCIES, DAY_S)
    user = caller.session.get_one(User, caller.viewer.user_id)
    try:
        made, _ = accounts.create_agency(caller.session, asked.act.name, user.email, actor=user.email)
    except Refused as error:
        return Html(told(say_error(error), good=False)), no_update
    ensure_default_view(caller.session, made)
    return no_update, f"/agency?agency={made.slug}"


def _do(caller: Caller, agency: Agency, wanted: Save | Defaults | Logo | NoLogo) -> None:
    session, actor = caller.session, caller.viewer.actor
    match wanted:
        case Save():
            colour = check_hex(wanted.colour)
            accounts.rename_agency(session, agency, wanted.name, wanted.footer, actor=actor)
            if colour != agency.brand:
                branding.dress(session, agency, brand=colour, actor=actor)
        case Defaults():
            change_defaults(session, agency, wanted.language, wanted.timezone, actor=actor)
        case Logo():
            branding.dress(session, agency, logo=_picture(wanted.file), actor=actor)
        case NoLogo():
            branding.dress(session, agency, without_logo=True, actor=actor)


def _picture(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("The file did not arrive as it was sent; try again.") from error
    if len(found) > branding.MOST_UPLOADED:
        raise Refused("A logo can have at most 1 MB.")
    branding.check_kind(found)
    return found


def _shown(agency: Agency) -> tuple[Any, Any, Any]:
    return general.form(agency), brand_style(agency.brand), general.looks(agency.brand, agency.name)
