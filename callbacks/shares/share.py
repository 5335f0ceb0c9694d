"""One shared link: edit it, pause it, give it a new address or password, add viewers and bar single ones."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.campaigns.report import sender_of
from callbacks.guard import Args, Caller, Guard
from callbacks.shares.form import Form, Path, Presses, Typed, content_of, states
from callbacks.sharing.dialog import end_of
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from dashapp.sharing import links, viewers
from dashapp.ui import share_mails
from dashapp.ui.language.say import say, say_error
from pages.frame.page_spec import page_at
from pages.shares import share as page


class Press(Args):
    """A button was pressed."""

    n: Presses
    path: Path


class Password(Press):
    """A new password, or none; whether the viewers are told."""

    password: Annotated[str, Field(max_length=200)] | None
    tell: list[Literal["tell"]] | None


class More(Press):
    """More viewers."""

    viewers: Typed | None
    message: Annotated[str, Field(max_length=2_000_000)] | None


class Change(Args):
    """What to do to one viewer. `at` makes two equal changes in a row different ones for Dash."""

    act: Literal["bar", "admit"]
    id: Annotated[int, Field(ge=1, lt=2**31)]
    at: int


class Act(Args):
    """A button of the list of viewers was pressed."""

    change: Change
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the page. Everything in it needs "share.manage" in the workspace of the address."""
    common: dict[str, Any] = {"verb": "share.manage", "writes": True, "prevent_initial_call": True}
    head, people = (
        Output("share-head", "children", allow_duplicate=True),
        Output("share-people", "children", allow_duplicate=True),
    )

    @guard.callback(
        Output("edit-saved", "children"),
        Input("edit-save", "n_clicks"),
        State("url", "pathname"),
        *states("edit"),
        args=Form,
        **common,
    )
    def _save(caller: Caller, asked: Form) -> Any:
        return save(caller, asked)

    @guard.callback(head, Input("head-pause", "n_clicks"), State("url", "pathname"), args=Press, **common)
    def _pause(caller: Caller, asked: Press) -> Any:
        if not asked.n:
            return no_update
        workspace, share = found(caller, asked.path)
        change = links.resume if share.state == "paused" else links.pause
        change(caller.session, share, actor=caller.viewer.actor)
        return page.head_section(caller.services.settings, share, workspace)

    @guard.callback(head, Input("head-rotate", "n_clicks"), State("url", "pathname"), args=Press, **common)
    def _rotate(caller: Caller, asked: Press) -> Any:
        if not asked.n:
            return no_update
        workspace, share = found(caller, asked.path)
        links.rotate(caller.session, caller.services.settings, share, actor=caller.viewer.actor)
        return page.head_section(caller.services.settings, share, workspace)

    @guard.callback(
        head,
        Output("head-told", "children"),
        Input("head-change", "n_clicks"),
        State("url", "pathname"),
        State("head-password", "value"),
        State("head-tell", "value"),
        args=Password,
        **common,
    )
    def _password(caller: Caller, asked: Password) -> Any:
        return change_password(caller, asked) if asked.n else (no_update, no_update)

    @guard.callback(
        people,
        Output("more-told", "children"),
        Input("more-send", "n_clicks"),
        State("url", "pathname"),
        State("more-viewers", "data"),
        State("more-message", "value"),
        args=More,
        running=[(Output("more-send", "disabled"), True, False)],
        **common,
    )
    def _more(caller: Caller, asked: More) -> Any:
        return add(caller, asked) if asked.n else (no_update, no_update)

    @guard.callback(people, Input("viewer-act", "data"), State("url", "pathname"), args=Act, **common)
    def _act(caller: Caller, asked: Act) -> Any:
        workspace, share = found(caller, asked.path)
        change = viewers.bar_viewer if asked.change.act == "bar" else viewers.admit_viewer
        change(caller.session, share, asked.change.id, actor=caller.viewer.actor)
        return _people(caller, workspace, share)


def found(caller: Caller, path: str) -> tuple[Workspace, Share]:
    """The link of the address. Raises NotFound for another page, workspace or link."""
    at = page_at(path)
    if at is None or at[0].name != "share":
        raise NotFound("There is no such link.")
    workspace, _ = caller.workspace(at[1]["slug"])
    return workspace, links.share_of(caller.session, workspace, page.share_id_of(at[1]["share"]))


def save(caller: Caller, asked: Form) -> Any:
    """Everything the form says, at once; in force at the client's next request."""
    workspace, share = found(caller, asked.path)
    try:
        with caller.session.begin_nested():
            links.edit_share(
                caller.session,
                share,
                name=asked.name or "",
                content=content_of(caller.session, workspace, asked),
                expires_at=end_of(asked.last_day, workspace.timezone),
                actor=caller.viewer.actor,
            )
    except Refused as error:
        return page.told(say_error(error), problem=True)
    return page.told(say("Saved. The client sees it at once."))


def change_password(caller: Caller, asked: Password) -> tuple[Any, Any]:
    """A new password ends what was opened with the old one; the viewers are told when that is wanted."""
    workspace, share = found(caller, asked.path)
    settings = caller.services.settings
    try:
        links.set_share_password(
            caller.session, share, asked.password or None, settings=settings, actor=caller.viewer.actor
        )
    except Refused as error:
        return no_update, page.told(say_error(error), problem=True)
    if asked.tell and asked.password:
        known = viewers.viewers_of(caller.session, share)
        share_mails.tell_new_password(
            caller.session, settings, share, known, sender=sender_of(caller), language=caller.lang
        )
    return page.head_section(settings, share, workspace), no_update


def add(caller: Caller, asked: More) -> tuple[Any, Any]:
    """More viewers, each with a mail; all of them or nobody."""
    workspace, share = found(caller, asked.path)
    settings, actor = caller.services.settings, caller.viewer.actor
    try:
        with caller.session.begin_nested():
            added = viewers.add_viewers(caller.session, settings, share, asked.viewers or [], actor=actor)
            share_mails.invite(
                caller.session,
                settings,
                share,
                added,
                sender=sender_of(caller),
                message=asked.message,
                language=caller.lang,
            )
    except Refused as error:
        return no_update, page.told(say_error(error), problem=True)
    return _people(caller, workspace, share), no_update


def _people(caller: Caller, workspace: Workspace, share: Share) -> Any:
    known = viewers.suggested_addresses(caller.session, workspace)
    return page.viewers_section(caller.session, caller.services.settings, share, workspace.timezone, known)
