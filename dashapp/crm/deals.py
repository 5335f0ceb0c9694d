"""Deals: a stage, a value, an owner, an expected close; as a table and as a board by stage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from dashapp.crm.contacts import Actor, Stale, contact_of
from dashapp.crm.listing import mine
from dashapp.db.base import now
from dashapp.db.contacts import STAGES, Contact, Deal
from dashapp.errors import NotFound, Refused
from data.scope import Scope

NO_DEAL: Final = "There is no such deal."
#: Deals of one stage that the board shows; the table has all.
ON_BOARD: Final = 100
PAGE: Final = 100
#: The largest value, in cents: what every number column and every browser holds exactly.
MOST_VALUE: Final = 10**14


@dataclass(frozen=True)
class Stage:
    """One column of the board: its deals, how many there are in all, and what they are worth by currency."""

    name: str
    deals: Sequence[Deal]
    count: int
    worth: Mapping[str, int]


def _mine(scope: Scope, workspace_id: int) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Deal.workspace_id == scope.require(workspace_id),
        Deal.deleted_at.is_(None),
    ]
    if scope.user is not None:
        found.append(Deal.owner == scope.user)
    if scope.campaigns is not None:
        found.append(Deal.contact_id.in_(select(Contact.id).where(*mine(scope, workspace_id))))
    return found


def board(session: Session, scope: Scope, workspace_id: int) -> list[Stage]:
    """Every stage in its order."""
    worth: dict[str, dict[str, int]] = {stage: {} for stage in STAGES}
    counts: dict[str, int] = dict.fromkeys(STAGES, 0)
    for stage, currency, count, value in session.execute(
        select(Deal.stage, Deal.currency, func.count(), func.sum(Deal.value))
        .where(*_mine(scope, workspace_id))
        .group_by(Deal.stage, Deal.currency)
        .order_by(Deal.currency)
    ):
        counts[stage] += count
        worth[stage][currency] = int(value)
    return [
        Stage(
            stage,
            deals(session, scope, workspace_id, stage=stage, limit=ON_BOARD),
            counts[stage],
            worth[stage],
        )
        for stage in STAGES
    ]


def deals(
    session: Session,
    scope: Scope,
    workspace_id: int,
    *,
    stage: str | None = None,
    contact_id: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Deal]:
    """Deals, newest first; `before`: the id of the last one of the page before."""
    query = select(Deal).where(*_mine(scope, workspace_id))
    if stage is not None:
        query = query.where(Deal.stage == stage)
    if contact_id is not None:
        query = query.where(Deal.contact_id == contact_id)
    if before is not None:
        query = query.where(Deal.id < before)
    query = query.options(selectinload(Deal.contact), selectinload(Deal.company))
    return list(session.scalars(query.order_by(Deal.id.desc()).limit(limit)))


def deal_of(session: Session, scope: Scope, workspace_id: int, id_: int, *, lock: bool = False) -> Deal:
    """A deal within the scope. Raises NotFound. `lock`: as of a contact."""
    if type(id_) is not int or not 0 < id_ < 2**62:
        raise NotFound(NO_DEAL)
    query = select(Deal).where(Deal.id == id_, *_mine(scope, workspace_id))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(NO_DEAL)
    return row


def create(session: Session, actor: Actor, values: Mapping[str, Any]) -> Deal:
    """A new deal; `contact` is the id of a contact, whose company it takes."""
    contact = None
    if values.get("contact"):
        contact = contact_of(session, actor.scope, actor.workspace_id, values["contact"])
    row = Deal(
        workspace_id=actor.workspace_id, owner=actor.name, title="", stage="lead", value=0, currency="EUR"
    )
    for field in ("title", "stage", "value", "currency", "expected_close"):
        if values.get(field) not in (None, ""):
            setattr(row, field, _checked(field, values[field]))
    if not row.title:
        raise Refused("A deal needs a name.")
    if contact is not None:
        row.contact_id, row.company_id = contact.id, contact.company_id
        row.owner = actor.scope.user or contact.owner or actor.name
    session.add(row)
    session.flush()
    actor.note(session, "deal.create", row.title)
    return row


def edit(session: Session, actor: Actor, id_: int, field: str, value: Any, version: int) -> Deal:
    """Change one field of a deal. Raises Stale when somebody changed the deal since, Refused for a wrong value."""
    return update(session, actor, id_, {field: value}, version)


def update(session: Session, actor: Actor, id_: int, values: Mapping[str, Any], version: int) -> Deal:
    """Change several fields at once, or none; what is as it stands is no change. Raises as `edit`."""
    row = deal_of(session, actor.scope, actor.workspace_id, id_, lock=True)
    wanted = {field: _checked(field, value) for field, value in values.items()}
    changes = {
        field: (getattr(row, field), new) for field, new in wanted.items() if getattr(row, field) != new
    }
    if not changes:
        return row
    if row.version != version:
        field, (old, _) = next(iter(changes.items()))
        theirs = Decimal(old or 0) / 100 if field == "value" else old
        raise Stale(field, str(theirs if theirs is not None else ""), row.version, "")
    for field, (_, new) in changes.items():
        setattr(row, field, new)
    row.version += 1
    row.updated_at = now()
    session.flush()
    told = ", ".join(f"{field} {old} → {new}" for field, (old, new) in changes.items())
    actor.note(session, "deal.edit", f"{row.title}: {told}")
    return row


def remove(session: Session, actor: Actor, id_: int) -> None:
    """Delete a deal; it can be restored."""
    row = deal_of(session, actor.scope, actor.workspace_id, id_)
    row.deleted_at = now()
    actor.note(session, "deal.delete", row.title)


def restore(session: Session, actor: Actor, id_: int) -> None:
    """Bring a deleted deal back."""
    row = session.get(Deal, id_)
    if row is None or row.workspace_id != actor.workspace_id or actor.scope.user not in (None, row.owner):
        raise NotFound(NO_DEAL)
    row.deleted_at = None
    actor.note(session, "deal.restore", row.title)


def _checked(field: str, value: Any) -> Any:
    if field == "stage":
        if value not in STAGES:
            raise Refused("There is no such stage.")
        return value
    if field == "expected_close":
        if not value:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise Refused("Enter a date, such as 2026-03-31.") from error
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    if field == "title":
        if not text or len(text) > 200:
            raise Refused("A deal's name has 1 to 200 characters.")
        return text
    if field == "currency":
        if not re.fullmatch(r"[A-Z]{3}", text.upper()):
            raise Refused("A currency has three letters, such as EUR.")
        return text.upper()
    if field == "owner":
        return text.lower()[:254] or None
    if field == "value":
        return cents_of(text)
    raise Refused("There is no such field.")


def cents_of(text: str) -> int:
    """An amount as people write it ("12,500", "12.500,50", "12 500") in cents. Raises Refused."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", text)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", bare):
        bare = re.sub(r"[.,]", "", bare)
    elif re.fullmatch(r"[\d.,]*[.,]\d{1,2}", bare):
        whole, cents = re.split(r"[.,](?=\d{1,2}$)", bare)
        bare = f"{re.sub(r'[.,]', '', whole) or '0'}.{cents}"
    try:
        value = int((Decimal(bare) * 100).to_integral_value())
    except (InvalidOperation, ValueError) as error:
        raise Refused("Enter an amount, such as 12,500.") from error
    if not 0 <= value <= MOST_VALUE:
        raise Refused("Enter an amount, such as 12,500.")
    return value
