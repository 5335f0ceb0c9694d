"""*Share report*: a campaign's report for some viewers, by mail, with a password."""

from __future__ import annotations

from typing import Annotated, Any

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.guard import Args, Caller, Guard
from dashapp.access.scopes import by_own_role
from dashapp.access.viewer import Member
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from dashapp.sharing import links, viewers
from dashapp.sharing.content import Content
from dashapp.ui import share_mails
from dashapp.ui.language.say import say_error
from pages.campaigns import report as page
from pages.frame.page_spec import page_at

Path = Annotated[str, Field(max_length=500)]
Clicks = Annotated[int, Field(ge=1)]
Typed = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20_000)]


class Open(Args):
    """The share button was pressed."""

    n: Clicks
    path: Path


class Send(Args):
    """The dialog's button was pressed; Dash tells of it once when it is drawn. An empty password is none."""

    n: Annotated[int, Field(ge=0)] | None
    path: Path
    viewers: Typed | None
    password: Annotated[str, Field(max_length=200)] | None
    message: Annotated[str, Field(max_length=2_000_000)] | None


def register(guard: Guard, services: Services) -> None:
    """Wire the dialog. It needs "share.manage" in the workspace of the address."""

    @guard.callback(
        Output("report-dialog", "is_open"),
        Output("report-form", "children"),
        Output("report-shared", "children"),
        Input("report-share", "n_clicks"),
        State("url", "pathname"),
        verb="share.manage",
        args=Open,
        prevent_initial_call=True,
    )
    def _open(caller: Caller, asked: Open) -> Any:
        workspace, _ = caller.workspace(_variables(asked.path)["slug"])
        known = viewers.suggested_addresses(caller.session, workspace)
        return True, page.share_form(links.new_password(), known), None

    @guard.callback(
        Output("report-form", "children", allow_duplicate=True),
        Output("report-shared", "children", allow_duplicate=True),
        Input("report-send", "n_clicks"),
        State("url", "pathname"),
        State("report-viewers", "data"),
        State("report-password", "value"),
        State("report-message", "value"),
        verb="share.manage",
        args=Send,
        writes=True,
        prevent_initial_call=True,
        running=[(Output("report-send", "disabled"), True, False)],
    )
    def _send(caller: Caller, asked: Send) -> Any:
        return send(caller, asked) if asked.n else (no_update, no_update)


def send(caller: Caller, asked: Send) -> tuple[Any, Any]:
    """One share for one press, with a mail to each viewer; all of it or nothing."""
    variables = _variables(asked.path)
    workspace, scope = caller.workspace(variables["slug"])
    settings = caller.services.settings
    name = page.campaign_named(caller.services.lake, scope, workspace, variables["campaign"])
    try:
        with caller.session.begin_nested():
            share, url, _ = links.create_share(
                caller.session,
                settings,
                workspace,
                name=name[:120] if name.isprintable() else "",
                password=asked.password or None,
                content=Content(shows_views=False, campaigns=[name], language=None),
                own=by_own_role(caller.viewer, caller.verb, workspace),
                actor=caller.viewer.actor,
            )
            added = viewers.add_viewers(
                caller.session, settings, share, asked.viewers or [], actor=caller.viewer.actor
            )
            told = share_mails.invite(
                caller.session,
                settings,
                share,
                added,
                sender=sender_of(caller),
                message=asked.message,
                language=caller.lang,
            )
    except Refused as error:
        return no_update, page.refused(say_error(error))
    return None, page.shared(url, told, f"/w/{workspace.slug}/shares/{share.id}")


def sender_of(caller: Caller) -> str:
    """How a mail names who shares."""
    viewer = caller.viewer
    return (viewer.name or viewer.email) if isinstance(viewer, Member) else viewer.actor


def _variables(path: str) -> dict[str, str]:
    found = page_at(path)
    if found is None or found[0].name != "campaign":
        raise NotFound("There is no such campaign.")
    return found[1]
