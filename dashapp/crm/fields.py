"""The fields a workspace added to its contacts and deals: adding, renaming, other choices, taking one away.

A field keeps its kind: what was entered under it would mean something else. Values of a field that was taken away
stay where they are, unseen, and come back with a field of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.crm.folding import fold, one_line
from dashapp.db.contacts import CONTACT, DEAL, FIELD_KINDS, FIELD_SUBJECTS, CustomField
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused

#: Fields of one workspace's contacts, and as many of its deals.
MOST: Final = 200
LONGEST_LABEL: Final = 60
LONGEST_VALUE: Final = 200
MOST_CHOICES: Final = 50
#: What every contact and deal has, as its files name it: two columns of one name could not be read back.
OWN_NAMES: Final[Mapping[str, frozenset[str]]] = {
    CONTACT: frozenset(
        [
            "email",
            "name",
            "company",
            "phone",
            "owner",
            "status",
            "tags",
            "campaigns",
            "first_activity_at",
            "last_activity_at",
            "first_response_s",
            "emails_sent",
            "opened",
            "clicked",
            "replied",
            "engagement",
        ]
    ),
    DEAL: frozenset(["name", "stage", "value", "currency", "contact", "company", "owner", "created"])
    | {"expected close"},
}
NO_FIELD: Final = "There is no such field."


def fields_of(session: Session, workspace_id: int, subject: str = CONTACT) -> list[CustomField]:
    """The fields of contacts or deals, in the order they were made."""
    rows = select(CustomField).where(CustomField.workspace_id == workspace_id, CustomField.subject == subject)
    return list(session.scalars(rows.order_by(CustomField.id)))


def add(
    session: Session,
    workspace: Workspace,
    label: str,
    kind: str,
    choices: str = "",
    *,
    actor: str,
    subject: str = CONTACT,
) -> CustomField:
    """A new field; `choices`: one a line, for the kind "choice" alone. Raises Refused."""
    label = _label(label)
    key = _key(label)
    if not key or kind not in FIELD_KINDS or subject not in FIELD_SUBJECTS:
        raise Refused("A field needs a name and a kind.")
    known = fields_of(session, workspace.id, subject)
    taken = any(one.key == key or fold(one.label) == fold(label) for one in known)
    if taken or fold(label) in OWN_NAMES[subject]:
        raise Refused("There is a field of that name already.")
    if len(known) >= MOST:
        raise Refused("A workspace can have at most {most} fields of its own.", most=MOST)
    field = CustomField(
        workspace_id=workspace.id,
        subject=subject,
        key=key,
        label=label,
        kind=kind,
        choices=_choices(kind, choices),
    )
    session.add(field)
    session.flush()
    _note(session, workspace, field, f"{label} ({kind}) added", actor)
    return field


def change(
    session: Session, workspace: Workspace, field_id: int, label: str, choices: str, *, actor: str
) -> None:
    """Another name, other choices; the key, and with it the values, stays. Raises NotFound, Refused."""
    field = _field(session, workspace, field_id)
    label = _label(label)
    others = fields_of(session, workspace.id, field.subject)
    taken = any(one.id != field.id and fold(one.label) == fold(label) for one in others)
    if taken or (fold(label) in OWN_NAMES[field.subject] and fold(label) != fold(field.label)):
        raise Refused("There is a field of that name already.")
    before, field.label = field.label, label
    field.choices = _choices(field.kind, choices)
    session.flush()
    _note(session, workspace, field, f"{before} → {label}", actor)


def remove(session: Session, workspace: Workspace, field_id: int, *, actor: str) -> None:
    """Take a field away. Raises NotFound."""
    field = _field(session, workspace, field_id)
    session.delete(field)
    session.flush()
    _note(session, workspace, field, f"{field.label} removed", actor)


def checked(session: Session, workspace_id: int, subject: str, key: str, value: Any) -> str | None:
    """The value of a field as it is kept, None for none. Raises Refused with what is wrong with it."""
    field = session.scalars(
        select(CustomField).where(
            CustomField.workspace_id == workspace_id, CustomField.subject == subject, CustomField.key == key
        )
    ).one_or_none()
    if field is None:
        raise Refused(NO_FIELD)
    return fitting(field, value)


def fitting(field: CustomField, value: Any) -> str | None:
    """The same of a field at hand."""
    text = text_of(
        str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value, LONGEST_VALUE
    )
    if not text:
        return None
    if field.kind == "number" and not re.fullmatch(r"-?\d{1,15}([.,]\d{1,6})?", text):
        raise Refused("Enter a number.")
    if field.kind == "date" and not is_date(text):
        raise Refused("Enter a date, such as 2026-03-31.")
    if field.kind == "choice" and text not in field.choices:
        raise Refused("This is not one of the field's choices.")
    return text


def is_date(text: str) -> bool:
    """Whether a text is a day as the calendar has it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class FileFields:
    """The fields that a file's own columns stand for; a column that is no field yet becomes one."""

    def __init__(self, session: Session, workspace: Workspace, subject: str, actor: str) -> None:
        self._session, self._workspace, self._subject, self._actor = session, workspace, subject, actor
        self._known: dict[str, CustomField] = {}
        for field in fields_of(session, workspace.id, subject):
            self._known |= {field.key: field, _key(field.label): field}

    def values(self, row: Mapping[str, str]) -> dict[str, str]:
        """Field key → value of column → text. Raises Refused with the column and what is wrong with it."""
        found = {}
        for column, text in row.items():
            name = _key(column)
            try:
                if name not in self._known:
                    self._known[name] = add(
                        self._session,
                        self._workspace,
                        column,
                        "text",
                        actor=self._actor,
                        subject=self._subject,
                    )
                value = fitting(self._known[name], text)
            except Refused as error:
                raise Refused("{column}: {why}", column=column[:LONGEST_LABEL], why=error) from error
            if value is not None:
                found[self._known[name].key] = value
        return found


def text_of(value: Any, longest: int) -> str:
    """A value as one line of text. Raises Refused."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("Enter a text.")
    text = one_line(value)
    if len(text) > longest:
        raise Refused("At most {longest} characters fit here.", longest=longest)
    return text


def _field(session: Session, workspace: Workspace, field_id: int) -> CustomField:
    field = session.get(CustomField, field_id) if 0 < field_id < 2**31 else None
    if field is None or field.workspace_id != workspace.id:
        raise NotFound(NO_FIELD)
    return field


@lru_cache(maxsize=2_000)
def _key(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:60]


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


def _note(session: Session, workspace: Workspace, field: CustomField, detail: str, actor: str) -> None:
    audit.record(
        session,
        actor,
        f"{field.subject}.field",
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=detail,
    )
