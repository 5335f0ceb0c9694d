"""Alerts from the tile to the mail: set, crossed, told once, over; and never another's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.agencies import managing
from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import AlertCrossing, TileAlert
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import AgencyLink, User, Workspace
from dashapp.mail import outbox
from data.building import build
from data.events.canonical import canonical
from data.lake import segments
from jobs.intake.alerts import check_due
from tests.support.kept import Keeper

HARBOUR = "/w/harbour-coffee"
PAGE = f"{HARBOUR}/alerts"
TO = "alice@north.example, erin@client.example"


def take_in(running: Any, workspace_id: int, events: list[tuple[str, int]]) -> None:
    """(kind, number) of e-mails sent 12 days ago, opened a day later."""
    at = now()
    records = [
        {
            "event": kind,
            "event_id": f"{kind}-{n}",
            "message_id": f"m{n}",
            "channel": "email",
            "lead": f"lead{n}@client.example",
            "occurred_at": (at - timedelta(days=12 if kind == "sent" else 11)).isoformat(),
        }
        for kind, n in events
    ]
    running.inbox.put(workspace_id, None, [canonical(one, received_at=at) for one in records], received_at=at)
    segments.drain(running.lake)
    build.refresh(running.lake)


@pytest.fixture
def forty(running: Any, world: Any, keeper: Keeper) -> None:
    """Harbour sent 40 e-mails, 4 were opened: 10 %."""
    events = [("sent", n) for n in range(40)] + [("opened", n) for n in range(4)]
    keeper.added(running.lake, lambda: take_in(running, world.ids["harbour"], events))


def form(**changes: Any) -> dict[str, Any]:
    filled = {
        "op": "create",
        "id": 0,
        "at": 1.0,
        "name": "Opens",
        "kind": "below",
        "limit": "20",
        "least": "20",
    }
    return {**filled, "recipients": TO, **changes}


def tile_of(running: Any) -> str:
    """The address's query of the open rate on the workspace's default view."""
    return "?period=28&tile=open"


def rows(running: Any, kind: Any) -> list[Any]:
    with running.reading() as session:
        return list(session.scalars(select(kind).order_by(kind.id)))


def mails(running: Any) -> int:
    with running.reading() as session:
        return session.scalar(select(func.count(Mail.id)).where(Mail.key.like("alert %"))) or 0


def check(running: Any, at: datetime | None = None) -> int:
    return check_due(running.lake, running.settings, at or now() + timedelta(seconds=20))


@pytest.mark.usefixtures("forty")
def test_from_the_tile_to_one_mail_a_crossing(alice: Any, call: Any, running: Any, world: Any) -> None:
    """10 % is below 20 %: one mail to each. 8 of 40 opened is 20 %, not below it: over, and no mail."""
    analytics = call(alice, "url", f"{HARBOUR}/analytics", "?period=28").text
    assert "alerts?period=28&tile=" in analytics.replace("\\u0026", "&").replace("&amp;", "&")
    asked = tile_of(running)
    assert "New alert" in call(alice, "url", PAGE, asked).text
    made = call(alice, "alerts-act", form(), PAGE, asked)
    assert made.status_code == 200, made.text
    (alert,) = rows(running, TileAlert)
    assert made.json["response"]["alerts-go"]["data"] == f"{PAGE}?alert={alert.id}"
    assert (alert.limit_value, alert.recipients) == (0.2, ["alice@north.example", "erin@client.example"])
    assert check(running) == 2
    assert (check(running), mails(running)) == (0, 2)
    with running.reading() as session:
        first = session.scalars(select(Mail).where(Mail.to == "erin@client.example")).one()
    assert "10.0% (4 of 40 e-mails)" in first.text
    assert "below 20%." in first.text
    assert f"{running.settings.public_url}{PAGE}?alert={alert.id}" in first.text
    assert first.agency_id == world.ids["north"]
    assert first.bundle_id is not None
    with running.reading() as session:
        (picture,) = outbox.parts_of(session.connection(), first.bundle_id)
    assert (picture.name, picture.inline, picture.body[:4]) == ("tile.png", True, b"\x89PNG")
    assert 'src="cid:tile.png"' in first.html
    page = call(alice, "url", PAGE, f"?alert={alert.id}").text
    assert "Beyond its limit" in page
    assert "to be looked at" in page
    flag = call(alice, "url", f"{HARBOUR}/analytics", "?period=28").text
    assert "Alert: Opens" in flag
    call(alice, "alerts-act", {"op": "acknowledge", "id": alert.id, "at": 2.0}, PAGE, "")
    assert rows(running, AlertCrossing)[0].acknowledged_by == "alice@north.example"
    assert "to be looked at" not in call(alice, "url", PAGE, "").text

    take_in(running, world.ids["harbour"], [("opened", n) for n in range(4, 8)])  # 20 %: not below it
    assert (check(running, now() + timedelta(minutes=1)), mails(running)) == (0, 2)
    (crossing,) = rows(running, AlertCrossing)
    assert crossing.ended_at is not None
    assert "Within its limit" in call(alice, "url", PAGE, "").text
    again = call(alice, "alerts-act", {"op": "acknowledge", "id": alert.id, "at": 3.0}, PAGE, "")
    assert (again.status_code, "nothing left" in again.text) == (400, True)

    # A stricter limit: what comes back within an hour is the same crossing; later it is another one.
    changed = form(op="change", id=alert.id, limit="60")
    assert call(alice, "alerts-act", changed, PAGE, "").status_code == 200
    assert (check(running, now() + timedelta(minutes=2)), len(rows(running, AlertCrossing))) == (0, 1)
    take_in(running, world.ids["harbour"], [("opened", n) for n in range(8, 30)])
    check(running, now() + timedelta(minutes=3))
    call(alice, "alerts-act", form(op="change", id=alert.id, limit="80"), PAGE, "")
    assert (check(running, now() + timedelta(hours=2)), len(rows(running, AlertCrossing))) == (2, 2)
    with running.reading() as session:
        verbs = set(session.scalars(select(AuditEntry.verb).where(AuditEntry.verb.like("alert.%"))))
    assert verbs == {"alert.create", "alert.fire", "alert.acknowledge", "alert.over", "alert.edit"}


@pytest.mark.usefixtures("forty")
def test_a_silent_alert_is_told_when_its_silence_is_over(alice: Any, call: Any, running: Any) -> None:
    call(alice, "alerts-act", form(), PAGE, tile_of(running))
    (alert,) = rows(running, TileAlert)
    call(alice, "alerts-act", {"op": "snooze-1", "id": alert.id, "at": 2.0}, PAGE, "")
    assert (check(running), len(rows(running, AlertCrossing))) == (0, 1)
    assert "Silent until" in call(alice, "url", PAGE, "").text
    assert check(running, now() + timedelta(days=1, minutes=1)) == 2


@pytest.mark.usefixtures("forty")
@pytest.mark.parametrize("end", ["off", "remove", "unlink", "disable"])
def test_no_mail_when_it_is_off_removed_unlinked_or_disabled(
    alice: Any, call: Any, running: Any, world: Any, end: str
) -> None:
    call(alice, "alerts-act", form(), PAGE, tile_of(running))
    (alert,) = rows(running, TileAlert)
    if end in {"off", "remove"}:
        assert call(alice, "alerts-act", {"op": end, "id": alert.id, "at": 2.0}, PAGE, "").status_code == 200
    with running.session() as session:
        if end == "unlink":
            link = session.scalars(
                select(AgencyLink).where(AgencyLink.workspace_id == world.ids["harbour"])
            ).one()
            managing.unlink(session, link, "agency", actor="alice@north.example")
        if end == "disable":
            session.get_one(Workspace, world.ids["harbour"]).enabled = False
    assert (check(running), mails(running)) == (0, 0)


@pytest.mark.usefixtures("forty")
def test_who_may_no_longer_read_the_workspace_gets_no_mail(alice: Any, call: Any, running: Any) -> None:
    call(
        alice,
        "alerts-act",
        form(recipients="bob@north.example, charlie@south.example, x@y.example"),
        PAGE,
        tile_of(running),
    )
    with running.session() as session:
        session.scalars(select(User).where(User.email == "bob@north.example")).one().active = False
    assert check(running) == 1  # the address without an account; Charlie's account may not read Harbour


@pytest.mark.usefixtures("forty")
def test_of_strangers_nothing_is_there(alice: Any, browser: Any, call: Any, running: Any, world: Any) -> None:
    call(alice, "alerts-act", form(), PAGE, tile_of(running))
    (alert,) = rows(running, TileAlert)
    acts = [form(), form(op="change", id=alert.id), {"op": "remove", "id": alert.id, "at": 1.0}]
    for name in ("charlie", "dora"):
        who = browser(name)
        assert "This page does not exist" in call(who, "url", PAGE, f"?alert={alert.id}").text
        for one in acts:
            assert call(who, "alerts-act", one, PAGE, tile_of(running)).status_code == 404
    charlie = browser("charlie")  # in his own workspace her alert is not there either
    for one in acts[1:]:
        answer = call(charlie, "alerts-act", one, "/w/colossus/alerts", "")
        assert (answer.status_code, answer.json["detail"]) == (404, "There is no such alert.")
    unknown = call(
        charlie, "alerts-act", {"op": "remove", "id": 999_999, "at": 1.0}, "/w/colossus/alerts", ""
    )
    assert unknown.json["detail"] == "There is no such alert."
    assert [one.removed for one in rows(running, TileAlert)] == [False]


@pytest.mark.usefixtures("forty")
def test_a_german_reader_types_thousands_with_a_point(alice: Any, call: Any, running: Any) -> None:
    alice.client.set_cookie("lang", "de", domain="localhost")
    made = call(alice, "alerts-act", form(kind="rise", limit="2,125", least="1.000"), PAGE, tile_of(running))
    assert made.status_code == 200, made.text
    (alert,) = rows(running, TileAlert)
    assert (alert.limit_value, alert.least) == (0.02125, 1_000)
    assert "2,125" in call(alice, "url", PAGE, f"?change={alert.id}").text, "typed back, it is the same"


@pytest.mark.usefixtures("forty")
@pytest.mark.parametrize(
    ("changes", "search", "status"),
    [
        ({"recipients": "a@b.example\r\nBcc: c@d.example"}, None, 400),
        ({"recipients": " ".join(f"v{n}@client.example" for n in range(10_000))}, None, 400),
        ({"recipients": "nobody"}, None, 400),
        ({"recipients": ""}, None, 400),
        ({"recipients": "x" * 1_500_001}, None, 400),
        ({"name": "x" * 121}, None, 400),
        ({"name": "two\nlines\x07"}, None, 400),
        ({"limit": "soon"}, None, 400),
        ({"limit": "-1"}, None, 400),
        ({"limit": "101"}, None, 400),
        ({"limit": "nan"}, None, 400),
        ({"limit": "inf"}, None, 400),
        ({"kind": "fall", "limit": "101"}, None, 400),
        ({"kind": "sideways"}, None, 400),
        ({"least": "1e11"}, None, 400),
        ({"limit": {"$gt": 0}}, None, 400),
        ({}, "?period=28&tile=nothing", 404),
        ({}, "?view=999999&tile=open", 404),
        ({}, "?from=2026-01-01&to=2026-01-31&tile=open", 400),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_made(
    alice: Any, call: Any, running: Any, changes: Any, search: str | None, status: int
) -> None:
    answer = call(alice, "alerts-act", form(**changes), PAGE, search or tile_of(running))
    assert answer.status_code == status, answer.text
    assert rows(running, TileAlert) == []


@pytest.mark.usefixtures("forty")
def test_two_checks_at_once_write_one_mail(alice: Any, call: Any, running: Any) -> None:
    """A second worker that still believes it leads: its check finds the crossing that the first one made."""
    from concurrent.futures import ThreadPoolExecutor

    call(alice, "alerts-act", form(), PAGE, tile_of(running))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: check(running), range(2)))
    assert (mails(running), len(rows(running, AlertCrossing))) == (2, 1)
