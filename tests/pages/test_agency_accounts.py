"""An agency's dashboard: its three states, what it is sorted and searched by, and what it costs.

North manages Harbour Coffee (9 e-mails sent) and Pine Dental (none), asked 60 more accounts, and was left by one.
Charlie's South manages Colossus.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dashapp.access import viewer
from dashapp.agencies import accounts, managing, roles
from dashapp.agencies.attention import account_figures, reasons
from dashapp.agencies.attention.account_figures import Compared, Figures
from dashapp.db.base import now
from dashapp.db.tenants import Agency, AgencyLink, User, Workspace
from dashapp.errors import Refused
from data.answer_cache import KeptAnswers
from data.building.build import refresh
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.lake.segments import drain
from pages.agency import accounts as page
from pages.agency.model import MOST_ROWS, Dashboard, dashboard
from pages.agency.rows import plan_of


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
    roles.give_accounts(full, bob, full.get_one(Agency, north.agency), [north.pine])
    seen = look(lake, full, north.bob, north.agency)
    assert (names(seen), seen.may_manage) == (["Pine Dental"], False)
    assert seen.totals is not None
    assert seen.totals.sent == 0, "not what others' accounts sent"


def test_what_it_costs_does_not_follow_the_accounts(
    lake: Lake, full: Session, north: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statements stay as many, layers are not read where nothing is counted, figures of shown rows alone."""
    lake = replace(lake, kept=KeptAnswers())
    validated: list[Any] = []
    validate = Figures.model_validate
    monkeypatch.setattr(Figures, "model_validate", lambda kept: validated.append(kept) or validate(kept))

    def statements() -> list[str]:
        asked: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        look(lake, full, north.alice, north.agency, state="managing")
        event.remove(engine, "before_cursor_execute", note)
        return asked

    look(lake, full, north.alice, north.agency)
    few = statements()
    assert not [one for one in few if "layer" in one]
    agency = full.get_one(Agency, north.agency)
    for n in range(MOST_ROWS + 10):
        made = accounts.create_workspace(full, agency, f"Client {n}")
        account_figures.keep(full, made.id, "1|x|0", Figures(leads=n))
    full.commit()
    first = look(lake, full, north.alice, north.agency, state="managing", sort="leads")
    assert (first.count, first.leads) == (MOST_ROWS + 12, sum(range(MOST_ROWS + 10)))
    assert [one.figures.leads for one in first.rows if one.figures] == list(range(MOST_ROWS + 9, 9, -1))
    validated.clear()
    assert len(statements()) <= len(few)
    assert len(validated) == MOST_ROWS


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


def test_tags_members_leads_and_reasons(lake: Lake, full: Session, north: Any, south: Any) -> None:
    agency, bob = full.get_one(Agency, north.agency), full.get_one(User, north.bob)
    harbour, pine = full.get_one(Workspace, north.harbour), full.get_one(Workspace, north.pine)
    link = full.get_one(AgencyLink, pine.managing_link_id)
    managing.tag(full, link, " Dental,key  account, dental ,,", actor="alice@north.example")
    assert link.tags == ["Dental", "key account"]
    for text in (",".join(map(str, range(11))), "x" * 31, "a\nb"):
        if text != "a\nb":
            with pytest.raises(Refused):
                managing.tag(full, link, text, actor="alice@north.example")
    roles.give_accounts(full, bob, agency, [north.harbour])
    few = Compared(n=3, base=10, n_before=9, base_before=10, full=True)
    more = Compared(n=30, base=100, n_before=40, base_before=100, full=True)
    for workspace_id, leads in ((north.harbour, 5), (north.pine, 7), (south.colossus, 9_000)):
        figures = Figures(leads=leads, response_s=60 * leads, statuses={"interested": leads}, replies=more)
        account_figures.keep(full, workspace_id, "1|x|0", figures)
    at = now()
    reasons.keep(
        full,
        ("untouched",),
        [
            reasons.Found(key, "untouched", at - timedelta(hours=2), {"replies": 2})
            for key in (north.harbour, south.colossus)
        ],
    )
    seen = look(lake, full, north.alice, north.agency, sort="leads", state="managing")
    assert names(seen) == ["Pine Dental", "Harbour Coffee"]
    assert (seen.leads, seen.tags, seen.members) == (
        12,
        ["Dental", "key account"],
        [("bob@north.example", "Bob")],
    )
    assert names(look(lake, full, north.alice, north.agency, tag="Dental")) == ["Pine Dental"]
    assert names(look(lake, full, north.alice, north.agency, member="bob@north.example")) == [harbour.name]
    assert [line.name for line in seen.attention.lines] == [harbour.name]
    shown = page.body(seen) + page.attention_part(seen)
    assert "2 positive replies wait for an answer, the oldest for 2\xa0h" in shown
    assert "−10.0\xa0pts" in shown, "30 % after 40 %"
    assert "Colossus" not in shown
    assert "9,000" not in shown
    assert page.points(few) is None, "too few to compare"
    theirs = look(lake, full, north.bob, north.agency)
    assert (names(theirs), theirs.members, theirs.leads) == ([harbour.name], [], 5)
