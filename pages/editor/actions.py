"""The editor's writes: each a use case of the views in the caller's transaction, its result ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from dashapp.errors import Refused
from dashapp.ui.language.say import say
from dashapp.views.editing import collection, rollout
from dashapp.views.editing import drafts as editing
from dashapp.views.editing.merge import Conflict, take_mine
from dashapp.views.schema import view_of
from pages.editor.answers import Answer, kind_of, saved, target_at
from pages.editor.context import EditorContext
from pages.editor.page import done_address

_CONFLICT = TypeAdapter(Conflict)


def save(
    session: Session, context: EditorContext, view_id: int, base: str, document: Mapping[str, Any], actor: str
) -> Answer:
    """The draft as the browser has it, merged with what others saved since `base`."""
    found = target_at(session, context, view_id)
    return saved(context, editing.save_draft(session, found, base, view_of(document), actor))


def publish(
    session: Session,
    context: EditorContext,
    view_id: int,
    base: str,
    document: Mapping[str, Any],
    actor: str,
    *,
    note: str,
    stage: Sequence[int] | None,
) -> Answer:
    """Publish, and where to go then; when others changed what one had not seen, the merged draft instead."""
    found = target_at(session, context, view_id)
    if stage is not None and kind_of(found, context) != "template":
        raise Refused("Only an agency's template is rolled out in stages.")
    done = editing.publish(session, found, base, actor, view_of(document), note, stage)
    if done.version is None:
        return saved(context, done.saved)
    return {"go": done_address(context, view_id), "version": done.version}


def mine(
    session: Session,
    context: EditorContext,
    view_id: int,
    base: str,
    document: Mapping[str, Any],
    conflict: Mapping[str, Any],
    actor: str,
) -> Answer:
    """The draft with one's own side of a conflict."""
    found = target_at(session, context, view_id)
    try:
        side = _CONFLICT.validate_python(dict(conflict))
    except ValidationError as error:
        raise Refused("This difference cannot be read; reload the page.") from error
    view = take_mine(view_of(document), side)
    return saved(context, editing.save_draft(session, found, base, view, actor), anew=True)


def copy(session: Session, context: EditorContext, view_id: int, tile_id: str, to: int, actor: str) -> Answer:
    """A tile into the draft of another view of the same place."""
    source, other = target_at(session, context, view_id), target_at(session, context, to)
    done = collection.copy_tile(session, source, tile_id, other, actor)
    return {"told": say("Copied into the draft of {name}.", name=done.view.name)}


def restore(session: Session, context: EditorContext, view_id: int, version: int, actor: str) -> Answer:
    """An earlier version, published as a new one."""
    editing.restore(session, target_at(session, context, view_id), version, actor)
    return {"go": done_address(context, view_id)}


def whole(
    session: Session, context: EditorContext, view_id: int, op: Literal["discard", "drop", "undo"], actor: str
) -> Answer:
    """Give up the draft, follow the template in everything again, or undo a template's last version for all."""
    found = target_at(session, context, view_id)
    if op == "discard":
        editing.discard_draft(session, found, actor)
    elif op == "drop":
        if not found.is_override:
            raise Refused("This view follows no template.")
        editing.drop_override(session, found, actor)
    else:
        if kind_of(found, context) != "template":
            raise Refused("Only an agency's template is undone for all.")
        rollout.undo(session, found.stored, actor)
    return {"go": done_address(context, view_id)}
