"""Deals as they stand: one, a list, and the board by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from dashapp.crm.listing import mine as contacts_of
from dashapp.db.contacts import STAGES, Contact, Deal
from dashapp.errors import NotFound
from data.scope import Scope

NO_DEAL: Final = "There is no such deal."
#: Deals of one stage that the board shows; the table has all.
ON_BOARD: Final = 100
PAGE: Final = 100


@dataclass(frozen=True)
class Stage:
    """One column of the board: its deals, how many there are in all, and what they are worth by currency."""

    name: str
    deals: Sequence[Deal]
    count: int
    worth: Mapping[str, int]


def mine(scope: Scope, workspace_id: int) -> list[ColumnElement[bool]]:
    """The conditions of the scope: the workspace first and, for who sees only their own, the owner."""
    found: list[ColumnElement[bool]] = [Deal.workspace_id == scope.require(workspace_id)]
    if scope.user is not None:
        found.append(Deal.owner == scope.user)
    if scope.campaigns is not None:
        found.append(Deal.contact_id.in_(select(Contact.id).where(*contacts_of(scope, workspace_id))))
    return found


def board(
    session: Session, scope: Scope, workspace_id: int, narrowed: Sequence[ColumnElement[bool]] = ()
) -> list[Stage]:
    """Every stage in its order, with the deals that are as `narrowed` says."""
    worth: dict[str, dict[str, int]] = {stage: {} for stage in STAGES}
    counts: dict[str, int] = dict.fromkeys(STAGES, 0)
    for stage, currency, count, value in session.execute(
        select(Deal.stage, Deal.currency, func.count(), func.sum(Deal.value))
        .where(*mine(scope, workspace_id), Deal.deleted_at.is_(None), *narrowed)
        .group_by(Deal.stage, Deal.currency)
        .order_by(Deal.currency)
    ):
        counts[stage] += count
        worth[stage][currency] = int(value)
    return [
        Stage(
            stage,
            deals(session, scope, workspace_id, stage=stage, limit=ON_BOARD, narrowed=narrowed)
            if counts[stage]
            else [],
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
    deleted: bool = False,
    limit: int = PAGE,
    narrowed: Sequence[ColumnElement[bool]] = (),
) -> list[Deal]:
    """Deals, newest first; `before`: the id of the last one of the page before; `deleted`: those instead."""
    there = Deal.deleted_at.is_not(None) if deleted else Deal.deleted_at.is_(None)
    query = select(Deal).where(*mine(scope, workspace_id), there, *narrowed)
    if stage is not None:
        query = query.where(Deal.stage == stage)
    if contact_id is not None:
        query = query.where(Deal.contact_id == contact_id)
    if before is not None:
        query = query.where(Deal.id < before)
    query = query.options(selectinload(Deal.contact), selectinload(Deal.company))
    return list(session.scalars(query.order_by(Deal.id.desc()).limit(limit)))


def deal_of(
    session: Session, scope: Scope, workspace_id: int, id_: int, *, lock: bool = False, deleted: bool = False
) -> Deal:
    """A deal within the scope. Raises NotFound. `lock`, `deleted`: as of a contact."""
    if type(id_) is not int or not 0 < id_ < 2**62:
        raise NotFound(NO_DEAL)
    query = select(Deal).where(Deal.id == id_, *mine(scope, workspace_id))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None or (row.deleted_at is not None and not deleted):
        raise NotFound(NO_DEAL)
    return row
