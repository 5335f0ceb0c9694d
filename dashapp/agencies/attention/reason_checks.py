"""Reasons that are seen from the database alone: replies nobody touched, a silent feed, a client who never looks.

Falls and bounces need the marts: `jobs/catalog/watch_accounts.py` looks at them once a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dashapp.access.standing import standing
from dashapp.agencies.attention.reasons import SOON, Found
from dashapp.db.contacts import Contact, ContactKey, ContactTouch
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace

#: Replies older than this are no news; who answers them now was told otherwise.
LOOK_BACK: Final = timedelta(days=14)
#: A client looks every three weeks.
UNSEEN: Final = timedelta(days=21)
#: Days a feed's habit is learned from, and the least of them with e-mails that make one.
HABIT_DAYS, LEAST_DAYS = 56, 10
#: A pause is silence beyond this many times the longest one before, and never within these days.
LONGER, LEAST_PAUSE = 1.5, 2


def untouched(session: Session, at: datetime) -> list[Found]:
    """Positive replies that no person has acted on for 15 minutes, an account at a time.

    Positive: the rule made the contact "interested", and nobody has set another status since. Acted on: a single
    e-mail, a call, a LinkedIn or other task after it.
    """
    rows = session.execute(
        select(Contact.workspace_id, Contact.id, ContactTouch.incoming, ContactTouch.at)
        .join(ContactKey, ContactKey.contact_id == Contact.id)
        .join(
            ContactTouch,
            (ContactTouch.workspace_id == Contact.workspace_id) & (ContactTouch.key == ContactKey.key),
        )
        .where(
            Contact.status == "interested",
            Contact.status_by_hand.is_(False),
            Contact.deleted_at.is_(None),
            ContactTouch.at > at - LOOK_BACK,
        )
        .order_by(Contact.id, ContactTouch.at)
    )
    waits: dict[tuple[int, int], datetime | None] = {}
    for workspace_id, contact_id, incoming, moment in rows:
        key = (workspace_id, contact_id)
        waits[key] = (waits.get(key) or moment) if incoming else None
    found: dict[int, list[datetime]] = {}
    for (workspace_id, _), since in waits.items():
        if since is not None and since <= at - SOON:
            found.setdefault(workspace_id, []).append(since)
    return [
        Found(workspace_id, "untouched", min(moments), {"replies": len(moments)})
        for workspace_id, moments in found.items()
    ]


def silent(
    sent: Mapping[int, Sequence[int]], last_event: Mapping[int, datetime | None], at: datetime
) -> list[Found]:
    """Accounts from which nothing comes any more, against their own habit.

    `sent`: e-mails of each of the last HABIT_DAYS local days, today last. `last_event`: when the latest event of
    any kind happened.
    """
    found = []
    for workspace_id, days in sent.items():
        last = last_event.get(workspace_id)
        busy = [place for place, n in enumerate(days) if n]
        if last is None or len(busy) < LEAST_DAYS:
            continue
        longest = max(after - before - 1 for before, after in pairwise(busy))
        quiet = (at - last) / timedelta(days=1)
        if quiet > max(LEAST_PAUSE, LONGER * (longest + 1)):
            found.append(Found(workspace_id, "silent", last, {"pause_days": longest}))
    return found


def unseen(session: Session, at: datetime) -> list[Found]:
    """Accounts with a link that has worked for 21 days, none of whose links was opened within them."""
    rows = session.execute(
        select(Share.workspace_id, func.min(Share.created_at), func.max(Share.opened_at), func.count())
        .join(Workspace, Workspace.id == Share.workspace_id)
        .where(
            Share.state == "active",
            or_(Share.expires_at.is_(None), Share.expires_at > at),
            standing(Share),
        )
        .group_by(Share.workspace_id)
    )
    found = []
    for workspace_id, made, opened, count in rows:
        last = opened or made
        if made <= at - UNSEEN and last <= at - UNSEEN:
            found.append(Found(workspace_id, "unseen", last, {"links": count, "ever": opened is not None}))
    return found
