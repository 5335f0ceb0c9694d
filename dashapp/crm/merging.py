"""Two contacts that are one person: made one with both histories, and two again if that was wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dashapp.crm.contact_sync import first_response
from dashapp.crm.contacts import Actor, contact_of, refresh_search
from dashapp.db.base import now
from dashapp.db.contacts import (
    Contact,
    ContactCampaign,
    ContactConsent,
    ContactKey,
    ContactMerge,
    ContactNote,
    Deal,
)
from dashapp.errors import NotFound, Refused

_FIGURES: Final = ("sent", "opened", "clicked", "replied", "engagement")
_TIMES: Final = ("first_activity_at", "last_activity_at")


def merge(session: Session, actor: Actor, kept_id: int, merged_id: int) -> ContactMerge:
    """Make `merged_id` part of `kept_id`: its addresses, notes, deals, consents and campaigns move, its fields fill
    gaps.

    Raises NotFound, and Refused for a contact and itself.
    """
    if kept_id == merged_id:
        raise Refused("A contact cannot be merged with itself.")
    # Locked by id: two people who merge them the other way round at once would leave neither.
    found = {
        id_: contact_of(session, actor.scope, actor.workspace_id, id_, lock=True)
        for id_ in sorted((kept_id, merged_id))
    }
    kept, other = found[kept_id], found[merged_id]
    moved: dict[str, Any] = {
        "keys": _move(session, ContactKey, ContactKey.key, other.id, kept.id),
        "notes": _move(session, ContactNote, ContactNote.id, other.id, kept.id),
        "deals": _move(session, Deal, Deal.id, other.id, kept.id),
        "consents": _move(session, ContactConsent, ContactConsent.id, other.id, kept.id),
        "before": _snapshot(kept),
    }
    had = set(session.scalars(select(ContactCampaign.campaign).where(ContactCampaign.contact_id == kept.id)))
    own = session.scalars(select(ContactCampaign.campaign).where(ContactCampaign.contact_id == other.id))
    moved["campaigns"] = [name for name in own if name not in had]
    for name in moved["campaigns"]:
        session.add(ContactCampaign(contact_id=kept.id, campaign=name, workspace_id=actor.workspace_id))
    _fill(kept, other)
    moved["after"] = _snapshot(kept)
    other.merged_into, other.deleted_at = kept.id, now()
    kept.version += 1
    session.flush()
    kept.first_response_s = first_response(session, kept)
    row = ContactMerge(
        workspace_id=actor.workspace_id, kept_id=kept.id, merged_id=other.id, moved=moved, actor=actor.name
    )
    session.add(row)
    session.flush()
    actor.note(session, "contact.merge", f"{other.key} into {kept.key}")
    return row


def unmerge(session: Session, actor: Actor, merge_id: int) -> Contact:
    """Undo a merge; gives the contact that is there again. What was added since stays with the kept one."""
    row = session.get(ContactMerge, merge_id, with_for_update=True)
    if row is None or row.workspace_id != actor.workspace_id or row.undone_at is not None:
        raise NotFound("There is nothing to undo.")
    kept = contact_of(session, actor.scope, actor.workspace_id, row.kept_id)
    later = select(ContactMerge.id).where(
        ContactMerge.kept_id == kept.id, ContactMerge.id > row.id, ContactMerge.undone_at.is_(None)
    )
    if session.scalar(later) is not None:
        raise Refused("Undo the later merge first.")
    other = session.get_one(Contact, row.merged_id)
    other.merged_into, other.deleted_at = None, None
    moved = row.moved
    session.execute(
        update(ContactKey)
        .where(ContactKey.workspace_id == actor.workspace_id, ContactKey.key.in_(moved["keys"]))
        .values(contact_id=other.id)
    )
    for table, name in ((ContactNote, "notes"), (Deal, "deals"), (ContactConsent, "consents")):
        session.execute(update(table).where(table.id.in_(moved[name])).values(contact_id=other.id))
    for name in moved["campaigns"]:
        found = session.get(ContactCampaign, (kept.id, name))
        if found is not None:
            session.delete(found)
    _restore(kept, moved["before"], moved["after"])
    other.version += 1
    kept.version += 1
    row.undone_at = now()
    session.flush()
    for contact in (kept, other):
        refresh_search(contact)
        contact.first_response_s = first_response(session, contact)
    actor.note(session, "contact.unmerge", f"{other.key} from {kept.key}")
    return other


def merges_of(session: Session, contact: Contact) -> list[ContactMerge]:
    """The merges that made a contact what it is, newest first, without those undone."""
    return list(
        session.scalars(
            select(ContactMerge)
            .where(ContactMerge.kept_id == contact.id, ContactMerge.undone_at.is_(None))
            .order_by(ContactMerge.id.desc())
        )
    )


def _move(session: Session, table: Any, id_column: Any, from_id: int, to_id: int) -> list[Any]:
    ids = list(session.scalars(select(id_column).where(table.contact_id == from_id)))
    session.execute(update(table).where(table.contact_id == from_id).values(contact_id=to_id))
    return ids


def _snapshot(contact: Contact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "phone": contact.phone,
        "company_id": contact.company_id,
        "tags": list(contact.tags),
        "fields": dict(contact.fields),
        **{name: getattr(contact, name) for name in _FIGURES},
        **{name: at.isoformat() if (at := getattr(contact, name)) else None for name in _TIMES},
    }


def _fill(kept: Contact, other: Contact) -> None:
    kept.name = kept.name or other.name
    kept.phone = kept.phone or other.phone
    kept.company_id = kept.company_id or other.company_id
    kept.tags = sorted({*kept.tags, *other.tags}, key=str.casefold)
    kept.fields = {**other.fields, **kept.fields}
    for name in _FIGURES:
        setattr(kept, name, getattr(kept, name) + getattr(other, name))
    first = [at for at in (kept.first_activity_at, other.first_activity_at) if at]
    last = [at for at in (kept.last_activity_at, other.last_activity_at) if at]
    kept.first_activity_at, kept.last_activity_at = min(first, default=None), max(last, default=None)
    refresh_search(kept)


def _restore(kept: Contact, before: dict[str, Any], after: dict[str, Any]) -> None:
    """What the merge changed goes back; what somebody edited since stays."""
    now_ = _snapshot(kept)
    for name, value in before.items():
        if now_[name] != after[name]:
            continue
        setattr(kept, name, datetime.fromisoformat(value) if name in _TIMES and value else value)
