"""An agency's dashboard: its three states, what it is sorted and searched by, and what it costs.

North manages Harbour Coffee (9 e-mails sent) and Pine Dental (none), asked 60 more accounts, and was left by one.
Charlie's South manages Colossus.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dashapp.access import viewer
from dashapp.agencies import accounts
from dashapp.db.base import now
from dashapp.db.tenants import Agency, AgencyLink, User, Workspace
from data.building.build import refresh
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.lake.segments import drain
from pages.agency.model import Dashboard, dashboard, plan_of


@pytest.fixture
def lake(sqlite_lake: Lake) -> Lake:
    return sqlite_lake


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """This page says nothing about the database."""
    return sqlite_engine


@pytest.fixture
def full(engine: Engine, lake: Lake, north: Any, south: Any) -> Iterator[Session]:
    at = now()
    with Session(engine) as session, session.begin():
        for n in range(60):
            session.add(
                AgencyLink(
                    agency_id=north.agency,
                    state="invited",
                    email=f"p{n}@asked.example",
                    account_name=f"Asked {n:02}",
                )
            )
        left = {
            "email": "ada@left.example",
            "account_name": "Left",
            "ended_at": at,
            "ended_side": "workspace",
        }
        session.add(AgencyLink(agency_id=north.agency, state="ended", **left))
        session.add(AgencyLink(agency_id=north.agency, state="ended", hidden=True, account_name="Removed"))
        session.add(
            AgencyLink(agency_id=south.agency, state="invited", email="z@z.example", account_name="ZZZ")
        )
    sent = [
        canonical(
            {
                "event": "sent",
                "event_id": f"s{n}",
                "message_id": f"m{n}",
                "lead": f"l{n}@c.example",
                "occurred_at": (at - timedelta(days=2)).isoformat(),
            },
            received_at=at,
        )
        for n in range(9)
    ]
    Inbox(engine).put(north.harbour, None, sent, received_at=at)
    drain(lake)
    refresh(lake)
    with Session(engine) as session:
        yield session


def look(lake: Lake, session: Session, user_id: int, agency_id: int, **asked: str) -> Dashboard:
    who = viewer.load_member(session, user_id)
    assert who is not None
    return dashboard(lake, session, who, session.get_one(Agency, agency_id), asked)


def names(found: Dashboard) -> list[str]:
    return [row.name for row in found.rows]


def test_all_states_are_there_in_pages_and_nothing_of_others(lake: Lake, full: Session, north: Any) -> None:
    first = look(lake, full, north.alice, north.agency)
    assert dict(first.counts) == {"managing": 2, "invited": 60, "ended": 1}
    assert (len(first.rows), first.count, first.last, first.may_manage) == (50, 63, 2, True)
    last = look(lake, full, north.alice, north.agency, page="99")
    assert (last.page, len(last.rows)) == (2, 13)
    everybody = names(first) + names(last)
    assert everybody == sorted(everybody, key=str.lower)
    assert not {"Removed", "ZZZ", "Colossus"} & set(everybody)
    assert first.totals is not None
    assert first.totals.sent == 9


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": "managing"}, ["Harbour Coffee", "Pine Dental"]),
        ({"state": "managing", "sort": "sent"}, ["Harbour Coffee", "Pine Dental"]),
        ({"state": "managing", "sort": "event"}, ["Harbour Coffee", "Pine Dental"]),
        ({"state": "ended"}, ["Left"]),
        ({"q": "pine"}, ["Pine Dental"]),
        ({"q": "P7@asked"}, ["Asked 07"]),
        ({"q": "p7@ASKED.example", "state": "managing"}, []),
        ({"q": "nobody"}, []),
        ({"state": "' OR 1=1", "q": "left", "sort": "x", "page": "²"}, ["Left"]),
    ],
)
def test_an_address_filters_searches_and_sorts(
    lake: Lake, full: Session, north: Any, asked: dict[str, str], found: list[str]
) -> None:
    assert names(look(lake, full, north.alice, north.agency, **asked)) == found


def test_who_was_given_one_account_sees_that_alone(lake: Lake, full: Session, north: Any) -> None:
    bob = full.get_one(User, north.bob)
    accounts.give_accounts(full, bob, full.get_one(Agency, north.agency), [north.pine])
    seen = look(lake, full, north.bob, north.agency)
    assert (names(seen), seen.may_manage) == (["Pine Dental"], False)
    assert seen.totals is not None
    assert seen.totals.sent == 0, "not what others' accounts sent"


def test_its_statements_do_not_follow_the_accounts(
    lake: Lake, full: Session, north: Any, engine: Engine
) -> None:
    def statements() -> int:
        asked: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        look(lake, full, north.alice, north.agency)
        event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    look(lake, full, north.alice, north.agency)
    few = statements()
    agency = full.get_one(Agency, north.agency)
    for n in range(40):
        accounts.create_workspace(full, agency, f"Client {n}")
    full.commit()
    look(lake, full, north.alice, north.agency)
    assert statements() <= few


@pytest.mark.parametrize(
    ("plan", "left", "told"),
    [
        ("pro", None, "Pro"),
        ("free", None, "Free"),
        ("trial", timedelta(days=9, hours=1), "Trial, 10 days left"),
        ("trial", timedelta(hours=3), "Trial, 1 day left"),
        ("trial", timedelta(0), "Trial over"),
        ("trial", None, "Free"),
    ],
)
def test_a_plan_is_told_with_its_days(plan: str, left: timedelta | None, told: str) -> None:
    at = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    ends = None if left is None else at + left
    assert plan_of(Workspace(plan=plan, trial_ends=ends), at) == told
