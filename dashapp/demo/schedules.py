"""The demo's scheduled report: weekly, to the shown client's readers, with the run it missed last Monday.

The worker makes that run as it makes every one, so the history is real: the report, its pictures and its mails.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.schedules import Schedule
from dashapp.db.tenants import Workspace
from dashapp.schedules import keeping
from dashapp.schedules.keeping import Wanted
from dashapp.services import Services


def schedule_report(
    session: Session, services: Services, workspace: Workspace, share: Share, host: str
) -> None:
    """A schedule of this link, where it has none yet."""
    if session.scalars(select(Schedule.id).where(Schedule.share_id == share.id)).first() is not None:
        return
    wanted = Wanted(
        "weekly",
        8,
        workspace.timezone,
        [f"{name}@{host}" for name in ("board", "sales")],
        period="28",
        message="Good morning, here are your last four weeks. Reply to this mail with any question.",
    )
    made = keeping.create(session, services.settings, workspace, share, wanted, actor=share.created_by)
    # As if it had been there for ten days: the newest Monday falls due at once.
    made.active_from = now() - timedelta(days=10)
    made.next_at = made.active_from
