"""Contacts from files: columns are guessed, every row is accounted for, and a dry run says what would happen.

The same door for `vitrine ingest` (reference data `leads`) and for a CSV given in the desk.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dashapp.crm.contact_sync import first_response
from dashapp.crm.contacts import (
    LONGEST_TEXT,
    Actor,
    companies_named,
    refresh_search,
)
from dashapp.crm.fields import FileFields
from dashapp.crm.folding import fold
from dashapp.db.contacts import CONTACT, STATUSES, Company, Contact, ContactChange, ContactKey
from dashapp.errors import Refused
from data.errors import BadRecord
from data.events.canonical import Parked
from data.events.times import moment
from data.lake import erased

#: What a column may be taken for, by the names people give it (folded, without signs).
GUESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "emailaddress", "mail", "lead", "courriel", "adresseemail", "emailadresse"),
    "name": ("name", "fullname", "contact", "nom", "nomcomplet", "kontakt"),
    "first_name": ("firstname", "givenname", "prenom", "vorname"),
    "last_name": ("lastname", "surname", "familyname", "nomdefamille", "nachname"),
    "company": (
        "company",
        "companyname",
        "organisation",
        "organization",
        "account",
        "entreprise",
        "societe",
        "firma",
    ),
    "phone": ("phone", "phonenumber", "telephone", "mobile", "tel", "telefon"),
    "owner": ("owner", "user", "assignedto", "proprietaire", "responsable"),
    "status": ("status", "leadstatus", "stage", "statut"),
    "tags": ("tags", "labels", "etiquettes"),
    "created_at": ("createdat", "created", "createdate", "datecreated", "creele"),
}
TARGETS: Final = (*GUESSES, "custom", "ignore")
#: Rows written in one transaction.
BATCH: Final = 500
MOST_TOLD: Final = 50
_EMAIL: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}\.[^\s@<>\"'.]{2,63}")


@dataclass
class Loaded:
    """What became of a file's rows: read = new + changed + same + refused."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Parked] = field(default_factory=list)


def guess(columns: Sequence[str]) -> dict[str, str]:
    """What each column is taken for: a field of a contact, or "custom"; no field twice."""
    found: dict[str, str] = {}
    for column in columns:
        bare = re.sub(r"[^a-z0-9]", "", fold(column))
        target = next((name for name, known in GUESSES.items() if bare in known), "custom")
        found[column] = target if target == "custom" or target not in found.values() else "custom"
    return found


def load(
    session_of: Any,
    actor: Actor,
    records: Iterable[Mapping[str, Any] | Parked],
    mapping: Mapping[str, str] | None = None,
    *,
    dry: bool = False,
) -> Loaded:
    """Take in rows. `session_of()`: a transaction that writes; each batch is one. `dry`: nothing is kept.

    `mapping`: column → target of TARGETS; without it columns are guessed by the first row.
    """
    told = Loaded()
    batch: list[tuple[int, dict[str, Any]]] = []
    guessed: dict[str, str] | None = None  # of files whose rows need not have the same columns

    def flush() -> None:
        if batch:
            with session_of() as session:
                _keep(session, actor, batch, told)
                if dry:
                    session.rollback()
            batch.clear()

    for number, record in enumerate(records, 1):
        told.read += 1
        if isinstance(record, Parked):
            told.refused.append(record)
            continue
        if mapping is None or not (guessed is None or guessed.keys() >= record.keys()):
            named = [*(guessed or {}), *(name for name in record if not str(name).startswith("_"))]
            mapping = guessed = guess(list(dict.fromkeys(named)))
        try:
            batch.append((number, _row(record, mapping)))
        except BadRecord as error:
            told.refused.append(Parked(f"leads row {number}", str(error), str(dict(record))[:2_000]))
        if len(batch) >= BATCH:
            flush()
    flush()
    return told


