"""By which rules a workspace's events are counted (data/marts/counting.py)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.db.tenants import Workspace
from data.marts.counting import Counting


def set_counting(session: Session, workspace: Workspace, counting: Counting, *, actor: str) -> bool:
    """Keep the rules; whether they are others than before. Its figures are built anew at the next look."""
    row = session.execute(
        select(Workspace).where(Workspace.id == workspace.id).with_for_update()
    ).scalar_one()
    before = row.counting
    if before == counting.text:
        return False
    row.counting = counting.text
    session.flush()
    audit.record(
        session,
        actor,
        "workspace.counting",
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"{before or 'defaults'} → {counting.text or 'defaults'}",
    )
    return True
