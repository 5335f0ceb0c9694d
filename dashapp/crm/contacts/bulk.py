"""Many contacts changed or deleted at once, with undo.

Nothing is taken away for good here: deleting marks, and for 30 days a contact can be restored.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dashapp.crm.contacts.actor import Actor, contact_of
from dashapp.crm.contacts.editing import change_field, refresh_search, set_value, value_of, write_change
from dashapp.crm.contacts.values import checked
from dashapp.crm.listing import mine
from dashapp.db.base import now
from dashapp.db.contacts import (
    Contact,
    ContactCampaign,
    ContactChange,
    ContactConsent,
    ContactKey,
    ContactMerge,
    ContactNote,
    Deal,
)
from dashapp.errors import NotFound, Refused

#: How many contacts one bulk action changes.
MOST_AT_ONCE: Final = 10_000
#: How long a deleted contact can be restored.
KEPT_DELETED: Final = timedelta(days=30)


def bulk(session: Session, actor: Actor, ids: Sequence[int], field: str, value: Any) -> tuple[str, int]:
    """Set owner or status, or add or remove a tag, of many; gives (batch to undo it, contacts changed).

    `field`: "owner", "status", "tag" or "untag".
    """
    if field not in {"owner", "status", "tag", "untag"}:
        raise Refused("Only owner, status and tags can be changed for many contacts at once.")
    if len(ids) > MOST_AT_ONCE:
        raise Refused("At most {MOST_AT_ONCE} contacts can be changed at once.", MOST_AT_ONCE=MOST_AT_ONCE)
    batch, changed = secrets.token_hex(8), 0
    of_tags = field in {"tag", "untag"}
    tag = checked(session, actor, "tags", [value])[0] if of_tags else None
    new = None if of_tags else checked(session, actor, field, value)
    for start in range(0, len(ids), 500):
        some = list(ids[start : start + 500])
        rows = session.scalars(
            select(Contact).where(
                Contact.id.in_(some), Contact.deleted_at.is_(None), *mine(actor.scope, actor.workspace_id)
            )
        )
        for contact in rows:
            wanted = _tags(contact, tag, add=field == "tag") if tag is not None else new
            name = "tags" if of_tags else field
            if wanted != value_of(contact, name):
                change_field(session, actor, contact, name, wanted, batch)
                changed += 1
    actor.note(session, "contact.bulk", f"{changed} contacts: {field} {value}")
    return batch, changed


def _tags(contact: Contact, tag: str, *, add: bool) -> list[str]:
    rest = [one for one in contact.tags if one != tag]
    return sorted([*rest, tag], key=str.casefold) if add else rest


def undo(session: Session, actor: Actor, batch: str) -> tuple[int, int]:
    """Take back an action; gives (contacts put back, contacts that somebody changed again since and that stay)."""
    changes = session.scalars(
        select(ContactChange)
        .where(
            ContactChange.workspace_id == actor.workspace_id,
            ContactChange.batch == batch,
            ContactChange.undone.is_(False),
        )
        .order_by(ContactChange.id.desc())
    ).all()
    if not changes:
        raise NotFound("There is nothing to undo.")
    back = stayed = 0
    for change in changes:
        contact = session.get(Contact, change.contact_id)
        theirs = actor.scope.user is not None and contact is not None and contact.owner != actor.scope.user
        if contact is None or (theirs and change.field != "owner"):
            continue
        if change.field == "deleted":
            contact.deleted_at = None
        elif value_of(contact, change.field) != change.new:
            stayed += 1
            continue
        else:
            set_value(session, contact, change.field, change.old)
        change.undone = True
        contact.version += 1
        refresh_search(contact)
        back += 1
    if not back:
        raise NotFound("There is nothing to undo.")
    actor.note(session, "contact.undo", f"{back} contacts")
    return back, stayed


def remove(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[str, int]:
    """Delete contacts; they can be restored for 30 days. Gives (batch to undo it, how many)."""
    batch, count = secrets.token_hex(8), 0
    for id_ in ids[:MOST_AT_ONCE]:
        contact = contact_of(session, actor.scope, actor.workspace_id, id_)
        contact.deleted_at = now()
        contact.version += 1
        write_change(session, actor, contact, "deleted", False, True, batch)
        count += 1
    actor.note(session, "contact.delete", f"{count} contacts")
    return batch, count


def restore(session: Session, actor: Actor, id_: int) -> Contact:
    """Bring a deleted contact back."""
    contact = contact_of(session, actor.scope, actor.workspace_id, id_, deleted=True)
    if contact.deleted_at is not None:
        contact.deleted_at = None
        contact.version += 1
        write_change(session, actor, contact, "deleted", True, False, secrets.token_hex(8))
        actor.note(session, "contact.restore", contact.key)
    return contact


def purge(session: Session) -> int:
    """Take away for good what was deleted over 30 days ago; its events stay."""
    due = session.scalars(
        select(Contact.id)
        .where(Contact.deleted_at < now() - KEPT_DELETED, Contact.merged_into.is_(None))
        .limit(500)
    ).all()
    for id_ in due:
        merged = session.scalars(
            select(ContactMerge.merged_id).where(
                ContactMerge.kept_id == id_, ContactMerge.undone_at.is_(None)
            )
        ).all()
        for one in (id_, *merged):
            for table in (ContactKey, ContactCampaign, ContactChange, ContactNote, ContactConsent):
                session.execute(delete(table).where(table.contact_id == one))
            for deal in session.scalars(select(Deal).where(Deal.contact_id == one)):
                deal.contact_id = None
        session.execute(
            delete(ContactMerge).where((ContactMerge.kept_id == id_) | (ContactMerge.merged_id == id_))
        )
        session.flush()
        for one in (id_, *merged):
            session.execute(delete(Contact).where(Contact.id == one))
    return len(due)
