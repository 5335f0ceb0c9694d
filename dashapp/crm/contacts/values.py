"""The values of a contact's fields, checked as they come in."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy.orm import Session

from dashapp.crm import fields
from dashapp.crm.contacts.actor import Actor
from dashapp.crm.fields import text_of
from dashapp.db.contacts import CONTACT, STATUSES
from dashapp.errors import Refused
from data.lake import erased

WAS_ERASED: Final = "This person was erased, and is not taken in again."
LONGEST_TEXT: Final = 200
MOST_TAGS: Final = 30
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
        return fields.checked(session, actor.workspace_id, CONTACT, field.removeprefix("field."), value)
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
