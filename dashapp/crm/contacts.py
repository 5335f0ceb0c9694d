"""Contacts changed by hand: one at a time with optimistic locking, or many at once with undo.

Every change is a row of its history and one of the audit trail. Nothing is taken away for good here: deleting
marks, and for 30 days a contact can be restored.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.crm.folding import fold, searchable
from dashapp.crm.listing import mine
from dashapp.db.base import now
from dashapp.db.contacts import (
    CONSENT_KINDS,
    STATUSES,
    Company,
    Contact,
    ContactCampaign,
    ContactChange,
    ContactConsent,
    ContactKey,
    ContactMerge,
    ContactNote,
    CustomField,
    Deal,
)
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused, VitrineError
from data.scope import Scope

NO_CONTACT: Final = "There is no such contact."
#: Characters of a note, and of any other text of a contact.
LONGEST_NOTE: Final = 20_000
LONGEST_TEXT: Final = 200
MOST_TAGS: Final = 30
MOST_FIELDS: Final = 100
#: How many contacts one bulk action changes.
MOST_AT_ONCE: Final = 10_000
#: How long a deleted contact can be restored.
KEPT_DELETED: Final = timedelta(days=30)
_EMAIL: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}\.[^\s@<>\"'.]{2,63}")
#: Fields of a contact that are edited as texts.
TEXTS: Final = ("name", "email", "phone")
EDITABLE: Final = (*TEXTS, "company", "owner", "status", "tags")


class Stale(VitrineError):
    """Somebody changed the contact in between: `theirs` is what stands now, `version` what to save over it."""

    status = 409

    def __init__(self, field: str, theirs: Any, version: int, who: str) -> None:
        super().__init__("Somebody else changed this in the meantime.")
        self.field, self.theirs, self.version, self.who = field, theirs, version, who


@dataclass(frozen=True)
class Actor:
    """Who changes something in which workspace, as it is kept: `name` for the history, `ip` for the audit trail."""

    name: str
    workspace: Workspace
    scope: Scope
    ip: str = ""

    @property
    def workspace_id(self) -> int:
        """The workspace's id, checked against the scope."""
        return self.scope.require(self.workspace.id)

    def note(self, session: Session, verb: str, detail: str) -> None:
        """One row of the audit trail, in the same transaction."""
        audit.record(
            session,
            self.name,
            verb,
            agency_id=self.workspace.managing_agency_id,
            workspace_id=self.workspace_id,
            detail=detail,
            ip=self.ip,
        )


def contact_of(
    session: Session, scope: Scope, workspace_id: int, id_: int, *, deleted: bool = False, lock: bool = False
) -> Contact:
    """A contact within the scope. Raises NotFound; a deleted one is there only where asked for.

    `lock`: nobody else changes it until this transaction ends (SQLite has one writer anyway).
    """
    if type(id_) is not int or not 0 < id_ < 2**62:
        raise NotFound(NO_CONTACT)
    query = select(Contact).where(Contact.id == id_, *mine(scope, workspace_id))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None or row.merged_into is not None or (row.deleted_at is not None and not deleted):
        raise NotFound(NO_CONTACT)
    return row


def contact_by_key(session: Session, scope: Scope, workspace_id: int, key: str) -> Contact | None:
    """The contact a lead id belongs to, within the scope."""
    id_ = session.scalar(
        select(ContactKey.contact_id).where(
            ContactKey.workspace_id == workspace_id, ContactKey.key == key.strip().lower()
        )
    )
    if id_ is None:
        return None
    try:
        return contact_of(session, scope, workspace_id, id_)
    except NotFound:
        return None


def keys_of(session: Session, contact: Contact) -> list[str]:
    """The lead ids a contact is known by."""
    found = select(ContactKey.key).where(ContactKey.contact_id == contact.id).order_by(ContactKey.key)
    return list(session.scalars(found))


def create(session: Session, actor: Actor, values: Mapping[str, Any], *, origin: str = "hand") -> Contact:
    """A contact made by hand. Raises Refused when the address is none or belongs to a contact already."""
    email = checked(session, actor, "email", values.get("email"))
    if not email:
        raise Refused("A contact needs an e-mail address.")
    taken = session.get(ContactKey, (actor.workspace_id, email))
    if taken is not None:
        raise Refused("There is a contact with this address already.")
    contact = Contact(
        workspace_id=actor.workspace_id, key=email, email=email, origin=origin, owner=actor.name
    )
    for field, value in values.items():
        if field in EDITABLE:
            _set(session, contact, field, checked(session, actor, field, value))
    refresh_search(contact)
    session.add(contact)
    session.flush()
    session.add(ContactKey(workspace_id=actor.workspace_id, key=email, contact_id=contact.id))
    _write(session, actor, contact, "created", None, email, secrets.token_hex(8))
    actor.note(session, "contact.create", email)
    return contact


