"""A workspace is made by its agency, and its name and time zone are changed: by whom, and what follows.

Alice owns North, Carla manages Harbour (Madrid), Dora is its client, Charlie owns South.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from dashapp.access.scopes import managing_link
from dashapp.agencies import managing
from dashapp.db.base import now
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Workspace
from dashapp.sharing import links
from data.building import build
from data.events.canonical import canonical
from data.lake import segments
from data.query.ask import ask
from data.question import Query
from data.scope import Scope
from tests.support.world import HTML


def make(call: Any, who: Any, search: str = "", **values: Any) -> Any:
    return call(who, "accounts-import", {"op": "create", "at": 1.0, **values}, search)


def save(who: Any, slug: str = "harbour-coffee", **values: str) -> Any:
    was = {"was_name": "Harbour Coffee", "was_timezone": "Europe/Madrid"}
    form = {"workspace": slug, "csrf_token": who.csrf, **was, "name": "Harbour Coffee", **values}
    return who.post("/account/workspace", data={"timezone": "Europe/Madrid", **form}, headers=HTML)


def harbour(running: Any, world: Any) -> tuple[str, str]:
    with running.reading() as session:
        row = session.get_one(Workspace, world.ids["harbour"])
        return row.name, row.timezone


def test_alice_makes_a_workspace_and_sees_it_and_charlie_does_not(
    alice: Any, browser: Any, call: Any, running: Any
) -> None:
    answer = make(call, alice, name="  Lumen   Legal ", timezone="Asia/Tokyo")
    assert answer.status_code == 200, answer.text
    assert "Lumen Legal is there." in str(answer.json)
    assert "/w/lumen-legal/people" in str(answer.json)
    assert alice.get("/w/lumen-legal/analytics", headers=HTML).status_code == 200
    assert browser("charlie").get("/w/lumen-legal/analytics", headers=HTML).status_code == 404
    with running.reading() as session:
        row = session.scalars(select(Workspace).where(Workspace.slug == "lumen-legal")).one()
        assert (row.timezone, row.managing_agency.name) == ("Asia/Tokyo", "North")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": " ", "timezone": "UTC"}, "1 to 120"),
        ({"name": "x" * 121, "timezone": "UTC"}, "1 to 120"),
        ({"name": "Two\nlines\x07", "timezone": "UTC"}, "1 to 120"),
        ({"name": "Lumen", "timezone": "Middle/Earth"}, "is not a time zone"),
        ({"name": "Lumen", "timezone": "../etc/passwd"}, "is not a time zone"),
    ],
)
def test_what_is_no_name_or_zone_is_told_and_makes_nothing(
    alice: Any, call: Any, running: Any, values: Any, told: str
) -> None:
    with running.reading() as session:
        before = session.scalars(select(Workspace.id)).all()
    assert told in str(make(call, alice, **values).json)
    with running.reading() as session:
        assert session.scalars(select(Workspace.id)).all() == before


@pytest.mark.parametrize("name", ["bob", "carla", "dora"])
def test_who_may_not_makes_no_workspace(browser: Any, call: Any, name: str) -> None:
    assert make(call, browser(name), name="Lumen", timezone="UTC").status_code in {403, 404}


def test_charlie_makes_none_for_north_and_a_wrong_type_is_400(
    alice: Any, browser: Any, call: Any, running: Any
) -> None:
    answer = make(call, browser("charlie"), name="Lumen", timezone="UTC", search="?agency=north")
    assert answer.status_code == 404
    good = {"name": "a", "timezone": "UTC"}
    for values in ({**good, "name": ["a"]}, {"name": "a"}, {**good, "plan": "pro"}):
        assert make(call, alice, **values).status_code == 400


def test_another_name_is_on_the_portal_at_the_next_look(
    browser: Any, alice: Any, running: Any, world: Any
) -> None:
    with running.session() as session:
        row = session.get_one(Workspace, world.ids["harbour"])
        token = links.create_share(session, running.settings, row)[2]
    assert "Harbour Coffee" in alice.get(f"/p/{token}/").text
    assert save(browser("carla"), name="Harbour & Sons").status_code == 303
    shown = alice.get(f"/p/{token}/").text
    assert "Harbour &amp; Sons" in shown
    assert "Harbour Coffee" not in shown
    assert alice.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 200, "the address stays"
    with running.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "workspace.edit")).one()
    assert (entry.workspace_id, entry.detail) == (
        world.ids["harbour"],
        "name: Harbour Coffee -> Harbour & Sons",
    )


def test_in_another_zone_every_day_is_cut_anew(browser: Any, running: Any, world: Any) -> None:
    """Half past ten in the evening, UTC, is the next day in Tokyo and the same one in New York."""
    day = (now() - timedelta(days=3)).date()
    sent = datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC)
    record = {
        "event": "sent",
        "event_id": "late",
        "message_id": "late",
        "channel": "email",
        "lead": "ana@client.example",
        "occurred_at": sent.isoformat(),
    }
    place, was = world.ids["harbour"], "Europe/Madrid"
    running.inbox.put(place, None, [canonical(record, received_at=now())], received_at=now())
    segments.drain(running.lake)
    query = Query(name="rate", data_type="bounce", by="day", from_=day - timedelta(2), to=day + timedelta(2))
    for zone in ("Europe/Madrid", "Asia/Tokyo", "America/New_York"):
        assert save(browser("carla"), timezone=zone, was_timezone=was).status_code == 303
        build.refresh(running.lake)
        groups = ask(running.lake, Scope(frozenset({place})), place, query)["groups"]
        days = {group["key"]: group["base"] for group in groups if group["base"]}
        assert days == {sent.astimezone(ZoneInfo(zone)).date().isoformat(): 1}, zone
        was = zone


def test_who_saves_over_somebody_elses_save_is_told(
    browser: Any, alice: Any, running: Any, world: Any
) -> None:
    assert save(browser("carla"), timezone="Asia/Tokyo").status_code == 303
    save(alice, timezone="America/New_York")  # her form still showed Madrid
    assert harbour(running, world) == ("Harbour Coffee", "Asia/Tokyo")
    save(alice, name="Harbour Two")  # what she left alone is not put back
    assert harbour(running, world) == ("Harbour Two", "Asia/Tokyo")


def test_who_may_not_changes_nothing(browser: Any, running: Any, world: Any) -> None:
    for name in ("dora", "charlie"):
        assert save(browser(name), name="Mine").status_code == 404
    carla = browser("carla")
    assert save(carla, slug="colossus", name="Mine").status_code == 404
    assert save(carla, slug="pine-dental", name="Mine").status_code == 404
    assert save(carla, name="Mine", agency_id="2").status_code == 400
    for wrong in ({"name": "x" * 121}, {"timezone": "Nowhere"}):
        assert save(carla, **wrong).status_code == 303
    assert harbour(running, world) == ("Harbour Coffee", "Europe/Madrid")


def test_a_workspace_unlinked_meanwhile_is_not_the_agencys_to_change(
    alice: Any, running: Any, world: Any
) -> None:
    with running.session() as session:
        link = managing_link(session, world.ids["harbour"])
        managing.unlink(session, link, "workspace", actor="dora@harbour.example")
    assert save(alice, name="Mine").status_code == 404
    assert harbour(running, world)[0] == "Harbour Coffee"
