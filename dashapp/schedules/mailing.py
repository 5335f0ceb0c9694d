"""Whether a report that waits in the outbox may still go: its link, its recipient, and what the link shows."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_share
from dashapp.db.schedules import Schedule, ScheduleRecipient, ScheduleRun, SentReport
from dashapp.errors import NotFound
from dashapp.mail.posting import Post
from dashapp.schedules import frozen
from dashapp.schedules.running import Link
from dashapp.sharing.mailing import ENDED, barred, ended, viewer_of

_DELETED: Final = "The schedule was deleted before the mail was sent."
_PAUSED: Final = "The schedule was paused before the mail was sent."
UNSUBSCRIBED: Final = "The recipient no longer wants this report."
_NARROWED: Final = "The link was narrowed before the mail was sent: it shows less than this report."
_KEY: Final = re.compile(r"schedule run (\d+): (\d+)(?: again .+)?")


def why_not(session: Session, post: Post) -> str:
    """Why it may not go, as a sentence; "" when it may."""
    found = _KEY.fullmatch(post.key)
    run = session.get(ScheduleRun, int(found[1]), populate_existing=True) if found else None
    sent = frozen.sent_of(session, run.id) if run is not None else None
    if found is None or run is None or sent is None:
        return _DELETED
    schedule = session.get_one(Schedule, run.schedule_id, populate_existing=True)
    if schedule.state != "active" and not run.asked_by:
        return _PAUSED
    row = session.get(ScheduleRecipient, int(found[2]), populate_existing=True)
    if row is None or row.cadence == "none":
        return UNSUBSCRIBED
    return (
        barred(viewer_of(session, row.viewer_id)) or ended(session, sent.share_id) or _narrowed(session, sent)
    )


def _narrowed(session: Session, sent: SentReport) -> str:
    try:
        guest, _, scope = scope_for_share(session, Link(sent.share_id))
    except NotFound:
        return ENDED
    files = guest.downloads or not frozen.Facts.read(sent.facts).pdf
    return "" if files and frozen.still_shown(sent, guest, scope) else _NARROWED
