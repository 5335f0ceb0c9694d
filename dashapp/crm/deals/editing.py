"""Deals changed by hand, with optimistic locking and a history. Every change is in the audit trail, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dashapp.crm.contacts import KEPT_DELETED, Actor, Stale, contact_of
from dashapp.crm.deals.reading import deal_of
from dashapp.crm.deals.values import OWN, checked, set_value, text_of_value, value_of
from dashapp.db.base import now
from dashapp.db.contacts import Deal, DealChange
from dashapp.errors import Refused

#: What a new deal can be given, apart from its contact and fields of the workspace's own.
CREATED_WITH: Final = ("title", "stage", "value", "currency", "owner", "expected_close")


def create(session: Session, actor: Actor, values: Mapping[str, Any], *, trail: bool = True) -> Deal:
    """A new deal; `contact` is the id of a contact, whose company it takes; own fields are "field.<key>".

    `trail`: with a row of the audit trail; a file has one for all its rows. Raises NotFound, Refused.
    """
    contact = None
    if values.get("contact"):
        contact = contact_of(session, actor.scope, actor.workspace_id, values["contact"])
    row = Deal(
        workspace_id=actor.workspace_id,
        owner=actor.name,
        title="",
        stage="lead",
        value=0,
        currency="EUR",
        fields={},
    )
    for field, value in values.items():
        if (field in CREATED_WITH or field.startswith(OWN)) and value not in (None, ""):
            set_value(row, field, checked(session, actor.workspace_id, field, value))
    if not row.title:
        raise Refused("A deal needs a name.")
    if contact is not None:
        row.contact_id, row.company_id = contact.id, contact.company_id
        if "owner" not in values:
            row.owner = contact.owner or actor.name
    if actor.scope.user is not None:
        row.owner = actor.scope.user
    session.add(row)
    session.flush()
    _keep_change(session, actor, row, "created", "", row.title)
    if trail:
        actor.note(session, "deal.create", row.title)
    return row


def edit(session: Session, actor: Actor, id_: int, field: str, value: Any, version: int) -> Deal:
    """Change one field of a deal. Raises as `update`."""
    return update(session, actor, id_, {field: value}, version)


def update(
    session: Session, actor: Actor, id_: int, values: Mapping[str, Any], version: int, *, trail: bool = True
) -> Deal:
    """Change several fields at once, or none; what is as it stands is no change.

    Raises Stale when somebody changed one of these fields since `version`, Refused for a wrong value. What was
    changed meanwhile elsewhere in the deal is no conflict.
    """
    row = deal_of(session, actor.scope, actor.workspace_id, id_, lock=True)
    wanted = {field: checked(session, actor.workspace_id, field, value) for field, value in values.items()}
    changes = {
        field: (value_of(row, field), new) for field, new in wanted.items() if value_of(row, field) != new
    }
    if not changes:
        return row
    if row.version != version:
        _refuse_stale(session, row, changes, version)
    row.version += 1
    row.updated_at = now()
    for field, (old, new) in changes.items():
        set_value(row, field, new)
        _keep_change(session, actor, row, field, text_of_value(field, old), text_of_value(field, new))
    session.flush()
    if trail:
        told = ", ".join(f"{field} {old} → {new}" for field, (old, new) in changes.items())
        actor.note(session, "deal.edit", f"{row.title}: {told}")
    return row


def remove(session: Session, actor: Actor, id_: int) -> None:
    """Delete a deal; it can be restored."""
    row = deal_of(session, actor.scope, actor.workspace_id, id_)
    row.deleted_at = now()
    _keep_change(session, actor, row, "deleted", "", row.title)
    actor.note(session, "deal.delete", row.title)


def restore(session: Session, actor: Actor, id_: int) -> None:
    """Bring a deleted deal back. Raises NotFound."""
    row = deal_of(session, actor.scope, actor.workspace_id, id_, deleted=True)
    if row.deleted_at is None:
        return
    row.deleted_at = None
    _keep_change(session, actor, row, "restored", "", row.title)
    actor.note(session, "deal.restore", row.title)


def history_of(session: Session, deal: Deal, most: int = 100) -> list[DealChange]:
    """The changes of a deal, newest first."""
    rows = select(DealChange).where(DealChange.deal_id == deal.id).order_by(DealChange.id.desc())
    return list(session.scalars(rows.limit(most)))


def purge(session: Session) -> int:
    """Take away for good what was deleted over 30 days ago; gives how many, 500 at most."""
    due = session.scalars(select(Deal.id).where(Deal.deleted_at < now() - KEPT_DELETED).limit(500)).all()
    session.execute(delete(DealChange).where(DealChange.deal_id.in_(due)))
    session.execute(delete(Deal).where(Deal.id.in_(due)))
    return len(due)


def _refuse_stale(session: Session, deal: Deal, changes: Mapping[str, tuple[Any, Any]], version: int) -> None:
    """Raise Stale for the first field that somebody changed after `version`."""
    since = {
        change.field: change.actor
        for change in session.scalars(
            select(DealChange)
            .where(DealChange.deal_id == deal.id, DealChange.version > version)
            .order_by(DealChange.id)
        )
    }
    for field, (old, _) in changes.items():
        if field in since:
            raise Stale(field, text_of_value(field, old), deal.version, since[field])


def _keep_change(session: Session, actor: Actor, deal: Deal, field: str, old: str, new: str) -> None:
    session.add(
        DealChange(
            workspace_id=actor.workspace_id,
            deal_id=deal.id,
            actor=actor.name,
            field=field,
            old=old,
            new=new,
            version=deal.version,
        )
    )