def edit(session: Session, actor: Actor, id_: int, field: str, value: Any, version: int) -> Contact:
    """Change one field. Raises Stale when the contact is not as the editor saw it, Refused for a wrong value.

    An edit of something else than what was changed meanwhile is no conflict: it is kept.
    """
    contact = contact_of(session, actor.scope, actor.workspace_id, id_, lock=True)
    new, old = checked(session, actor, field, value), value_of(contact, field)
    if contact.version != version and new != old:
        since = session.scalars(
            select(ContactChange.actor)
            .where(
                ContactChange.contact_id == contact.id,
                ContactChange.field == field,
                ContactChange.version > version,
            )
            .order_by(ContactChange.id.desc())
        ).first()
        if since is not None:
            raise Stale(field, old, contact.version, since)
    if new == old:
        return contact
    _change(session, actor, contact, field, new, secrets.token_hex(8))
    actor.note(session, "contact.edit", f"{contact.key}: {field}")
    return contact


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
                _change(session, actor, contact, name, wanted, batch)
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
            _set(session, contact, change.field, change.old)
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
        _write(session, actor, contact, "deleted", False, True, batch)
        count += 1
    actor.note(session, "contact.delete", f"{count} contacts")
    return batch, count


def restore(session: Session, actor: Actor, id_: int) -> Contact:
    """Bring a deleted contact back."""
    contact = contact_of(session, actor.scope, actor.workspace_id, id_, deleted=True)
    if contact.deleted_at is not None:
        contact.deleted_at = None
        contact.version += 1
        _write(session, actor, contact, "deleted", True, False, secrets.token_hex(8))
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


def add_note(session: Session, actor: Actor, id_: int, text: str, *, of_company: bool = False) -> ContactNote:
    """A note about a contact or about their company. Raises Refused when it is empty or too long."""
    contact = contact_of(session, actor.scope, actor.workspace_id, id_)
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused("Write something first.")
    if len(text) > LONGEST_NOTE:
        raise Refused("A note has {LONGEST_NOTE} characters at most.", LONGEST_NOTE=LONGEST_NOTE)
    if of_company and contact.company_id is None:
        raise Refused("This contact has no company yet.")
    row = ContactNote(
        workspace_id=actor.workspace_id,
        contact_id=None if of_company else contact.id,
        company_id=contact.company_id if of_company else None,
        text=text,
        author=actor.name,
    )
    session.add(row)
    session.flush()
    actor.note(session, "contact.note", contact.key)
    return row


def set_consent(
    session: Session, actor: Actor, id_: int, kind: str, given: bool, *, ref: str | None = None
) -> ContactConsent:
    """Write down a consent given or withdrawn, with who and when; earlier ones stay in the history."""
    if kind not in CONSENT_KINDS:
        raise Refused("There is no such kind of consent.")
    contact = contact_of(session, actor.scope, actor.workspace_id, id_)
    row = ContactConsent(
        workspace_id=actor.workspace_id,
        contact_id=contact.id,
        kind=kind,
        given=given,
        actor=actor.name,
        ref=ref or secrets.token_hex(8),
    )
    session.add(row)
    session.flush()
    actor.note(session, "contact.consent", f"{contact.key}: {kind} {'given' if given else 'withdrawn'}")
    return row


def consents_of(session: Session, contact: Contact) -> dict[str, list[ContactConsent]]:
    """By kind, newest first."""
    rows = session.scalars(
        select(ContactConsent)
        .where(ContactConsent.contact_id == contact.id)
        .order_by(ContactConsent.at.desc(), ContactConsent.id.desc())
    )
    found: dict[str, list[ContactConsent]] = {kind: [] for kind in CONSENT_KINDS}
    for row in rows:
        found[row.kind].append(row)
    return found


def require_contactable(session: Session, contact: Contact) -> None:
    """Raise Refused for somebody who is not to be contacted: every action of ours towards a person asks this."""
    if contact.status == "do_not_contact":
        raise Refused("This person is not to be contacted.")
    marketing = consents_of(session, contact)["marketing"]
    if marketing and not marketing[0].given:
        raise Refused("This person has withdrawn their consent to marketing.")


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
        tags = sorted({_text(one, 40) for one in value} - {""}, key=str.casefold)
        if len(tags) > MOST_TAGS:
            raise Refused("A contact has {MOST_TAGS} tags at most.", MOST_TAGS=MOST_TAGS)
        if value and not tags:
            raise Refused("Write a tag first.")
        return tags
    if field not in EDITABLE:
        raise Refused("There is no such field.")
    text = _text(value, 254 if field in {"email", "owner"} else LONGEST_TEXT)
    if field == "email":
        text = text.lower()
        if text and not _EMAIL.fullmatch(text):
            raise Refused("This is no e-mail address.")
        return text or None
    if field == "owner":
        text = text.lower()
        if text and not _EMAIL.fullmatch(text):
            raise Refused("The owner is named by their e-mail address.")
        return text or None
    return text


