"""What the forms of `/settings/fields` do: a workspace's own fields of contacts and deals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from dashapp.access import current
from dashapp.access.places import ref_of
from dashapp.access.scopes import scope_for_workspace
from dashapp.crm import fields
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.services import services
from dashapp.ui.language.say import say, say_error
from dashapp.web.account.confirming import Id, me
from dashapp.web.forms import Form, Line, back_to, notice, read_form

blueprint = Blueprint("fields", __name__)
VERB = "workspace.edit"


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a NUL")
    return value


Slug = Annotated[str, Field(max_length=60)]
Lines = Annotated[str, Field(max_length=5_000), AfterValidator(_no_nul)]


class _New(Form):
    workspace: Slug
    subject: Literal["contact", "deal"] = "contact"
    label: Line
    kind: Literal["text", "number", "date", "choice"]
    choices: Lines = ""


class _Changed(Form):
    workspace: Slug
    id: Id
    label: Line
    choices: Lines = ""


class _Gone(Form):
    workspace: Slug
    id: Id


@blueprint.post("/account/fields")
def add() -> Any:
    """A new field."""
    sent = read_form(_New)
    return _do(
        sent.workspace,
        lambda session, place: fields.add(
            session,
            place,
            sent.label,
            sent.kind,
            sent.choices,
            actor=me().email,
            subject=sent.subject,
        ),
    )


@blueprint.post("/account/fields/change")
def change() -> Any:
    """Another name or other choices."""
    sent = read_form(_Changed)
    return _do(
        sent.workspace,
        lambda session, place: fields.change(
            session, place, int(sent.id), sent.label, sent.choices, actor=me().email
        ),
    )


@blueprint.post("/account/fields/remove")
def remove() -> Any:
    """Take one away."""
    sent = read_form(_Gone)
    return _do(
        sent.workspace,
        lambda session, place: fields.remove(session, place, int(sent.id), actor=me().email),
    )


def _do(slug: str, work: Callable[[Session, Workspace], Any]) -> Any:
    """Do it in the workspace, for whoever may change it; what was refused is said on the page."""
    try:
        with services().session() as session:
            workspace, _ = scope_for_workspace(session, current.viewer(), slug, VERB)
            target = f"/settings/fields?place={ref_of(workspace)}"
            work(session, workspace)
    except Refused as error:
        notice(say_error(error), bad=True)
        return back_to(target)
    notice(say("Saved."))
    return back_to(target)
