"""Correcting the category of a reply: kept with who and when, and counted from then on."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from data.events.replies import SENTIMENTS
from data.lake import reply_overrides
from data.lake.reply_overrides import Reply


def correct(
    session: Session, workspace: Workspace, reply: Reply, category: str, *, before: str, changed_by: str
) -> None:
    """Give a reply another category, or with WITHDRAWN the one it came with.

    The caller has found the reply within the viewer's scope.

    Figures that are counted from events follow at once, the others at the next refresh. Raises Refused.
    """
    if category not in SENTIMENTS and category != reply_overrides.WITHDRAWN:
        raise Refused("There is no such category of replies.")
    if category == before:
        return
    if category == reply_overrides.WITHDRAWN:
        corrected = reply_overrides.last_of(session.connection(), workspace.id, [reply.event_id])
        if not corrected:
            raise NotFound("There is nothing to undo.")
    reply_overrides.keep(
        session.connection(),
        workspace.id,
        reply,
        category,
        before=before,
        changed_by=changed_by,
        changed_at=now(),
    )
