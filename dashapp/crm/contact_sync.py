"""New people: whoever an event names becomes a contact, and every contact's activity is brought up to date.

Runs after the refresh, in a loop of its own: nothing that comes in waits for it. Each part of a segment is looked
at once; looking again (a kill, a compaction) changes nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, delete, exists, insert, select
from sqlalchemy.orm import Session

from dashapp.crm.contacts.actor import lock_people
from dashapp.crm.folding import fold, searchable
from dashapp.db.base import now
from dashapp.db.contacts import (
    Contact,
    ContactCampaign,
    ContactChange,
    ContactConsent,
    ContactKey,
    ContactSegment,
    ContactTouch,
)
from dashapp.db.engine import reading
from data.lake.lake import Lake
from data.lake.tables import segment, segment_part
from data.people.mentions import MailFigures, Mentions, people_in
from data.scope import Scope
from data.upsert import insert_for

#: People written in one transaction: the write lock is held for some tens of milliseconds only.
BATCH: Final = 100
#: Called between two transactions with the seconds the last one held the write lock.
Rest = Callable[[float], None]
#: Segment parts looked at in one round, and their events: what is read of them is held in memory.
MOST_PARTS: Final = 40
MOST_EVENTS: Final = 200_000
RULE: Final = "rule"
#: The order a rule may move a status in; what a person set stays.
_FORWARD: Final = ("new", "contacted", "replied", "interested")


def waiting(engine: Engine, most: int = MOST_PARTS) -> dict[int, list[tuple[int, str]]]:
    """(segment id, path) of the parts that are in the marts and were not looked at, by workspace.

    The oldest `most`, of MOST_EVENTS events together, or one that has more.
    """
    looked_at = exists().where(
        ContactSegment.segment_id == segment_part.c.segment_id,
        ContactSegment.workspace_id == segment_part.c.workspace_id,
    )
    query = (
        select(segment_part.c.workspace_id, segment.c.id, segment.c.path, segment_part.c.events)
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .where(segment_part.c.merged_version.is_not(None), ~looked_at)
        .order_by(segment.c.id)
        .limit(most)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    total = 0
    with reading(engine).connect() as connection:
        for workspace_id, id_, path, events in connection.execute(query):
            total += events
            if found and total > MOST_EVENTS:
                break
            found.setdefault(workspace_id, []).append((id_, path))
    return found


def no_rest(held: float) -> None:
    """The `Rest` of whoever works alone."""


def take(
    lake: Lake, scope: Scope, workspace_id: int, parts: Sequence[tuple[int, str]], rest: Rest = no_rest
) -> int:
    """Make contacts of the people in these parts, and mark the parts; gives how many people there were.

    `rest`: lets others write in between. SQLite has one write lock and no queue for it: whoever asks for it again
    at once mostly gets it again, and events that come in would wait until all people are done.
    """
    count = 0
    for people in people_in(lake, scope, workspace_id, [path for _, path in parts]):
        count += len(people.seen)
        for start in range(0, len(people.seen), BATCH):
            some = people.seen[start : start + BATCH]
            keys = {one.lead for one in some}
            touches = [one for one in people.touches if one.lead in keys]
            began = time.monotonic()
            with Session(lake.engine) as session, session.begin():
                lock_people(session, workspace_id)
                _touches(session, workspace_id, touches)
                _people(session, workspace_id, some, people.figures, {one.lead for one in touches})
            rest(time.monotonic() - began)
    with Session(lake.engine) as session, session.begin():
        _add(
            session,
            ContactSegment,
            [{"segment_id": id_, "workspace_id": workspace_id} for id_, _ in parts],
        )
    return count


def forget_old_segments(session: Session) -> None:
    """Marks of segments that a compaction has replaced go."""
    session.execute(delete(ContactSegment).where(~exists().where(segment.c.id == ContactSegment.segment_id)))


def _touches(session: Session, workspace_id: int, touches: Sequence[Any]) -> None:
    _add(
        session,
        ContactTouch,
        [
            {
                "workspace_id": workspace_id,
                "event_id": one.event_id[:300],
                "key": one.lead,
                "incoming": one.incoming,
                "at": one.at,
            }
            for one in touches
        ],
    )


def _people(
    session: Session,
    workspace_id: int,
    some: Sequence[Mentions],
    figures: Mapping[str, MailFigures],
    touched: set[str],
) -> None:
    known = _known(session, workspace_id, [one.lead for one in some])
    fresh = [one for one in some if one.lead not in known and len(one.lead) <= 320]
    for one in fresh:
        known[one.lead] = _new(workspace_id, one)
    found = [(one, known[one.lead]) for one in some if one.lead in known]
    moved = []
    for one, contact in found:
        before = contact.status
        _activity(contact, one, figures.get(one.lead))
        if contact.status != before:
            moved.append((contact, before))
    session.add_all([known[one.lead] for one in fresh])
    session.flush()
    _add(
        session,
        ContactKey,
        [{"workspace_id": workspace_id, "key": one.lead, "contact_id": known[one.lead].id} for one in fresh],
    )
    if moved:
        session.execute(insert(ContactChange), [_change(*one) for one in moved])
    campaigns = []
    for one, contact in found:
        if one.lead in touched:
            contact.first_response_s = first_response(session, contact)
        campaigns += [
            {"contact_id": contact.id, "campaign": name[:500], "workspace_id": workspace_id}
            for name in one.campaigns
        ]
        if one.left is not None:
            _withdrawn(session, contact, *one.left)
    _add(session, ContactCampaign, campaigns)


def _new(workspace_id: int, seen: Mentions) -> Contact:
    return Contact(
        workspace_id=workspace_id,
        key=seen.lead,
        email=seen.lead if "@" in seen.lead else None,
        name_key=fold(seen.lead)[:320],
        search=searchable([seen.lead]),
        origin="event",
        owner=seen.user,
        status="new",
        status_by_hand=False,
        version=1,
    )


def _change(contact: Contact, before: str) -> dict[str, Any]:
    """A status a rule has moved, for the history."""
    return {
        "workspace_id": contact.workspace_id,
        "contact_id": contact.id,
        "at": now(),
        "actor": RULE,
        "field": "status",
        "old": before,
        "new": contact.status,
        "batch": secrets.token_hex(8),
        "version": contact.version,
        "undone": False,
    }


def _known(session: Session, workspace_id: int, keys: Sequence[str]) -> dict[str, Contact]:
    rows = session.execute(
        select(ContactKey.key, Contact)
        .join(Contact, Contact.id == ContactKey.contact_id)
        .where(ContactKey.workspace_id == workspace_id, ContactKey.key.in_(list(keys)))
    )
    return {row[0]: row[1] for row in rows}


def _activity(contact: Contact, seen: Mentions, figures: MailFigures | None) -> None:
    first, last = contact.first_activity_at, contact.last_activity_at
    contact.first_activity_at = seen.first_at if first is None else min(first, seen.first_at)
    contact.last_activity_at = seen.last_at if last is None else max(last, seen.last_at)
    if contact.owner is None and seen.user is not None and contact.version == 1:
        contact.owner = seen.user
    if figures is None or contact.key != seen.lead:
        return  # of a merged contact each figure stays that of its first address
    contact.sent, contact.opened = figures.sent, figures.opened
    contact.clicked, contact.replied = figures.clicked, figures.replied
    contact.engagement = figures.clicked + figures.replied
    _advance(contact, figures)


def _advance(contact: Contact, figures: MailFigures) -> None:
    """The rule for a status: contacted, replied, interested, as the e-mails say; never back."""
    if contact.status_by_hand or contact.status not in _FORWARD:
        return
    reached = (
        "interested"
        if figures.positive
        else "replied"
        if figures.replied
        else "contacted"
        if figures.sent
        else "new"
    )
    if _FORWARD.index(reached) > _FORWARD.index(contact.status):
        contact.status = reached


def _withdrawn(session: Session, contact: Contact, event_id: str, at: datetime) -> None:
    """Somebody unsubscribed or complained: their consent to marketing is withdrawn, once for each event."""
    ref = event_id[:300]
    kept = select(ContactConsent.id).where(
        ContactConsent.contact_id == contact.id, ContactConsent.kind == "marketing", ContactConsent.ref == ref
    )
    if session.scalar(kept) is not None:
        return
    session.add(
        ContactConsent(
            workspace_id=contact.workspace_id,
            contact_id=contact.id,
            kind="marketing",
            given=False,
            at=at,
            actor="unsubscribed",
            ref=ref,
        )
    )
    if contact.status != "do_not_contact" and not contact.status_by_hand:
        before, contact.status = contact.status, "do_not_contact"
        session.execute(insert(ContactChange), [_change(contact, before)])


def first_response(session: Session, contact: Contact) -> int | None:
    """Seconds from the lead's creation, else its first incoming message, to the first human action towards it.

    None where neither start is known, or nobody acted yet.
    """
    keys = list(session.scalars(select(ContactKey.key).where(ContactKey.contact_id == contact.id)))
    touches = session.execute(
        select(ContactTouch.incoming, ContactTouch.at)
        .where(ContactTouch.workspace_id == contact.workspace_id, ContactTouch.key.in_(keys or [contact.key]))
        .order_by(ContactTouch.at)
    ).all()
    start = contact.lead_created_at or next((at for incoming, at in touches if incoming), None)
    if start is None:
        return None
    answer = next((at for incoming, at in touches if not incoming and at >= start), None)
    return None if answer is None else min(int((answer - start).total_seconds()), 2**31 - 1)


def _add(session: Session, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Insert what is not there yet."""
    values = list(rows)
    database = session.get_bind()
    for start in range(0, len(values), 150):
        session.execute(
            insert_for(database, table).values(values[start : start + 150]).on_conflict_do_nothing()
        )
