"""A batch of a file's rows, kept as contacts: new ones in a few statements, known ones by what the rows change."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, joinedload

from dashapp.crm.contact_sync import first_response
from dashapp.crm.contacts import Actor, companies_named, refresh_search
from dashapp.crm.contacts.actor import lock_people
from dashapp.crm.fields import FileFields
from dashapp.crm.folding import fold, searchable
from dashapp.crm.listing import unindexed
from dashapp.db.base import now
from dashapp.db.contacts import CONTACT, Company, Contact, ContactChange, ContactKey
from dashapp.errors import Refused
from data.events.canonical import Parked
from data.lake import erased

#: Keys asked for in one statement.
_ASKED: Final = 500
Row = Mapping[str, Any]


@dataclass
class Loaded:
    """What became of a file's rows: read = new + changed + same + refused."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Parked] = field(default_factory=list)


def keep(session: Session, actor: Actor, batch: Sequence[tuple[int, Row]], told: Loaded) -> None:
    """Keep rows (imports.row_of) under their numbers, and count in `told` what became of them."""
    lock_people(session, actor.workspace_id)
    fields = FileFields(session, actor.workspace, CONTACT, actor.name)
    companies = companies_named(session, actor.workspace_id, {row["company"] for _, row in batch})
    known = _known(session, actor.workspace_id, [row["key"] for _, row in batch])
    fresh: dict[str, dict[str, Any]] = {}
    history: list[dict[str, Any]] = []
    action, gone = secrets.token_hex(8), erased.of(session.connection(), actor.workspace_id)
    for number, row in batch:
        key = row["key"]
        if gone is not None and gone.find(key) is not None:
            told.refused.append(Parked(f"leads row {number}", "this person was erased", ""))
            continue
        contact = known.get(key)
        if contact is not None and actor.scope.user not in (None, contact.owner):
            told.refused.append(Parked(f"leads row {number}", "this contact is a colleague's", key))
            continue
        try:
            own = fields.values(row["custom"])
        except Refused as error:
            told.refused.append(Parked(f"leads row {number}", str(error), key))
            continue
        if contact is None and key not in fresh:
            fresh[key] = _new(actor, row, own, companies)
            told.new += 1
            continue
        if contact is None:  # twice in the file: its history needs its id
            _add_new(session, fresh)
            known |= _known(session, actor.workspace_id, [key])
            contact = known[key]
        changes = _apply(contact, row, own, actor, companies)
        contact.version += bool(changes)
        if contact.lead_created_at is not None and "created_at" in changes:
            contact.first_response_s = first_response(session, contact)
        history += [
            _change(actor, contact, name, old, new, action)
            for name, (old, new) in changes.items()
            if name != "created_at"
        ]
        if changes:
            told.changed += 1
        else:
            told.same += 1
    _add_new(session, fresh)
    if history:
        session.flush()
        session.execute(insert(ContactChange), history)


def _known(session: Session, workspace_id: int, keys: Sequence[str]) -> dict[str, Contact]:
    found: dict[str, Contact] = {}
    for start in range(0, len(keys), _ASKED):
        rows = session.execute(
            select(ContactKey.key, Contact)
            .join(Contact, Contact.id == ContactKey.contact_id)
            .where(ContactKey.workspace_id == workspace_id, ContactKey.key.in_(keys[start : start + _ASKED]))
            .options(joinedload(Contact.company))
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def _new(actor: Actor, row: Row, own: Mapping[str, str], companies: Mapping[str, Company]) -> dict[str, Any]:
    """The columns of a contact that nobody knew."""
    key = row["key"]
    email = key if "@" in key else None
    company = companies.get(row["company"])
    tags = sorted(set(row["tags"]), key=str.casefold)
    by_hand = row["status"] not in ("", "new")
    at = now()
    return {
        "workspace_id": actor.workspace_id,
        "key": key,
        "email": email,
        "name": row["name"],
        "name_key": fold(row["name"] or key)[:320],
        "phone": row["phone"],
        "company_id": company.id if company else None,
        "owner": (row["owner"] or None) if actor.scope.user is None else actor.scope.user,
        "status": row["status"] or "new",
        "status_by_hand": by_hand,
        "tags": tags,
        "fields": dict(own),
        "origin": "file",
        "search": searchable(
            [row["name"], key, email, company.name if company else None, *tags, *own.values()]
        ),
        "lead_created_at": row["created_at"],
        "created_at": at,
        "updated_at": at,
    }


def _add_new(session: Session, fresh: dict[str, dict[str, Any]]) -> None:
    """Write new contacts together, with the keys they are known by, and empty the list."""
    if not fresh:
        return
    rows = list(fresh.values())
    connection = session.connection()
    # RETURNING would be a statement a row on SQLite. Nobody else makes contacts of the workspace meanwhile
    # (`lock_people`), so those above what there was are these.
    before = connection.scalar(select(func.max(Contact.id))) or 0
    connection.execute(insert(Contact), rows)
    made = select(Contact.id, Contact.key).where(
        Contact.id > before, unindexed(session, Contact.workspace_id) == rows[0]["workspace_id"]
    )
    keys = [
        {"workspace_id": rows[0]["workspace_id"], "key": key, "contact_id": id_}
        for id_, key in connection.execute(made)
        if key in fresh
    ]
    connection.execute(insert(ContactKey), keys)
    fresh.clear()


def _change(actor: Actor, contact: Contact, name: str, old: Any, new: Any, batch: str) -> dict[str, Any]:
    return {
        "workspace_id": actor.workspace_id,
        "contact_id": contact.id,
        "actor": actor.name,
        "field": name,
        "old": old,
        "new": new,
        "batch": batch,
        "version": contact.version,
    }


def _apply(
    contact: Contact,
    row: Row,
    own: Mapping[str, str],
    actor: Actor,
    companies: Mapping[str, Company],
) -> dict[str, tuple[Any, Any]]:
    """Set what a row tells (`own`: of custom fields); what it leaves empty stays. Gives (old, new) by field."""
    changes: dict[str, tuple[Any, Any]] = {}

    def put(name: str, new: Any, old: Any) -> bool:
        if new and new != old:
            changes[name] = (old, new)
            return True
        return False

    for name in ("name", "phone"):
        if put(name, row[name], getattr(contact, name)):
            setattr(contact, name, row[name])
    if actor.scope.user is None and put("owner", row["owner"], contact.owner):
        contact.owner = row["owner"]
    # A list exported elsewhere knows nothing of a no: only a person takes it back.
    if contact.status != "do_not_contact" and put("status", row["status"], contact.status):
        contact.status, contact.status_by_hand = row["status"], True
    tags = sorted({*contact.tags, *row["tags"]}, key=str.casefold)
    if put("tags", tags, contact.tags):
        contact.tags = tags
    if put("company", row["company"], contact.company.name if contact.company else ""):
        contact.company = companies[row["company"]]
    for key, text in own.items():
        if put(f"field.{key}", text, contact.fields.get(key)):
            contact.fields = {**contact.fields, key: text}
    if row["created_at"] is not None and put("created_at", row["created_at"], contact.lead_created_at):
        contact.lead_created_at = row["created_at"]
        changes["created_at"] = (None, row["created_at"])
    if changes or not contact.search:
        refresh_search(contact)
    return changes
