"""Who changes something in which workspace, and the contacts within their scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.crm.listing import mine
from dashapp.db.contacts import Contact, ContactKey
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, VitrineError
from data.scope import Scope

#: The class of advisory locks that `lock_people` takes.
_PEOPLE: Final = 1_887_203
NO_CONTACT: Final = "There is no such contact."


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


def lock_people(session: Session, workspace_id: int) -> None:
    """Who makes contacts of a workspace waits here for who does it already, until that transaction ends: both would
    make one of the same person. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_PEOPLE, workspace_id)))


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
