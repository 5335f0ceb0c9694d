"""Contacts changed by hand, one at a time, with optimistic locking and a history.

Every change is a row of its history and one of the audit trail.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.crm.contacts.actor import Actor, Stale, contact_of, lock_people
from dashapp.crm.contacts.values import EDITABLE, checked
from dashapp.crm.folding import fold, searchable
from dashapp.db.base import now
from dashapp.db.contacts import Company, Contact, ContactChange, ContactKey
from dashapp.errors import Refused
from data.upsert import insert_for


def create(session: Session, actor: Actor, values: Mapping[str, Any], *, origin: str = "hand") -> Contact:
    """A contact made by hand. Raises Refused when the address is none or belongs to a contact already."""
    email = checked(session, actor, "email", values.get("email"))
    if not email:
        raise Refused("A contact needs an e-mail address.")
    lock_people(session, actor.workspace_id)
    taken = session.get(ContactKey, (actor.workspace_id, email))
    if taken is not None:
        raise Refused("There is a contact with this address already.")
    contact = Contact(
        workspace_id=actor.workspace_id, key=email, email=email, origin=origin, owner=actor.name
    )
    for field, value in values.items():
        if field in EDITABLE:
            set_value(session, contact, field, checked(session, actor, field, value))
    refresh_search(contact)
    session.add(contact)
    session.flush()
    session.add(ContactKey(workspace_id=actor.workspace_id, key=email, contact_id=contact.id))
    write_change(session, actor, contact, "created", None, email, secrets.token_hex(8))
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
    change_field(session, actor, contact, field, new, secrets.token_hex(8))
    actor.note(session, "contact.edit", f"{contact.key}: {field}")
    return contact


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


def set_value(session: Session, contact: Contact, field: str, value: Any) -> None:
    """Put a checked value into a field."""
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


def change_field(session: Session, actor: Actor, contact: Contact, field: str, new: Any, batch: str) -> None:
    """Change a field, with a row of history."""
    old = value_of(contact, field)
    set_value(session, contact, field, new)
    contact.version += 1
    contact.updated_at = now()
    refresh_search(contact)
    write_change(session, actor, contact, field, old, new, batch)


def write_change(
    session: Session, actor: Actor, contact: Contact, field: str, old: Any, new: Any, batch: str
) -> None:
    """One row of a contact's history."""
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
            *(contact.fields or {}).values(),
        ]
    )


def company_named(session: Session, workspace_id: int, name: str) -> Company:
    """The company of that name, made when there is none; case and accents do not count."""
    return companies_named(session, workspace_id, [name])[name]


def companies_named(session: Session, workspace_id: int, names: Iterable[str]) -> dict[str, Company]:
    """The companies of many names at once, by these names; nothing for an empty one."""
    keys = {name: fold(name)[:200] for name in names if name}
    found = _companies(session, workspace_id, sorted(set(keys.values())))
    missing = {key: name for name, key in sorted(keys.items(), reverse=True) if key not in found}
    if missing:
        rows = [
            {
                "workspace_id": workspace_id,
                "name": name[:200],
                "name_key": key,
                "version": 1,
                "created_at": now(),
            }
            for key, name in sorted(missing.items())
        ]
        # Somebody else may make the same one just now.
        made = insert_for(session.connection(), Company.__table__).on_conflict_do_nothing()
        session.connection().execute(made, rows)
        found |= _companies(session, workspace_id, sorted(missing))
    return {name: found[key] for name, key in keys.items()}


def _companies(session: Session, workspace_id: int, keys: Sequence[str]) -> dict[str, Company]:
    found: dict[str, Company] = {}
    for start in range(0, len(keys), 500):
        rows = select(Company).where(
            Company.workspace_id == workspace_id, Company.name_key.in_(keys[start : start + 500])
        )
        found |= {one.name_key: one for one in session.scalars(rows)}
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
