"""What the worker finds of each account: new leads, first response, like-for-like rates, reasons to look after it.

North manages Harbour Coffee and Pine Dental; South manages Colossus, whose figures are a hundred times as large.
Ada wrote to Harbour Coffee's team and nobody has answered; Ben was called back within half an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashapp.agencies.attention import account_figures, reason_checks, reasons
from dashapp.agencies.attention.reasons import Found
from dashapp.db.attention import AccountReason, ReasonSnooze
from dashapp.db.base import now
from dashapp.db.contacts import Contact, ContactKey, ContactTouch
from dashapp.db.reports import Share
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, Refused
from data.building.build import refresh
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.lake.segments import drain
from jobs.catalog import account_figures as counting
from jobs.catalog import watch_accounts


@pytest.fixture
def lake(sqlite_lake: Lake) -> Lake:
    return sqlite_lake


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """Nothing here depends on the database."""
    return sqlite_engine


@pytest.fixture
def session(engine: Engine, north: Any, south: Any) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def contact(session: Session, workspace_id: int, email: str, **columns: Any) -> Contact:
    one = Contact(workspace_id=workspace_id, key=email, email=email, name_key=email, **columns)
    session.add(one)
    session.flush()
    session.add(ContactKey(workspace_id=workspace_id, key=email, contact_id=one.id))
    return one


def touch(session: Session, workspace_id: int, email: str, at: datetime, *, incoming: bool) -> None:
    event_id = f"{email}{at.isoformat()}{incoming}"
    session.add(
        ContactTouch(workspace_id=workspace_id, event_id=event_id, key=email, incoming=incoming, at=at)
    )
    session.flush()


def send(lake: Lake, workspace_id: int, at: datetime, ago: list[int], *, bounced: int = 0) -> None:
    """An e-mail to a lead of its own on each of these days ago, the first ones bounced."""
    events = []
    for n, days in enumerate(ago):
        mail = {"message_id": f"w{workspace_id}m{n}", "lead": f"l{n}@c.example", "campaign": "Autumn"}
        when = (at - timedelta(days=days)).isoformat()
        events.append({"event": "sent", "event_id": f"s{n}", "occurred_at": when, **mail})
        if n < bounced:
            events.append(
                {"event": "bounced", "event_id": f"b{n}", "occurred_at": when, "bounce_kind": "hard", **mail}
            )
    rows = [canonical(one, received_at=at) for one in events]
    Inbox(lake.engine).put(workspace_id, None, rows, received_at=at)
    drain(lake)
    refresh(lake)


def test_a_positive_reply_waits_until_a_person_acts(session: Session, north: Any, south: Any) -> None:
    at = now()
    minutes = {"ada": 47, "ben": 90, "eve": 5, "kim": 200}
    for name, ago in minutes.items():
        contact(session, north.harbour, f"{name}@c.example", status="interested")
        touch(session, north.harbour, f"{name}@c.example", at - timedelta(minutes=ago), incoming=True)
    touch(session, north.harbour, "ben@c.example", at - timedelta(minutes=60), incoming=False)
    by_hand = session.scalars(select(Contact).where(Contact.key == "kim@c.example")).one()
    by_hand.status_by_hand = True  # somebody has looked at Kim
    contact(session, south.colossus, "old@c.example", status="interested")
    touch(session, south.colossus, "old@c.example", at - timedelta(days=15), incoming=True)
    found = reason_checks.untouched(session, at)
    assert [(one.workspace_id, one.evidence) for one in found] == [(north.harbour, {"replies": 1})]
    assert found[0].since == at - timedelta(minutes=47)


@pytest.mark.parametrize(
    ("busy", "quiet_days", "told"),
    [
        (range(56), 1.9, False),  # every day: two days are a pause
        (range(56), 2.1, True),
        ([day for day in range(56) if day % 7 < 5], 4.0, False),  # working days: the weekend is two more
        ([day for day in range(56) if day % 7 < 5], 4.6, True),
        (range(9), 30.0, False),  # nine days are no habit
    ],
)
def test_a_feed_is_silent_against_its_own_habit(busy: Any, quiet_days: float, told: bool) -> None:
    at = now()
    days = [int(day in set(busy)) for day in range(56)]
    found = reason_checks.silent({1: days}, {1: at - timedelta(days=quiet_days)}, at)
    assert [one.kind for one in found] == (["silent"] if told else [])
    assert reason_checks.silent({1: days}, {1: None}, at) == []


def test_a_client_who_never_looks(session: Session, north: Any, south: Any) -> None:
    at = now()

    def share(workspace_id: int, made: int, opened: int | None, **more: Any) -> None:
        workspace = session.get_one(Workspace, workspace_id)
        session.add(
            Share(
                workspace_id=workspace_id,
                nonce="n",
                token_hash=f"{workspace_id}{made}{opened}",
                created_at=at - timedelta(days=made),
                opened_at=None if opened is None else at - timedelta(days=opened),
                link_id=workspace.managing_link_id,
                **more,
            )
        )
        session.flush()

    share(north.harbour, 40, 22)
    share(north.pine, 40, 30)
    share(north.pine, 20, 1)  # another link is looked at
    share(south.colossus, 40, None)
    found = {one.workspace_id: one.evidence["ever"] for one in reason_checks.unseen(session, at)}
    assert found == {north.harbour: True, south.colossus: False}


def test_the_worker_keeps_figures_and_reasons_and_takes_them_away(
    lake: Lake, session: Session, north: Any, south: Any
) -> None:
    at = now()
    send(lake, north.harbour, at, [1] * 300, bounced=30)
    contact(session, north.harbour, "ada@c.example", status="interested", first_activity_at=at)
    contact(session, north.harbour, "ben@c.example", first_response_s=1800, first_activity_at=at)
    contact(session, north.harbour, "lee@c.example", first_response_s=600, first_activity_at=at)
    contact(session, north.harbour, "old@c.example", first_activity_at=at - timedelta(days=40))
    touch(session, north.harbour, "ada@c.example", at - timedelta(minutes=70), incoming=True)
    session.commit()
    assert counting.bring_up(lake, at) == 3
    assert counting.bring_up(lake, at) == 0, "nothing is new"
    assert watch_accounts.look(lake, north.harbour, at) == 1
    session.expire_all()
    kept = account_figures.kept(session, [north.harbour])[north.harbour]
    assert (kept.leads, kept.response_s, kept.statuses) == (3, 1200, {"new": 3, "interested": 1})
    # 300 leads, 30 of them bounced: in no base of replies. Nothing lies before: no comparison.
    assert (kept.replies.n, kept.replies.base, kept.replies.full) == (0, 270, False)
    rows = session.execute(select(AccountReason.workspace_id, AccountReason.kind, AccountReason.evidence))
    told = {(row.workspace_id, row.kind): row.evidence for row in rows}
    assert told == {
        (north.harbour, "untouched"): {"replies": 1},
        (north.harbour, "bounces"): {"sent": 300, "bounced": 30},
    }
    touch(session, north.harbour, "ada@c.example", at, incoming=False)
    session.commit()
    counting.bring_up(lake, at)
    session.expire_all()
    assert session.scalars(select(AccountReason.kind)).all() == ["bounces"]


def test_reasons_are_an_agencys_own_and_can_be_put_off(session: Session, north: Any, south: Any) -> None:
    at = now()
    mine, theirs = session.get_one(Agency, north.agency), session.get_one(Agency, south.agency)
    hour = timedelta(hours=1)
    reasons.keep(
        session,
        ("unseen", "untouched", "silent"),
        [
            Found(north.harbour, "unseen", at - 30 * hour, {"links": 1, "ever": True}),
            Found(north.pine, "untouched", at - hour / 2, {"replies": 1}),
            Found(north.pine, "silent", at - 9 * hour, {"pause_days": 0}),
            Found(south.colossus, "untouched", at - hour, {"replies": 900}),
        ],
    )
    everything = {north.harbour, north.pine, south.colossus}
    told = reasons.of_agency(session, mine, everything, at)
    # A reply that waits for half an hour is less than a silent feed.
    assert [(one.workspace_id, one.kind) for one in told] == [
        (north.pine, "silent"),
        (north.pine, "untouched"),
        (north.harbour, "unseen"),
    ]
    assert [one.kind for one in reasons.of_agency(session, mine, {north.harbour}, at)] == ["unseen"]
    pine = session.get_one(Workspace, north.pine)
    reasons.snooze(session, mine, pine, "silent", "", "week", actor="bob@north.example")
    told = reasons.of_agency(session, mine, everything, at)
    assert [one.kind for one in told if one.until is not None] == ["silent"]
    reasons.snooze(session, mine, pine, "silent", "", "none", actor="bob@north.example")
    assert session.scalars(select(ReasonSnooze)).all() == []
    for agency, kind, how, error in (
        (theirs, "silent", "day", NotFound),
        (mine, "fall", "day", NotFound),
        (mine, "silent", "ever", Refused),
    ):
        with pytest.raises(error):
            reasons.snooze(session, agency, pine, kind, "", how, actor="x")


def test_a_median_is_the_middle_of_what_there_is() -> None:
    assert [account_figures.median(some) for some in ([], [5], [9, 1], [3, 100, 4])] == [None, 5, 5, 4]
