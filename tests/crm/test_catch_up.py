"""Bringing contacts up to date in batches: others write in between."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from dashapp.crm import contact_sync
from dashapp.db.contacts import Contact, ContactSegment
from data.building import build
from data.events.canonical import canonical_many
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import Lake
from data.people import mentions
from jobs.intake.people import LONGEST_REST_S, SHORTEST_REST_S, People
from tests.support.tenants import make_north

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
AT = NOON.isoformat()


@pytest.mark.parametrize("page", [5_000, 90])
def test_the_write_lock_is_free_after_every_hundred_people(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """250 people, handed over all at once or 90 at a time: three transactions, and everybody's e-mail counts."""
    monkeypatch.setattr(mentions, "PAGE", page)
    with Session(sqlite_lake.engine) as session, session.begin():
        harbour = make_north(session).harbour
    records = [
        {"event": "sent", "message_id": f"m{n}", "lead": f"p{n}@x.example", "occurred_at": NOON.isoformat()}
        for n in range(250)
    ]
    events, parked = canonical_many(records, NOON)
    Inbox(sqlite_lake.engine).put(harbour, None, events, parked, received_at=NOON)
    segments.drain_all(sqlite_lake)
    build.refresh(sqlite_lake)
    rests: list[float] = []

    def sleep(seconds: float) -> None:
        rests.append(seconds)
        other = sqlite3.connect(str(sqlite_lake.engine.url.database), timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # raises at once where somebody holds the lock
        other.execute("ROLLBACK")
        other.close()

    assert People(sqlite_lake, lambda: True).round(sleep) == 250
    assert len(rests) == 3
    assert all(SHORTEST_REST_S <= seconds <= LONGEST_REST_S for seconds in rests)
    with Session(sqlite_lake.engine) as session:
        assert session.scalar(select(func.count(Contact.id)).where(Contact.sent == 1)) == 250


def test_a_round_reads_no_more_events_than_fit_in_memory(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three segments of 5 e-mails each, 7 events a round: one segment at a time, and none is left out."""
    with Session(sqlite_lake.engine) as session, session.begin():
        harbour = make_north(session).harbour
    for part in range(3):
        records = [
            {"event": "sent", "message_id": f"m{part}{n}", "lead": f"p{part}{n}@x.example", "occurred_at": AT}
            for n in range(5)
        ]
        events, parked = canonical_many(records, NOON)
        Inbox(sqlite_lake.engine).put(harbour, None, events, parked, received_at=NOON)
        segments.drain_all(sqlite_lake)
    build.refresh(sqlite_lake)
    monkeypatch.setattr(contact_sync, "MOST_EVENTS", 7)
    people = People(sqlite_lake, lambda: True)
    assert [people.round(lambda seconds: None) for _ in range(4)] == [5, 5, 5, 0]
    monkeypatch.setattr(contact_sync, "MOST_EVENTS", 3)  # less than one of them has
    with Session(sqlite_lake.engine) as session, session.begin():
        session.execute(delete(ContactSegment))
    assert [people.round(lambda seconds: None) for _ in range(4)] == [5, 5, 5, 0]
