"""One shared link: edit, pause, new address or password, revoke; add viewers, bar single ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.guard import Args, Caller, Guard
from callbacks.shares.form import (
    Form,
    Message,
    Path,
    Presses,
    Typed,
    content_of,
    end_of,
    sender_of,
    states,
    typed_of,
)
from dashapp.campaigns.figures import names_in
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.errors import Conflict, NotFound, Refused
from dashapp.services import Services
from dashapp.sharing import embedding, links, rotation, viewers
from dashapp.ui import share_mails
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say, say_error
from pages.frame.page_spec import page_at
from pages.shares import share as page
from pages.shares.conflict import conflict
from pages.shares.viewers_field import known_to


class Save(Form):
    """The form, and the save of it that was edited."""

    revision: Annotated[int, Field(ge=0, lt=2**31)]


HeadOp = Literal[
    "pause",
    "resume",
    "revoke",
    "rotate",
    "end-old",
    "password",
    "no-password",
    "embed-key",
    "no-embed-key",
]


class HeadChange(Args):
    """What to do to the whole link; `id` is its own, of "end-old" the former address's."""

    op: HeadOp
    id: Annotated[int, Field(ge=1, lt=2**31)]
    at: int
    grace: Literal["0", "1", "7", "30"] = "0"
    password: Annotated[str, Field(max_length=200)] = ""
    tell: bool = False


class HeadAct(Args):
    """A button or form of the link's head was used."""

    change: HeadChange
    path: Path


class More(Args):
    """More viewers."""

    n: Presses
    path: Path
    viewers: Typed | None
    apart: list[Literal["apart"]] | None
    message: Message | None


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
    people = Output("share-people", "children", allow_duplicate=True)

    @guard.callback(
        Output("edit-saved", "children"),
        Output("edit-revision", "data"),
        Output("share-embed", "html", allow_duplicate=True),
        Input("edit-save", "n_clicks"),
        State("url", "pathname"),
        *states("edit"),
        State("edit-revision", "data"),
        args=Save,
        **common,
    )
    def _save(caller: Caller, asked: Save) -> Any:
        return save(caller, asked) if asked.n else (no_update,) * 3

    @guard.callback(
        Output("share-head", "html"),
        Output("head-told", "children"),
        Output("head-go", "data"),
        Output("share-embed", "html"),
        Input("head-act", "data"),
        State("url", "pathname"),
        args=HeadAct,
        **common,
    )
    def _head(caller: Caller, asked: HeadAct) -> Any:
        return head(caller, asked)

    guard.clientside(
        ClientsideFunction("forms", "go"), Output("head-gone", "children"), Input("head-go", "data")
    )

    @guard.callback(
        people,
        Output("more-told", "children"),
        Input("more-send", "n_clicks"),
        State("url", "pathname"),
        State("more-viewers", "data"),
        State("more-apart", "value"),
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


def save(caller: Caller, asked: Save) -> tuple[Any, Any, Any]:
    """Everything the form says, at once; in force at the client's next request.

    Where somebody else saved since the form was shown, nothing is saved, and both are shown.
    """
    workspace, share = found(caller, asked.path)
    try:
        with caller.session.begin_nested():
            links.edit_share(
                caller.session,
                share,
                name=asked.name or "",
                content=content_of(caller.session, workspace, asked),
                expires_at=end_of(asked.last_day, workspace.timezone),
                revision=asked.revision,
                actor=caller.viewer.actor,
            )
    except Refused as error:
        return page.told(say_error(error), problem=True), no_update, no_update
    except Conflict:
        return *_both(caller, workspace, asked), no_update
    embed = Html(page.embed_section(caller.services.settings, share)).html
    return page.told(say("Saved. The client sees it at once.")), share.revision, embed


def _both(caller: Caller, workspace: Workspace, asked: Save) -> tuple[Any, Any]:
    """What was typed beside what is saved; pressing again saves over that."""
    _, share = found(caller, asked.path)
    zone = workspace.timezone
    scope = caller.workspace(workspace.slug)[1]
    choices = page.choices_of(caller.session, workspace, names_in(caller.services.lake, scope, workspace.id))
    theirs = page.chosen_of(caller.session, share, zone)
    when = "" if share.edited_at is None else format.moment(share.edited_at, zone)
    shown = conflict(typed_of(asked), theirs, choices, share.edited_by, when, asked.path)
    return shown, share.revision


def head(caller: Caller, asked: HeadAct) -> tuple[Any, Any, Any, Any]:
    """The head as it is then, what is told, and where to go when the link is no more."""
    workspace, share = found(caller, asked.path)
    session, settings, actor = caller.session, caller.services.settings, caller.viewer.actor
    change = asked.change
    told: Any = None
    try:
        with session.begin_nested():
            match change.op:
                case "pause":
                    links.pause(session, share, actor=actor)
                case "resume":
                    links.resume(session, share, actor=actor)
                case "revoke":
                    links.revoke(session, share, actor=actor)
                case "rotate":
                    grace = timedelta(days=int(change.grace))
                    rotation.rotate(session, settings, share, grace=grace, actor=actor)
                    told = page.told(say("The link has a new address; give it to whoever needs it."))
                case "end-old":
                    rotation.end_old_link(session, share, change.id, actor=actor)
                case "password":
                    told = page.told(change_password(caller, share, change))
                case "no-password":
                    links.set_share_password(session, share, None, settings=settings, actor=actor)
                    told = page.told(say("The link has no password any more."))
                case "embed-key" | "no-embed-key":
                    embedding.change_key(session, share, on=change.op == "embed-key", actor=actor)
    except Refused as error:
        return no_update, page.told(say_error(error), problem=True), no_update, no_update
    if change.op == "revoke":
        return no_update, no_update, f"/w/{workspace.slug}/shares", no_update
    shown = Html(page.head_section(session, settings, share, workspace)).html
    return shown, told, no_update, Html(page.embed_section(settings, share)).html


def change_password(caller: Caller, share: Share, change: HeadChange) -> str:
    """A new password ends what was opened with the old one; the viewers are told when that is wanted."""
    settings = caller.services.settings
    links.set_share_password(
        caller.session, share, change.password, settings=settings, actor=caller.viewer.actor
    )
    if not change.tell:
        return say("The password is changed. Tell it to whoever reads the report.")
    known = viewers.viewers_of(caller.session, share)
    mails = share_mails.tell_new_password(
        caller.session, settings, share, known, sender=sender_of(caller), language=caller.lang
    )
    if mails == 1:
        return say("The password is changed; 1 viewer is told by mail.")
    return say("The password is changed; {n} viewers are told by mail.", n=mails)


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
                apart=bool(asked.apart),
            )
    except Refused as error:
        return no_update, page.told(say_error(error), problem=True)
    return _people(caller, workspace, share), no_update


def _people(caller: Caller, workspace: Workspace, share: Share) -> Any:
    known = known_to(caller.session, caller.services.settings, caller.viewer, workspace)
    return page.viewers_section(caller.session, caller.services.settings, share, workspace.timezone, known)
