"""The share dialog: open it, make a link, pause, resume and revoke the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from dash.development.base_component import Component
from pydantic import Field
from sqlalchemy.orm import Session

from callbacks.guard import Args, Caller, Guard
from dashapp.access.scopes import by_own_role
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.sharing import links
from dashapp.ui.language.say import say_error
from dashapp.views import store
from pages.frame.address import slug_at
from pages.sharing import dialog as share_body
from pages.view_controls.view_menu import shown_name

Path = Annotated[str, Field(max_length=500)]
Clicks = Annotated[int, Field(ge=1)]


class Open(Args):
    """The share button was pressed."""

    n: Clicks
    path: Path


class Create(Args):
    """The create button was pressed; an empty field is no password, no last day."""

    n: Clicks
    path: Path
    password: Annotated[str, Field(max_length=200)] | None
    last_day: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] | None
    view: Annotated[str, Field(pattern=r"^\d{0,9}$")] | None


class Change(Args):
    """What to do to one link. `at` makes two equal changes in a row different ones for Dash."""

    act: Literal["pause", "resume", "revoke"]
    id: Annotated[int, Field(ge=1, lt=2**31)]
    at: int


class Act(Args):
    """A button of the list of links was pressed."""

    change: Change
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the dialog. Everything in it needs "share.manage" in the workspace of the address."""

    @guard.callback(
        Output("share-dialog", "is_open"),
        Output("share-made", "children"),
        Output("share-list", "children"),
        Input("share-open", "n_clicks"),
        State("url", "pathname"),
        verb="share.manage",
        args=Open,
        prevent_initial_call=True,
    )
    def _open(caller: Caller, asked: Open) -> Any:
        workspace, _ = caller.workspace(slug_at(asked.path, "analytics"))
        return True, None, listing(caller, workspace)

    @guard.callback(
        Output("share-made", "children", allow_duplicate=True),
        Output("share-list", "children", allow_duplicate=True),
        Output("share-new", "data"),
        Output("share-password", "value"),
        Input("share-create", "n_clicks"),
        State("url", "pathname"),
        State("share-password", "value"),
        State("share-expires", "value"),
        State("share-view", "value"),
        verb="share.manage",
        args=Create,
        writes=True,
        prevent_initial_call=True,
        running=[(Output("share-create", "disabled"), True, False)],
    )
    def _create(caller: Caller, asked: Create) -> Any:
        return create(caller, asked)

    @guard.callback(
        Output("share-list", "children", allow_duplicate=True),
        Input("share-act", "data"),
        State("url", "pathname"),
        verb="share.manage",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)

    guard.clientside(
        ClientsideFunction("desk", "copyNew"),
        Output("share-copied", "children"),
        Input("share-new", "data"),
        prevent_initial_call=True,
    )


def create(caller: Caller, asked: Create) -> tuple[Any, Any, Any, Any]:
    """One link for one press: what was made, the others, its address to copy, an empty field."""
    workspace, _ = caller.workspace(slug_at(asked.path, "analytics"))
    view = store.shown(caller.session, workspace, int(asked.view)).stored if asked.view else None
    try:
        share, url, _ = links.create_share(
            caller.session,
            caller.services.settings,
            workspace,
            view=view,
            password=asked.password or None,
            expires_at=end_of(asked.last_day, workspace.timezone),
            own=by_own_role(caller.viewer, caller.verb, workspace),
            actor=caller.viewer.actor,
        )
    except Refused as error:
        return share_body.refused(say_error(error)), no_update, no_update, no_update
    names = view_names(caller.session, workspace)
    made = share_body.made_link(link(caller.services, share, names), workspace.timezone)
    return made, listing(caller, workspace, but=share.id), url, ""


def act(caller: Caller, asked: Act) -> list[Component]:
    """Change one link of the workspace of the address; a link of another workspace is not there."""
    workspace, _ = caller.workspace(slug_at(asked.path, "analytics"))
    change = {"pause": links.pause, "resume": links.resume, "revoke": links.revoke}[asked.change.act]
    share = links.share_of(caller.session, workspace, asked.change.id)
    change(caller.session, share, actor=caller.viewer.actor)
    return listing(caller, workspace)


def listing(caller: Caller, workspace: Workspace, *, but: int | None = None) -> list[Component]:
    """The workspace's links as things stand in this transaction, without the one just made."""
    shares = [share for share in links.shares_of(caller.session, workspace) if share.id != but]
    names = view_names(caller.session, workspace)
    return share_body.link_list([link(caller.services, share, names) for share in shares], workspace.timezone)


def view_names(session: Session, workspace: Workspace) -> dict[int | None, str]:
    """The views the workspace can show, by id; None is the one it shows first."""
    first = store.resolve(session, workspace)[0]
    names: dict[int | None, str] = {None: shown_name(first.name)}
    return names | {view.id: shown_name(view.name) for view in store.list_views(session, workspace)}


def link(services: Services, share: Share, names: Mapping[int | None, str]) -> share_body.Link:
    """A share as the dialog shows it."""
    return share_body.Link(
        id=share.id,
        url=links.share_url(services.settings, share),
        state=share.state,
        created_at=share.created_at,
        created_by=share.created_by,
        opens=share.opens,
        opened_at=share.opened_at,
        has_password=share.password_hash is not None,
        expires_at=share.expires_at,
        # A view that was deleted is gone from the names: the one that is shown first stands in for it.
        view=names.get(share.view_id, names[None]),
        first=share.view_id not in names or share.view_id is None,
    )


def end_of(day: str | None, zone: str) -> datetime | None:
    """The last moment of a local day; None without one. Raises Refused for a day that is none."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.max, ZoneInfo(zone))
    except ValueError as error:
        raise Refused("This day does not exist in the calendar.") from error
