"""The fields a workspace added to its contacts: adding, renaming, other choices, taking one away.

A field keeps its kind: what was entered under it would mean something else. Values of a field that was taken away
stay with the contacts, unseen, and come back with a field of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.crm.folding import fold
from dashapp.db.contacts import FIELD_KINDS, CustomField
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused

MOST: Final = 50
LONGEST_LABEL: Final = 60
MOST_CHOICES: Final = 50
NO_FIELD: Final = "There is no such field."


def fields_of(session: Session, workspace: Workspace) -> Sequence[CustomField]:
    """The fields in the order they were made."""
    rows = select(CustomField).where(CustomField.workspace_id == workspace.id)
    return session.scalars(rows.order_by(CustomField.id)).all()


def add(
    session: Session, workspace: Workspace, label: str, kind: str, choices: str, *, actor: str
) -> CustomField:
    """A new field; `choices`: one a line, for the kind "choice" alone. Raises Refused."""
    label = _label(label)
    key = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:60]
    known = fields_of(session, workspace)
    if not key or kind not in FIELD_KINDS:
        raise Refused("A field needs a name and a kind.")
    if any(one.key == key for one in known):
        raise Refused("There is a field of that name already.")
    if len(known) >= MOST:
        raise Refused("A workspace can have at most {most} fields of its own.", most=MOST)
    field = CustomField(
        workspace_id=workspace.id, key=key, label=label, kind=kind, choices=_choices(kind, choices)
    )
    session.add(field)
    session.flush()
    _note(session, workspace, f"{label} ({kind}) added", actor)
    return field


def change(
    session: Session, workspace: Workspace, field_id: int, label: str, choices: str, *, actor: str
) -> None:
    """Another name, other choices; the key, and with it the values, stays. Raises NotFound, Refused."""
    field = _field(session, workspace, field_id)
    label = _label(label)
    if any(one.id != field.id and fold(one.label) == fold(label) for one in fields_of(session, workspace)):
        raise Refused("There is a field of that name already.")
    before, field.label = field.label, label
    field.choices = _choices(field.kind, choices)
    session.flush()
    _note(session, workspace, f"{before} → {label}", actor)


def remove(session: Session, workspace: Workspace, field_id: int, *, actor: str) -> None:
    """Take a field away. Raises NotFound."""
    field = _field(session, workspace, field_id)
    session.delete(field)
    session.flush()
    _note(session, workspace, f"{field.label} removed", actor)


def _field(session: Session, workspace: Workspace, field_id: int) -> CustomField:
    field = session.get(CustomField, field_id) if 0 < field_id < 2**31 else None
    if field is None or field.workspace_id != workspace.id:
        raise NotFound(NO_FIELD)
    return field


def _label(text: str) -> str:
    label = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not 0 < len(label) <= LONGEST_LABEL:
        raise Refused("A field's name has 1 to 60 characters.")
    return label


def _choices(kind: str, text: str) -> list[str]:
    if kind != "choice":
        return []
    lines = (
        " ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in text.splitlines()
    )
    found = list(dict.fromkeys(line for line in lines if line))
    if not found:
        raise Refused("A field with choices needs at least one, each on a line of its own.")
    if len(found) > MOST_CHOICES or any(len(one) > LONGEST_LABEL for one in found):
        raise Refused("A field has at most 50 choices of at most 60 characters.")
    return found


def _note(session: Session, workspace: Workspace, detail: str, actor: str) -> None:
    audit.record(
        session,
        actor,
        "contact.field",
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=detail,
    )
