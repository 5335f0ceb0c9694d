"""The list of shared links: a new one, with everything it shows and its viewers."""

from __future__ import annotations

from typing import Annotated, Any

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.campaigns.report import sender_of
from callbacks.guard import Caller, Guard
from callbacks.shares.form import Form, Typed, content_of, states
from callbacks.sharing.dialog import end_of
from dashapp.access.scopes import by_own_role
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.sharing import links, viewers
from dashapp.ui import share_mails
from dashapp.ui.language.say import say_error
from pages.campaigns.report import refused, shared
from pages.frame.address import slug_at
from pages.shares import page


class Create(Form):
    """The create button was pressed."""

    viewers: Typed | None
    password: Annotated[str, Field(max_length=200)] | None
    message: Annotated[str, Field(max_length=2_000_000)] | None


def register(guard: Guard, services: Services) -> None:
    """Wire the form. It needs "share.manage" in the workspace of the address."""

    @guard.callback(
        Output("new-made", "children"),
        Output("shares-list", "children"),
        Input("new-create", "n_clicks"),
        State("url", "pathname"),
        *states("new"),
        State("new-viewers", "data"),
        State("new-password", "value"),
        State("new-message", "value"),
        verb="share.manage",
        args=Create,
        writes=True,
        prevent_initial_call=True,
        running=[(Output("new-create", "disabled"), True, False)],
    )
    def _create(caller: Caller, asked: Create) -> Any:
        return create(caller, asked)


def create(caller: Caller, asked: Create) -> tuple[Any, Any]:
    """One link for one press, with a mail to each viewer; all of it or nothing."""
    workspace, _ = caller.workspace(slug_at(asked.path, "shares"))
    settings, actor = caller.services.settings, caller.viewer.actor
    try:
        with caller.session.begin_nested():
            share, url, _ = links.create_share(
                caller.session,
                settings,
                workspace,
                name=asked.name or "",
                password=asked.password or None,
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
            )
    except Refused as error:
        return refused(say_error(error)), no_update
    rows = page.rows_of(caller.session, settings, workspace)
    made = shared(url, sent, f"/w/{workspace.slug}/shares/{share.id}")
    return made, page.listing(rows, workspace.slug)
