"""An account is unlinked from its agency: by its own owner or admin, or by the agency's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.fields import Path
from callbacks.guard import Args, Caller, Guard
from dashapp.access.scopes import managing_link
from dashapp.agencies import managing
from dashapp.db.tenants import AgencyLink, Workspace
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.ui import letters
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say, say_error
from pages.account import page
from pages.agency.accounts import told
from pages.frame.address import slug_at


class Unlink(Args):
    """The button was pressed and the question answered. `id` means nothing: the address says which account."""

    op: Literal["unlink"]
    at: Annotated[float, Field(ge=0)]
    id: int


class Act(Args):
    """The same, on the page of an account."""

    act: Unlink
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire both buttons."""

    @guard.callback(
        Output("account-told", "children"),
        Output("account-body", "html"),
        Input("account-act", "data"),
        State("url", "pathname"),
        verb="workspace.link",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _own(caller: Caller, asked: Act) -> Any:
        return by_account(caller, asked)

    guard.clientside(
        ClientsideFunction("forms", "go"), Output("account-gone", "children"), Input("account-go", "data")
    )

    @guard.callback(
        Output("account-told", "children", allow_duplicate=True),
        Output("account-go", "data"),
        Input("account-agency-act", "data"),
        State("url", "pathname"),
        verb="agency.accounts",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _agency(caller: Caller, asked: Act) -> Any:
        return by_agency(caller, asked)


def by_account(caller: Caller, asked: Act) -> tuple[Any, Any]:
    """The message, and the account as it is afterwards."""
    workspace, _ = caller.workspace(slug_at(asked.path, "account"))
    try:
        link = _link(caller, workspace)
        managing.unlink(caller.session, link, "workspace", actor=caller.viewer.actor)
    except Refused as error:
        return Html(told(say_error(error), good=False)), no_update
    letters.send_unlinked(caller.session, link)
    said = say("The account is unlinked. Both sides get a mail.")
    return Html(told(said)), page.body(caller.session, caller.viewer, workspace)


def by_agency(caller: Caller, asked: Act) -> tuple[Any, Any]:
    """The refusal, or the address of the agency's accounts: this account is closed to them now."""
    workspace, _ = caller.workspace(slug_at(asked.path, "account"))
    try:
        link = _link(caller, workspace)
        managing.unlink(caller.session, link, "agency", actor=caller.viewer.actor)
    except Refused as error:
        return Html(told(say_error(error), good=False)), no_update
    letters.send_unlinked(caller.session, link)
    return no_update, f"/agency?agency={link.agency.slug}"


def _link(caller: Caller, workspace: Workspace) -> AgencyLink:
    link = managing_link(caller.session, workspace.id)
    if link is None:
        raise Refused("No agency manages this account any more.")
    return link
