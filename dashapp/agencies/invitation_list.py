"""Every invitation of one place, old ones too, as a table: who was asked for what, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from dashapp.access.workspaces import managed_by
from dashapp.db.base import now
from dashapp.db.tenants import Agency, AgencyLink, Invitation, Workspace

COLUMNS = (
    *("invited_at", "kind", "email", "role", "account", "invited_by"),
    *("state", "answered_at", "expires_at"),
)
#: Rows of one batch.
BATCH = 1_000


def rows(session: Session, place: Agency | Workspace) -> Iterator[list[tuple[object, ...]]]:
    """All invitations, newest first, in batches of COLUMNS.

    An agency has those of the accounts it manages now; a workspace those of its people and of its agencies.
    """
    before: int | None = None
    while True:
        query = (
            select(Invitation, Workspace.name, AgencyLink.account_name)
            .outerjoin(Workspace, Workspace.id == Invitation.workspace_id)
            .outerjoin(AgencyLink, AgencyLink.id == Invitation.link_id)
            .where(_of(place))
        )
        if before is not None:
            query = query.where(Invitation.id < before)
        found = session.execute(query.order_by(Invitation.id.desc()).limit(BATCH)).all()
        if found:
            yield [_row(*one) for one in found]
        if len(found) < BATCH:
            return
        before = found[-1][0].id


def _of(place: Agency | Workspace) -> ColumnElement[bool]:
    if isinstance(place, Workspace):
        return or_(
            Invitation.workspace_id == place.id,
            Invitation.link_id.in_(select(AgencyLink.id).where(AgencyLink.workspace_id == place.id)),
        )
    managed = Invitation.workspace_id.in_(select(Workspace.id).where(managed_by(place.id)))
    return and_(Invitation.agency_id == place.id, or_(Invitation.workspace_id.is_(None), managed))


def _row(one: Invitation, workspace: str | None, account: str | None) -> tuple[object, ...]:
    state = "expired" if one.state == "open" and one.expires_at <= now() else one.state
    return (
        *(_told(one.created_at), one.kind, one.email, one.role, account or workspace or "", one.invited_by),
        *(state, _told(one.answered_at), _told(one.expires_at)),
    )


def _told(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")
