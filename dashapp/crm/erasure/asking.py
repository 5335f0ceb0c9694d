"""Asking for a person to be erased: they are gone from the app at once, from the lake by the job soon after."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.crm.contacts import Actor, contact_of
from dashapp.crm.erasure import guests, sweep
from dashapp.crm.folding import name_of
from dashapp.db.contacts import Contact, ContactKey, Erasure
from dashapp.db.jobs import ask_for
from dashapp.db.tenants import AgencyMember, User, WorkspaceMember
from dashapp.errors import Refused
from data.lake.erased import digest, erased_key, key_of
from data.lake.markers import Person

#: The job that takes them out of the lake (jobs/catalog/erase_people.py).
JOB: Final = "erase-people"
VERB: Final = "contact.erase"


def ask(session: Session, actor: Actor, id_: int, typed: str, secret_key: str) -> Erasure:
    """Erase a contact for good; `typed`: their address once more, as a person wrote it.

    All of it, or nothing, in the caller's transaction. Raises NotFound, and Refused for another address, or for
    that of a colleague.
    """
    contact = contact_of(session, actor.scope, actor.workspace_id, id_, deleted=True, lock=True)
    contacts = _with_merged(session, contact)
    keys = _keys(session, contacts)
    if typed.strip().lower() not in keys:
        raise Refused("To confirm, type the address or id of this contact exactly.")
    if colleague := _colleague(session, actor, keys):
        raise Refused("{who} works here: take them off the team first.", who=colleague)
    person = Person(actor.workspace_id, keys, _names(contacts), key_of(session.connection().engine))
    row = Erasure(
        workspace_id=actor.workspace_id,
        asked_by=actor.name,
        sealed=tokens.seal(secret_key, json.dumps({"keys": keys, "names": person.names})),
    )
    session.add(row)
    session.flush()
    refuse_from_now_on(session, person, row.id)
    removed = sweep.remove(session.connection(), person, [one.id for one in contacts])
    session.expire_all()
    removed += sweep.sweep(session.connection(), person)
    removed += guests.end(session.connection(), person)
    removed += Counter(audit_entry=sweep.sweep_audit(session.connection(), person))
    row.proof = {"app": dict(removed), "pseudonyms": sorted(person.pseudonyms.values())}
    actor.note(session, VERB, f"erasure {row.id}")
    ask_for(session, JOB, actor.workspace_id)
    return row


def refuse_from_now_on(session: Session, person: Person, erasure_id: int) -> None:
    """Keep the hashes they are known by; twice is once."""
    known = set(
        session.scalars(select(erased_key.c.digest).where(erased_key.c.workspace_id == person.workspace_id))
    )
    made = {digest(person.key, person.workspace_id, one) for one in person.keys}
    rows = [
        {"workspace_id": person.workspace_id, "digest": one, "erasure_id": erasure_id}
        for one in sorted(made - known)
    ]
    if rows:
        session.execute(insert(erased_key), rows)


def erasures_of(session: Session, workspace_id: int, most: int = 100) -> list[Erasure]:
    """The erasures of a workspace, newest first."""
    query = select(Erasure).where(Erasure.workspace_id == workspace_id).order_by(Erasure.id.desc())
    return list(session.scalars(query.limit(most)))


def erasure_by_address(session: Session, workspace_id: int, address: str) -> Erasure | None:
    """The erasure of the person with this address or lead id; None where there was none."""
    made = digest(key_of(session.connection().engine), workspace_id, address.strip().lower())
    id_ = session.scalar(
        select(erased_key.c.erasure_id).where(
            erased_key.c.workspace_id == workspace_id, erased_key.c.digest == made
        )
    )
    return None if id_ is None else session.get(Erasure, id_)


def person_of(row: Erasure, secret_key: str, key: bytes) -> Person:
    """Who is to be erased, for the job. Raises BadSetting when it was sealed with another secret key."""
    assert row.sealed is not None, "the erasure is done, and nobody knows who it was"
    said: dict[str, Any] = json.loads(tokens.unseal(secret_key, row.sealed))
    return Person(row.workspace_id, tuple(said["keys"]), tuple(said["names"]), key)


def _with_merged(session: Session, contact: Contact) -> list[Contact]:
    found, last = [contact], [contact.id]
    while last:
        more = session.scalars(select(Contact).where(Contact.merged_into.in_(last))).all()
        found, last = [*found, *more], [one.id for one in more]
    return found


def _keys(session: Session, contacts: Sequence[Contact]) -> tuple[str, ...]:
    ids = [one.id for one in contacts]
    found = set(session.scalars(select(ContactKey.key).where(ContactKey.contact_id.in_(ids))))
    found |= {one.key for one in contacts} | {one.email for one in contacts if one.email}
    return tuple(sorted(key.lower() for key in found))


def _names(contacts: Sequence[Contact]) -> tuple[str, ...]:
    """Full names, and telephone numbers; a single word names too many."""
    names = {name for one in contacts for name in (one.name, name_of(one.name, one.key))}
    found = {name for name in names if len(re.findall(r"\w{2,}", name)) >= 2 and "@" not in name}
    found |= {one.phone for one in contacts if len(re.sub(r"\D", "", one.phone)) >= 7}
    return tuple(sorted(found))


def _colleague(session: Session, actor: Actor, keys: Sequence[str]) -> str | None:
    team = select(AgencyMember.user_id).where(AgencyMember.agency_id == actor.workspace.managing_agency_id)
    own = select(WorkspaceMember.user_id).where(WorkspaceMember.workspace_id == actor.workspace_id)
    query = select(User.email).where(User.email.in_(keys), or_(User.id.in_(team), User.id.in_(own)))
    return session.scalars(query).first()
