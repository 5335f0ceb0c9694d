"""Whether an alert's mail, which holds a figure, may still go when its turn comes."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.orm import Session

from dashapp.access.standing import stands
from dashapp.db.base import now
from dashapp.db.on_tiles import AlertCrossing, TileAlert
from dashapp.mail.posting import Post
from dashapp.sharing.mailing import LEFT, works_there

_OFF: Final = "The alert was removed, switched off or silenced before the mail was sent."
_UNLINKED: Final = "The agency that made it no longer manages the workspace, or the workspace is disabled."
_KEY: Final = re.compile(r"alert (\d+): \d+")


def why_not(session: Session, post: Post) -> str:
    """Why it may not go, as a sentence; "" when it may."""
    found = _KEY.fullmatch(post.key)
    crossing = session.get(AlertCrossing, int(found[1])) if found else None
    alert = None if crossing is None else session.get(TileAlert, crossing.alert_id, populate_existing=True)
    if alert is None or alert.removed or not alert.active:
        return _OFF
    if alert.snoozed_until is not None and alert.snoozed_until > now():
        return _OFF
    workspace = alert.workspace
    session.refresh(workspace)
    if not workspace.enabled or not stands(alert, workspace):
        return _UNLINKED
    if post.to not in alert.recipients or works_there(session, workspace, post.to) is False:
        return LEFT
    return ""
