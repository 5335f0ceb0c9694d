"""The view menu (create, duplicate, rename, star, delete), and the controls a person leaves behind."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field
from sqlalchemy.orm import Session

from callbacks.fields import Path, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.access.viewer import Member
from dashapp.db.choices import choose
from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.views import store
from dashapp.views.editing import collection, rollout
from dashapp.views.editing.drafts import target
from pages.editor.context import EditorContext, context_at
from pages.frame.address import slug_at
from pages.frame.page_spec import query_of
from pages.view_controls.controls import has_controls, kept_choice, read_controls

Id = Annotated[int, Field(ge=1, lt=2**31)]
Name = Annotated[str, Field(max_length=400)]  # `clean_name` says what a name may be


class _Action(Args):
    at: int


class New(_Action):
    """An empty view, edited at once."""

    op: Literal["new"]
    name: Name


class Named(_Action):
    """A copy, or another name."""

    op: Literal["duplicate", "rename"]
    view_id: Id
    name: Name


class Star(_Action):
    """Which view is shown first."""

    op: Literal["star", "unstar"]
    view_id: Id


class Delete(_Action):
    """A view with its versions."""

    op: Literal["delete"]
    view_id: Id
    and_links: bool


class Rollout(_Action):
    """A template's staged version goes further, to all, or back."""

    op: Literal["extend", "finish", "undo"]
    view_id: Id
    workspaces: Annotated[list[Id], Field(max_length=5000)]


class Begin(_Action):
    """Edit the default template of an agency that has none stored yet."""

    op: Literal["begin"]


class Act(Args):
    """An action of the menu on the page of the address."""

    act: Annotated[New | Named | Star | Delete | Rollout | Begin, Field(discriminator="op")]
    path: Path
    search: Search


class Left(Args):
    """A control was chosen: the query string that says all of them."""

    search: Annotated[str, Field(max_length=2000)]
    at: int


class Keep(Args):
    """Where."""

    left: Left
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Register the menu's callbacks. `context_at` decides whose views are meant."""

    @guard.callback(
        Output("view-acted", "data"),
        Input("view-act", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="view.edit",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        context = context_at(
            caller.services.lake, caller.session, caller.viewer, asked.path, query_of(asked.search or "")
        )
        return {"go": act(caller, context, asked.act), "at": asked.act.at}

    @guard.callback(
        Output("controls-kept", "children"),
        Input("controls-chosen", "data"),
        State("url", "pathname"),
        verb="workspace.read",
        args=Keep,
        writes=True,
        prevent_initial_call=True,
    )
    def _keep(caller: Caller, asked: Keep) -> Any:
        return keep(caller, asked)

    guard.clientside(
        ClientsideFunction("views", "acted"), Output("view-done", "children"), Input("view-acted", "data")
    )


def _stored_default(session: Session, context: EditorContext, actor: str) -> StoredView:
    """The view that was shown unstored: the agency's default template or, where no agency is, the place's own."""
    if context.agency is not None:
        return store.ensure_default_view(session, context.agency)
    view = store.shipped_view()
    made = collection.create_view(session, context.place, view.name, actor, view)
    collection.star(session, context.place, made.id, actor)
    return made


def act(caller: Caller, context: EditorContext, asked: Any) -> str:
    """Carry it out; returns the address to go to."""
    session, place, actor = caller.session, context.place, caller.viewer.actor
    match asked:
        case New():
            made = collection.create_view(session, place, asked.name, actor)
            return f"{context.path}{urlencode({'view': made.id, 'edit': 1})}"
        case Begin():
            made = _stored_default(session, context, actor)
            return f"{context.path}{urlencode({'view': made.id, 'edit': 1})}"
        case Named(op="duplicate"):
            made = collection.duplicate(session, place, asked.view_id, actor, asked.name)
            return f"{context.path}{urlencode({'view': made.id})}"
        case Named():
            collection.rename(session, place, asked.view_id, asked.name, actor)
        case Rollout():
            roll_out(caller, context, asked)
        case Star(op="star"):
            collection.star(session, place, asked.view_id, actor)
        case Star():
            if not isinstance(place, Workspace):
                raise Refused("An agency always has one view that is shown first: give another one the star.")
            collection.unstar(session, place, actor)
        case _:
            collection.delete_view(session, place, asked.view_id, actor, and_links=asked.and_links)
            return f"{context.path}{urlencode({'period': context.page.period.key})}"
    return f"{context.path}{urlencode({'view': asked.view_id, 'now': asked.at})}"


def roll_out(caller: Caller, context: EditorContext, asked: Rollout) -> None:
    """Move a staged template on. Only its agency does that, on its own page."""
    if isinstance(context.place, Workspace):
        raise Refused("A template is rolled out on the agency's Analytics page.")
    template = target(caller.session, context.place, asked.view_id).stored
    if asked.op == "extend":
        if not asked.workspaces:
            raise Refused("Choose the workspaces that get it next.")
        rollout.extend(caller.session, template, asked.workspaces, caller.viewer.actor)
    elif asked.op == "finish":
        rollout.finish(caller.session, template, caller.viewer.actor)
    else:
        rollout.undo(caller.session, template, caller.viewer.actor)


def keep(caller: Caller, asked: Keep) -> Any:
    """Remember the controls for this person in this workspace; other people's stay theirs."""
    search = query_of(asked.left.search)
    controls = read_controls(search)
    if not has_controls(search) or not isinstance(caller.viewer, Member) or asked.path == "/analytics":
        return no_update
    page = "explore" if asked.path.endswith("/explore") else "analytics"
    workspace, _ = caller.workspace(slug_at(asked.path, page))
    said = urlencode(
        {"period": controls.period, **controls.pairs} if controls.from_ is None else controls.pairs
    )
    choose(caller.session, caller.viewer.user_id, workspace.id, kept_choice(said))
    return no_update
