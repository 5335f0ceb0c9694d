"""The values of a contact's fields: checked as they come in, and the fields a workspace added."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.crm.contacts.actor import Actor
from dashapp.crm.folding import fold
from dashapp.db.contacts import STATUSES, CustomField
from dashapp.errors import Refused
from data.lake import erased

WAS_ERASED: Final = "This person was erased, and is not taken in again."
LONGEST_TEXT: Final = 200
MOST_TAGS: Final = 30
MOST_FIELDS: Final = 100
_EMAIL: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}\.[^\s@<>\"'.]{2,63}")
#: Fields of a contact that are edited as texts.
TEXTS: Final = ("name", "email", "phone")
EDITABLE: Final = (*TEXTS, "company", "owner", "status", "tags")


def require_not_erased(session: Session, workspace_id: int, key: str) -> None:
    """Raise Refused for the address of somebody who was erased from the workspace."""
    found = erased.of(session.connection(), workspace_id)
    if found is not None and found.find(key) is not None:
        raise Refused(WAS_ERASED)


def checked(session: Session, actor: Actor, field: str, value: Any) -> Any:
    """The value as it is kept. Raises Refused with what is wrong with it."""
    if field.startswith("field."):
        return _checked_custom(session, actor, field.removeprefix("field."), value)
    if field == "status":
        if value not in STATUSES:
            raise Refused("There is no such status.")
        return value
    if field == "tags":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Refused("Tags are a list of words.")
        tags = sorted({text_of(one, 40) for one in value} - {""}, key=str.casefold)
        if len(tags) > MOST_TAGS:
            raise Refused("A contact can have at most {MOST_TAGS} tags.", MOST_TAGS=MOST_TAGS)
        if value and not tags:
            raise Refused("Write a tag first.")
        return tags
    if field not in EDITABLE:
        raise Refused("There is no such field.")
    text = text_of(value, 254 if field in {"email", "owner"} else LONGEST_TEXT)
    if field == "email":
        text = text.lower()
        if text and not _EMAIL.fullmatch(text):
            raise Refused("This is not an e-mail address.")
        if text:
            require_not_erased(session, actor.workspace_id, text)
        return text or None
    if field == "owner":
        text = text.lower()
        if text and not _EMAIL.fullmatch(text):
            raise Refused("The owner is named by their e-mail address.")
        return text or None
    return text


def text_of(value: Any, longest: int) -> str:
    """A value as one line of text. Raises Refused."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("Enter a text.")
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if len(text) > longest:
        raise Refused("At most {longest} characters fit here.", longest=longest)
    return text


def _checked_custom(session: Session, actor: Actor, key: str, value: Any) -> Any:
    field = session.scalars(
        select(CustomField).where(CustomField.workspace_id == actor.workspace_id, CustomField.key == key)
    ).one_or_none()
    if field is None:
        raise Refused("There is no such field.")
    text = text_of(
        str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value, 200
    )
    if not text:
        return None
    if field.kind == "number" and not re.fullmatch(r"-?\d{1,15}([.,]\d{1,6})?", text):
        raise Refused("Enter a number.")
    if field.kind == "date" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise Refused("Enter a date, such as 2026-03-31.")
    if field.kind == "choice" and text not in field.choices:
        raise Refused("This is not one of the field's choices.")
    return text


def custom_fields(session: Session, workspace_id: int) -> list[CustomField]:
    """The fields a workspace added, in the order they were made."""
    return list(
        session.scalars(
            select(CustomField).where(CustomField.workspace_id == workspace_id).order_by(CustomField.id)
        )
    )


def add_custom_field(
    session: Session, actor: Actor, label: str, kind: str, choices: Sequence[str]
) -> CustomField:
    """A new field of the workspace's contacts. Raises Refused."""
    label = text_of(label, 60)
    key = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:60]
    known = custom_fields(session, actor.workspace_id)
    if not key or kind not in {"text", "number", "date", "choice"}:
        raise Refused("A field needs a name and a kind.")
    if any(one.key == key for one in known):
        raise Refused("There is a field of that name already.")
    if len(known) >= MOST_FIELDS:
        raise Refused(
            "A workspace can have at most {MOST_FIELDS} fields of its own.", MOST_FIELDS=MOST_FIELDS
        )
    row = CustomField(
        workspace_id=actor.workspace_id,
        key=key,
        label=label,
        kind=kind,
        choices=[text_of(one, 60) for one in choices][:50],
    )
    session.add(row)
    session.flush()
    actor.note(session, "contact.field", label)
    return row
