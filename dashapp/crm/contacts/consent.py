"""Notes about a contact, and what they allow: consents with who and when, and whom nobody may write to."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.crm.contacts.actor import Actor, contact_of
from dashapp.db.contacts import CONSENT_KINDS, Contact, ContactConsent, ContactNote
from dashapp.errors import Refused

#: Characters of a note.
LONGEST_NOTE: Final = 20_000


def add_note(session: Session, actor: Actor, id_: int, text: str, *, of_company: bool = False) -> ContactNote:
    """A note about a contact or about their company. Raises Refused when it is empty or too long."""
    contact = contact_of(session, actor.scope, actor.workspace_id, id_)
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused("Write something first.")
    if len(text) > LONGEST_NOTE:
        raise Refused("A note can have at most {LONGEST_NOTE} characters.", LONGEST_NOTE=LONGEST_NOTE)
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
