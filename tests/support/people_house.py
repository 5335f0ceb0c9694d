"""Two agencies with people: Alice's Harbour wrote to Élodie and George, Charlie's Colossus to a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dashapp.access.scopes import cli_scope
from dashapp.crm.contacts import Actor, contact_by_key
from dashapp.db.contacts import Contact
from data.building import build
from data.events.canonical import canonical_many
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import Lake
from jobs.intake.people import catch_up
from tests.support.tenants import North, South

ELODIE, GEORGE, STRANGER = "elodie.martin@cafe.example", "george@oak.example", "zed@colossus.example"
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def at(hours: float) -> str:
    """So many hours after noon of 5 October 2026."""
    return (NOON + timedelta(hours=hours)).isoformat()


EVENTS: list[dict[str, Any]] = [
    {"event": "sent", "message_id": "m1", "lead": ELODIE, "campaign": "Autumn", "step": "1",
     "user": "bob@north.example", "subject": "Hello", "occurred_at": at(0)},
    {"event": "opened", "message_id": "m1", "occurred_at": at(1)},
    {"event": "opened", "message_id": "m1", "occurred_at": at(0.01), "machine": True},
    {"event": "clicked", "message_id": "m1", "url": "https://north.example/menu", "occurred_at": at(2)},
    {"event": "received", "lead": ELODIE, "subject": "A question", "occurred_at": at(3)},
    {"event": "call_back", "channel": "phone", "lead": ELODIE, "user": "bob@north.example", "occurred_at": at(5)},
    {"event": "sent", "message_id": "m2", "lead": GEORGE, "campaign": "Winter", "occurred_at": at(0),
     "user": "alice@north.example"},
    {"event": "bounced", "message_id": "m2", "server_response": "550 5.1.1 no such user", "occurred_at": at(0.1)},
]  # fmt: skip


@dataclass
class People:
    """The lake, and who acts where."""

    lake: Lake
    north: North
    south: South

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes."""
        with Session(self.lake.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def alice(self, session: Session) -> Actor:
        """Alice in Harbour Coffee."""
        return Actor("alice@north.example", *cli_scope(session, "harbour-coffee"))

    def charlie(self, session: Session) -> Actor:
        """Charlie in Colossus."""
        return Actor("charlie@south.example", *cli_scope(session, "colossus"))

    def take_in(self, workspace_id: int, records: list[dict[str, Any]]) -> None:
        """Events through the inbox, the marts and the step that makes contacts of people."""
        events, parked = canonical_many(records, datetime.now(UTC))
        assert not parked, parked[0].why
        Inbox(self.lake.engine).put(workspace_id, None, events, received_at=datetime.now(UTC))
        segments.drain(self.lake)
        build.refresh(self.lake)
        catch_up(self.lake)


@pytest.fixture
def people(lake: Lake, north: North, south: South) -> People:
    """Both agencies, on SQLite and PostgreSQL."""
    found = People(lake, north, south)
    found.take_in(north.harbour, EVENTS)
    found.take_in(
        south.colossus,
        [{"event": "sent", "message_id": "x", "lead": STRANGER, "campaign": "ZZZ", "occurred_at": at(0)}],
    )
    return found


def one(session: Session, people: People, key: str = ELODIE) -> Contact:
    """A contact of Alice's, Élodie unless told."""
    actor = people.alice(session)
    found = contact_by_key(session, actor.scope, actor.workspace_id, key)
    assert found is not None
    return found
