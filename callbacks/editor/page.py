"""The editor's two guarded callbacks: one that only reads, one that writes.

Errors are raised, not returned: a failed transaction is rolled back as a whole, and the sentence reaches the page
in the response (assets/desk.js hands it to the editor).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.fields import Path, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.services import Services
from pages.editor import actions as acts
from pages.editor import answers, reviews
from pages.editor.context import EditorContext, context_at
from pages.frame.page_spec import query_of

Id = Annotated[int, Field(ge=1, lt=2**31)]
Number = Annotated[int, Field(ge=0, lt=2**53)]
TileId = Annotated[str, Field(min_length=1, max_length=40)]
Text = Annotated[str, Field(max_length=8000)]
Document = dict[str, Any]  # read by view_of under the stored form's own rules


class _Call(Args):
    n: Number
    view_id: Id


class Panel(_Call):
    """A tile was opened."""

    op: Literal["panel"]
    tile: Document


class Preview(_Call):
    """The panel's form changed."""

    op: Literal["preview"]
    tile: Document
    form: Annotated[dict[Annotated[str, Field(max_length=60)], Text | list[Text]], Field(max_length=60)]


class Plain(_Call):
    """A dialog was opened."""

    op: Literal["gallery", "history", "review"]


class Starter(_Call):
    """A beginning was chosen."""

    op: Literal["starter"]
    key: Annotated[str, Field(max_length=40)]


class Reset(_Call):
    """A tile is reset to the template."""

    op: Literal["reset"]
    tile_id: TileId
    view: Document


class Save(_Call):
    """Autosave."""

    op: Literal["save"]
    base: Annotated[str, Field(max_length=200)]
    view: Document


class Publish(_Call):
    """Publish; `stage` names the workspaces that get a template's version first."""

    op: Literal["publish"]
    base: Annotated[str, Field(max_length=200)]
    view: Document
    note: Annotated[str, Field(max_length=200)]
    stage: Annotated[list[Id], Field(max_length=5000)] | None


class Mine(_Call):
    """Of a conflict, one's own side."""

    op: Literal["mine"]
    base: Annotated[str, Field(max_length=200)]
    view: Document
    conflict: Document


class Copy(_Call):
    """A tile into another view."""

    op: Literal["copy"]
    tile_id: TileId
    to: Id


class Restore(_Call):
    """An earlier version becomes the published one."""

    op: Literal["restore"]
    version: Id


class Whole(_Call):
    """Discard the draft; drop the override; undo a template's last version for all."""

    op: Literal["discard", "drop", "undo"]


Question = Annotated[Panel | Preview | Plain | Starter | Reset, Field(discriminator="op")]
Deed = Annotated[Save | Publish | Mine | Copy | Restore | Whole, Field(discriminator="op")]


class Ask(Args):
    """A question from the page of the address."""

    ask: Question
    path: Path
    search: Search


class Act(Args):
    """An action on the page of the address."""

    act: Deed
    path: Path
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Register the editor's callbacks. `context_at` decides whose views are meant, from the address and the
    viewer.
    """

    @guard.callback(
        Output("editor-asked", "data"),
        Input("editor-ask", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="view.edit",
        args=Ask,
        prevent_initial_call=True,
    )
    def _ask(caller: Caller, asked: Ask) -> Any:
        return {"n": asked.ask.n, **ask(caller, _context(caller, asked), asked.ask)}

    @guard.callback(
        Output("editor-acted", "data"),
        Input("editor-act", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="view.edit",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return {"n": asked.act.n, **act(caller, _context(caller, asked), asked.act)}

    for source, output, trigger in (
        ("start", "editor-started", "editor-model"),
        ("asked", "editor-heard", "editor-asked"),
        ("acted", "editor-done", "editor-acted"),
    ):
        guard.clientside(
            ClientsideFunction("editor", source), Output(output, "children"), Input(trigger, "data")
        )


def _context(caller: Caller, asked: Ask | Act) -> EditorContext:
    return context_at(
        caller.services.lake, caller.session, caller.viewer, asked.path, query_of(asked.search or "")
    )


def ask(caller: Caller, context: EditorContext, asked: Any) -> answers.Answer:
    """The answer to one question."""
    session, view_id = caller.session, asked.view_id
    match asked:
        case Panel():
            return answers.panel(session, context, view_id, asked.tile)
        case Preview():
            return answers.preview(session, context, view_id, asked.tile, asked.form)
        case Starter():
            return answers.starter(session, context, view_id, asked.key)
        case Reset():
            return answers.reset(session, context, view_id, asked.tile_id, asked.view)
        case Plain(op="gallery"):
            return answers.gallery(session, context, view_id)
        case Plain(op="history"):
            return reviews.history(session, context, view_id)
        case _:
            return reviews.review(session, context, view_id)


def act(caller: Caller, context: EditorContext, asked: Any) -> answers.Answer:
    """The result of one action."""
    session, view_id, actor = caller.session, asked.view_id, caller.viewer.actor
    match asked:
        case Save():
            return acts.save(session, context, view_id, asked.base, asked.view, actor)
        case Publish():
            return acts.publish(
                session, context, view_id, asked.base, asked.view, actor, note=asked.note, stage=asked.stage
            )
        case Mine():
            return acts.mine(session, context, view_id, asked.base, asked.view, asked.conflict, actor)
        case Copy():
            return acts.copy(session, context, view_id, asked.tile_id, asked.to, actor)
        case Restore():
            return acts.restore(session, context, view_id, asked.version, actor)
        case _:
            return acts.whole(session, context, view_id, asked.op, actor)
