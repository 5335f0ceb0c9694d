"""Sharing: the one form, in the dialogs of views and campaigns and on the page of links; and the list of links."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from dash.development.base_component import Component
from pydantic import Field

from callbacks.guard import Args, Caller, Guard
from callbacks.shares.form import Form, Message, Path, Typed, content_of, end_of, sender_of, states
from dashapp.access.scopes import by_own_role
from dashapp.campaigns.figures import names_in
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from dashapp.sharing import links, viewers
from dashapp.ui import share_mails
from dashapp.ui.language.say import say, say_error
from dashapp.views import store
from data.scope import Scope
from pages.campaigns.report import campaign_named
from pages.editor.context import view_id_of
from pages.frame.page_spec import page_at, query_of
from pages.shares import new, page
from pages.shares.form import Chosen
from pages.shares.viewers_field import known_to

#: The pages the form stands on.
PAGES = ("analytics", "campaign", "shares")


class Open(Args):
    """The share button was pressed."""

    n: Annotated[int, Field(ge=1)]
    path: Path
    search: Annotated[str, Field(max_length=2_000)] | None


class Create(Form):
    """The form's button was pressed. An empty password is none."""

    viewers: Typed | None
    password: Annotated[str, Field(max_length=200)] | None
    apart: list[Literal["apart"]] | None
    message: Message | None


class Change(Args):
    """What to do to one link. `at` makes two equal changes in a row different ones for Dash."""

    op: Literal["pause", "resume", "revoke"]
    id: Annotated[int, Field(ge=1, lt=2**31)]
    at: int


class Act(Args):
    """A button of the list of links was pressed."""

    change: Change
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the form. Everything in it needs "share.manage" in the workspace of the address."""
    common: dict[str, Any] = {"verb": "share.manage", "prevent_initial_call": True}

    @guard.callback(
        Output("share-dialog", "is_open"),
        Output("share-form", "children"),
        Output("new-made", "children"),
        Output("shares-list", "children"),
        Input("share-open", "n_clicks"),
        State("url", "pathname"),
        State("url", "search"),
        args=Open,
        **common,
    )
    def _open(caller: Caller, asked: Open) -> Any:
        workspace, offer = offered(caller, asked.path, asked.search or "")
        return True, new.new_form(offer), None, listing(caller, workspace, asked.path)

    @guard.callback(
        Output("new-made", "children", allow_duplicate=True),
        Output("share-form", "children", allow_duplicate=True),
        Output("shares-list", "children", allow_duplicate=True),
        Output("new-url", "data"),
        Input("new-create", "n_clicks"),
        State("url", "pathname"),
        *states("new"),
        State("new-viewers", "data"),
        State("new-password", "value"),
        State("new-apart", "value"),
        State("new-message", "value"),
        args=Create,
        writes=True,
        running=[(Output("new-create", "disabled"), True, False)],
        **common,
    )
    def _create(caller: Caller, asked: Create) -> Any:
        return create(caller, asked) if asked.n else (no_update,) * 4

    @guard.callback(
        Output("shares-list", "children", allow_duplicate=True),
        Input("share-act", "data"),
        State("url", "pathname"),
        args=Act,
        writes=True,
        **common,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)

    guard.clientside(
        ClientsideFunction("desk", "copyNew"),
        Output("new-copied", "children"),
        Input("new-url", "data"),
        prevent_initial_call=True,
    )


def offered(caller: Caller, path: str, search: str = "") -> tuple[Workspace, new.Offer]:
    """What the form starts with on a page: the view on the screen, or the campaign."""
    name, variables, workspace, scope = placed(caller, path)
    lake, session = caller.services.lake, caller.session
    choices = page.choices_of(session, workspace, names_in(lake, scope, workspace.id))
    known, password = (
        known_to(session, caller.services.settings, caller.viewer, workspace),
        links.new_password(),
    )
    if name == "campaign":
        campaign = campaign_named(lake, scope, workspace, variables["campaign"])
        chosen = Chosen(
            name=campaign[:120] if campaign.isprintable() else "",
            rules=("campaigns", "masked", "downloads", "questions"),
            campaigns=(campaign,),
        )
        sub = say("Viewers see this campaign alone, always up to date, and need no account.")
        return workspace, new.Offer(choices, chosen, known, password, sub, of_campaign=True)
    if name == "shares":
        return workspace, new.Offer(choices, Chosen(), known, password)
    shown = view_id_of(query_of(search)) or store.default_view_id(session, workspace)
    views = (str(shown),) if shown in {key for key, _ in choices.views} else ()
    sub = say("Viewers see the views chosen here, always up to date, and need no account.")
    return workspace, new.Offer(choices, Chosen(views=views), known, password, sub)


def placed(caller: Caller, path: str) -> tuple[str, dict[str, str], Workspace, Scope]:
    """(page, its variables, workspace, scope) of an address. Raises NotFound for a page without the form."""
    at = page_at(path)
    if at is None or at[0].name not in PAGES:
        raise NotFound("There is no such workspace.")
    workspace, scope = caller.workspace(at[1]["slug"])
    return at[0].name, at[1], workspace, scope


def create(caller: Caller, asked: Create) -> tuple[Any, Any, Any, Any]:
    """One link for one press, with a mail to each viewer; all of it or nothing."""
    _, _, workspace, _ = placed(caller, asked.path)
    settings, actor = caller.services.settings, caller.viewer.actor
    password = asked.password or None
    try:
        with caller.session.begin_nested():
            share, url, _ = links.create_share(
                caller.session,
                settings,
                workspace,
                name=asked.name or "",
                password=password,
                expires_at=end_of(asked.last_day, workspace.timezone),
                content=content_of(caller.session, workspace, asked),
                own=by_own_role(caller.viewer, caller.verb, workspace),
                actor=actor,
            )
            added = viewers.add_viewers(caller.session, settings, share, asked.viewers or [], actor=actor)
            sent = share_mails.invite(
                caller.session,
                settings,
                share,
                added,
                sender=sender_of(caller),
                message=asked.message,
                language=caller.lang,
                apart=bool(asked.apart),
            )
    except Refused as error:
        return new.refused(say_error(error)), no_update, no_update, no_update
    made = new.made(url, password, sent, f"/w/{workspace.slug}/shares/{share.id}")
    return made, new.new_form(offered(caller, asked.path)[1]), listing(caller, workspace, asked.path), url


def act(caller: Caller, asked: Act) -> list[Component] | Component:
    """Change one link of the workspace of the address; a link of another workspace is not there."""
    _, _, workspace, _ = placed(caller, asked.path)
    change = {"pause": links.pause, "resume": links.resume, "revoke": links.revoke}[asked.change.op]
    change(
        caller.session,
        links.share_of(caller.session, workspace, asked.change.id),
        actor=caller.viewer.actor,
    )
    return listing(caller, workspace, asked.path)


def listing(caller: Caller, workspace: Workspace, path: str) -> list[Component] | Component:
    """The workspace's links as things stand in this transaction, as the page of the address shows them."""
    rows = page.rows_of(caller.session, caller.services.settings, workspace)
    at = page_at(path)
    if at is not None and at[0].name == "shares":
        return page.listing(rows, workspace.slug)
    return page.listing_in_dialog(rows, workspace.slug)