def _row(record: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The values of one row by target. Raises BadRecord with what is wrong."""
    values: dict[str, Any] = {"custom": {}}
    for column, target in mapping.items():
        value = record.get(column)
        if value is None or value == "" or target == "ignore":
            continue
        if isinstance(value, list):
            value = ",".join(str(one) for one in value)
        text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
        if len(text) > 2_000:
            raise BadRecord(f"{column} has more than 2,000 characters")
        if target == "custom":
            values["custom"][column[:60]] = text[:LONGEST_TEXT]
        elif text:
            values[target] = text
    key = str(values.get("email", "")).lower()
    if not key:
        raise BadRecord("email is missing")
    if len(key) > 320 or ("@" in key and not _EMAIL.fullmatch(key)):
        raise BadRecord(f"{key[:60]!r} is no e-mail address")
    name = values.get("name") or " ".join(
        part for part in (values.get("first_name"), values.get("last_name")) if part
    )
    status = str(values.get("status", "")).lower().replace(" ", "_").replace("-", "_")
    if status and status not in STATUSES:
        values["custom"]["Status"] = values["status"][:LONGEST_TEXT]
        status = ""
    return {
        "key": key,
        "name": name[:LONGEST_TEXT],
        "company": str(values.get("company", ""))[:LONGEST_TEXT],
        "phone": str(values.get("phone", ""))[:60],
        "owner": str(values.get("owner", "")).lower()[:254],
        "status": status,
        "tags": [t.strip()[:40] for t in re.split(r"[,;|]", str(values.get("tags", ""))) if t.strip()][:30],
        "created_at": _moment(values.get("created_at")),
        "custom": values["custom"],
    }


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    text = str(value)
    return moment(
        f"{text}T00:00:00+00:00" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text, "created_at"
    )


def _keep(session: Session, actor: Actor, batch: Sequence[tuple[int, dict[str, Any]]], told: Loaded) -> None:
    fields = FileFields(session, actor.workspace, CONTACT, actor.name)
    companies = companies_named(session, actor.workspace_id, {row["company"] for _, row in batch})
    fresh: list[Contact] = []
    keys = [row["key"] for _, row in batch]
    known = {
        row[0]: row[1]
        for row in session.execute(
            select(ContactKey.key, Contact)
            .join(Contact, Contact.id == ContactKey.contact_id)
            .where(ContactKey.workspace_id == actor.workspace_id, ContactKey.key.in_(keys))
        )
    }
    action, gone = secrets.token_hex(8), erased.of(session.connection(), actor.workspace_id)
    for number, row in batch:
        contact = known.get(row["key"])
        if gone is not None and gone.find(row["key"]) is not None:
            told.refused.append(Parked(f"leads row {number}", "this person was erased", ""))
            continue
        if contact is not None and actor.scope.user not in (None, contact.owner):
            why = "this contact is a colleague's"
            told.refused.append(Parked(f"leads row {number}", why, row["key"]))
            continue
        try:
            own = fields.values(row["custom"])
        except Refused as error:
            told.refused.append(Parked(f"leads row {number}", str(error), row["key"]))
            continue
        if contact is None:
            contact = Contact(
                workspace_id=actor.workspace_id,
                key=row["key"],
                email=row["key"] if "@" in row["key"] else None,
                origin="file",
                owner=actor.scope.user,
                tags=[],
                fields={},
                status="new",
                name="",
                phone="",
            )
            known[row["key"]] = contact
            _apply(contact, row, own, actor, companies)
            fresh.append(contact)
            told.new += 1
            continue
        if contact in fresh:  # twice in the file: its history needs its id
            _add_new(session, fresh)
        changes = _apply(contact, row, own, actor, companies)
        contact.version += bool(changes)
        if contact.lead_created_at is not None and "created_at" in changes:
            contact.first_response_s = first_response(session, contact)
        for name, (old, new) in changes.items():
            if name != "created_at":
                session.add(
                    ContactChange(
                        workspace_id=actor.workspace_id,
                        contact_id=contact.id,
                        actor=actor.name,
                        field=name,
                        old=old,
                        new=new,
                        batch=action,
                        version=contact.version,
                    )
                )
        if changes:
            told.changed += 1
        else:
            told.same += 1
    _add_new(session, fresh)


def _add_new(session: Session, contacts: list[Contact]) -> None:
    """Write new contacts together, with the keys they are known by, and empty the list."""
    session.add_all(contacts)
    session.flush()
    if contacts:
        keys = [{"workspace_id": one.workspace_id, "key": one.key, "contact_id": one.id} for one in contacts]
        session.execute(insert(ContactKey), keys)
    contacts.clear()


def _apply(
    contact: Contact,
    row: dict[str, Any],
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