def _text(value: Any, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("A text is needed here.")
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
    text = _text(str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value, 200)
    if not text:
        return None
    if field.kind == "number" and not re.fullmatch(r"-?\d{1,15}([.,]\d{1,6})?", text):
        raise Refused("A number is needed here.")
    if field.kind == "date" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise Refused("A date is needed here, such as 2026-03-31.")
    if field.kind == "choice" and text not in field.choices:
        raise Refused("This is none of the field's choices.")
    return text


def value_of(contact: Contact, field: str) -> Any:
    """What a field holds now."""
    if field.startswith("field."):
        return contact.fields.get(field.removeprefix("field."))
    if field == "company":
        return contact.company.name if contact.company else ""
    if field == "deleted":
        return contact.deleted_at is not None
    if field == "created":
        return contact.key
    return getattr(contact, field)


def _set(session: Session, contact: Contact, field: str, value: Any) -> None:
    if field.startswith("field."):
        key = field.removeprefix("field.")
        kept = {k: v for k, v in contact.fields.items() if k != key}
        contact.fields = kept if value is None else {**kept, key: value}
    elif field == "company":
        contact.company = company_named(session, contact.workspace_id, value) if value else None
    elif field == "status":
        contact.status, contact.status_by_hand = value, True
    elif field != "created":
        setattr(contact, field, value)


def _change(session: Session, actor: Actor, contact: Contact, field: str, new: Any, batch: str) -> None:
    old = value_of(contact, field)
    _set(session, contact, field, new)
    contact.version += 1
    contact.updated_at = now()
    refresh_search(contact)
    _write(session, actor, contact, field, old, new, batch)


def _write(
    session: Session, actor: Actor, contact: Contact, field: str, old: Any, new: Any, batch: str
) -> None:
    session.add(
        ContactChange(
            workspace_id=actor.workspace_id,
            contact_id=contact.id,
            actor=actor.name,
            field=field,
            old=old,
            new=new,
            batch=batch,
            version=contact.version,
        )
    )
    session.flush()


def refresh_search(contact: Contact) -> None:
    """Bring the columns a contact is found and sorted by up to date."""
    contact.name_key = fold(contact.name or contact.key)[:320]
    contact.search = searchable(
        [
            contact.name,
            contact.key,
            contact.email,
            contact.company.name if contact.company else None,
            *(contact.tags or ()),
        ]
    )


def company_named(session: Session, workspace_id: int, name: str) -> Company:
    """The company of that name, made when there is none; case and accents do not count."""
    key = fold(name)[:200]
    found = session.scalars(
        select(Company).where(Company.workspace_id == workspace_id, Company.name_key == key)
    ).one_or_none()
    if found is None:
        found = Company(workspace_id=workspace_id, name=name[:200], name_key=key)
        session.add(found)
        session.flush()
    return found


def history_of(session: Session, contact: Contact, most: int = 200) -> list[ContactChange]:
    """The changes of a contact's fields, newest first."""
    return list(
        session.scalars(
            select(ContactChange)
            .where(ContactChange.contact_id == contact.id)
            .order_by(ContactChange.id.desc())
            .limit(most)
        )
    )


def notes_of(session: Session, contact: Contact) -> list[ContactNote]:
    """Notes about the contact and their company, newest first."""
    whose = ContactNote.contact_id == contact.id
    if contact.company_id is not None:
        whose |= ContactNote.company_id == contact.company_id
    return list(
        session.scalars(
            select(ContactNote)
            .where(ContactNote.workspace_id == contact.workspace_id, whose, ContactNote.deleted_at.is_(None))
            .order_by(ContactNote.id.desc())
        )
    )


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
    label = _text(label, 60)
    key = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:60]
    known = custom_fields(session, actor.workspace_id)
    if not key or kind not in {"text", "number", "date", "choice"}:
        raise Refused("A field needs a name and a kind.")
    if any(one.key == key for one in known):
        raise Refused("There is a field of that name already.")
    if len(known) >= MOST_FIELDS:
        raise Refused("A workspace has {MOST_FIELDS} fields of its own at most.", MOST_FIELDS=MOST_FIELDS)
    row = CustomField(
        workspace_id=actor.workspace_id,
        key=key,
        label=label,
        kind=kind,
        choices=[_text(one, 60) for one in choices][:50],
    )
    session.add(row)
    session.flush()
    actor.note(session, "contact.field", label)
    return row
