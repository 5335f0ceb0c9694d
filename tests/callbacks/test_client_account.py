"""What Dora, Harbour Coffee's own account, sees of it: what the agency gives out, and nobody of the agency by name.

Bob and Erin of North send for Harbour; Charlie's people send for Colossus.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashapp.access.trail import trail
from dashapp.agencies import accounts, roles
from dashapp.db.reports import Share, StoredView
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Workspace
from dashapp.sharing import links
from dashapp.views.editing import collection
from dashapp.views.store import shipped_view
from data.building.build import refresh
from data.events.canonical import canonical
from data.lake.segments import drain

PAGE = "/w/harbour-coffee/analytics"
BOB, ERIN = "bob@north.example", "erin@north.example"


@pytest.fixture
def sent(running: Any, world: Any) -> None:
    """Five e-mails of Harbour's: three by Bob, two by Erin."""
    now = datetime.now(UTC)
    events = [
        canonical(
            {
                "event": "sent",
                "event_id": f"e{n}",
                "message_id": f"m{n}",
                "lead": f"lead{n}@client.example",
                "campaign": "Autumn",
                "user": BOB if n < 3 else ERIN,
                "occurred_at": (now - timedelta(days=2)).isoformat(),
            },
            received_at=now,
        )
        for n in range(5)
    ]
    running.inbox.put(world.ids["harbour"], None, events, received_at=now)
    drain(running.lake)
    refresh(running.lake, [world.ids["harbour"]])


@pytest.fixture
def working_view(running: Any, world: Any) -> int:
    """A view that Bob has just made for Harbour."""
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        made = collection.create_view(session, harbour, "Not for Dora yet", BOB, shipped_view("replies"))
        return int(made.id)


def routed(call: Any, who: Any, search: str = "", page: str = "analytics") -> str:
    """The page of an address, as the browser is told to draw it."""
    answer = call(who, "url", f"/w/harbour-coffee/{page}", search)
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json["response"]["page"]["children"])


@pytest.mark.usefixtures("sent")
def test_the_filter_by_user_is_the_teams(browser: Any, call: Any) -> None:
    for name, told in (("alice", True), ("bob", True), ("carla", True), ("dora", False)):
        who = browser(name)
        page = routed(call, who)
        assert (ERIN in page, BOB in page) == (told, told), name
        assert "Autumn" in page, name  # the filter by campaign is everybody's
        # The first answer holds the page too; its frame names who is logged in.
        assert (ERIN in who.get(PAGE, headers={"Accept": "text/html"}).text) is told, name


@pytest.mark.usefixtures("sent")
def test_an_address_cannot_ask_what_the_filter_does_not_offer(browser: Any, call: Any) -> None:
    """Three of five are Bob's: a filtered figure would say that there is a Bob, and how much he sends."""

    def counted(who: Any, search: str) -> str:
        asked = {"op": "show", "tile": "sent", "cell": "now|", "part": "n", "at": 1}
        answer = call(who, "cell-asked", asked, PAGE, search)
        assert answer.status_code == 200, answer.text
        return str(answer.json["response"]["cell-answered"]["data"]["html"])

    filtered = f"?user={BOB}"
    alice, dora = browser("alice"), browser("dora")
    assert counted(alice, filtered) != counted(alice, "")
    assert counted(dora, filtered) == counted(dora, "")
    assert BOB not in routed(call, dora, filtered)
    assert BOB not in routed(call, dora, f"{filtered}&tile=sent", page="explore")
    assert BOB in routed(call, alice, f"{filtered}&tile=sent", page="explore")


def test_a_view_is_the_clients_when_it_is_given_out(
    app: Any, browser: Any, call: Any, running: Any, world: Any, working_view: int
) -> None:
    """By a link that works, or as the view the workspace shows by default; and no longer than that."""
    alice, carla, dora, charlie = (browser(name) for name in ("alice", "carla", "dora", "charlie"))
    name, search = "Not for Dora yet", f"?view={working_view}"
    cell = {"op": "show", "tile": "reply", "cell": "now|", "part": "n", "at": 1}

    def sees(who: Any) -> tuple[bool, bool, int]:
        """(in the menu, shown when asked for, a figure of it)."""
        menu, page = routed(call, who), routed(call, who, search)
        return name in menu, name in page, call(who, "cell-asked", cell, PAGE, search).status_code

    assert sees(alice) == sees(carla) == (True, True, 200)
    for stranger in (dora, charlie):
        assert sees(stranger) == (False, False, 404)
        assert stranger.get(f"{PAGE}.pdf{search}").status_code == 404
    with app.app_context():
        trail().flush()
    with running.reading() as session:
        denied = session.query(AuditEntry).filter_by(actor="dora@harbour.example", verb="denied").all()
    assert {entry.detail for entry in denied} == {
        f"404 {PAGE}",
        "404 POST /_dash-update-component",
        f"404 GET {PAGE}.pdf",
    }

    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        view = session.get_one(StoredView, working_view)
        share, _, _ = links.create_share(session, running.settings, harbour, view=view)
    assert sees(dora) == (True, True, 200)
    assert sees(charlie) == (False, False, 404)
    with running.session() as session:
        links.pause(session, session.get_one(Share, share.id))
    assert sees(dora) == (False, False, 404)
    with running.session() as session:
        collection.star(session, session.get_one(Workspace, world.ids["harbour"]), working_view, BOB)
    assert sees(dora) == (True, True, 200)


def test_who_becomes_of_the_team_sees_it_at_the_next_request(
    browser: Any, call: Any, running: Any, world: Any, working_view: int
) -> None:
    dora = browser("dora")
    assert "Not for Dora yet" not in routed(call, dora)
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        person = accounts.known_user(session, "dora@harbour.example")
        roles.set_workspace_role(session, person, harbour, "member")
    assert "Not for Dora yet" in routed(call, dora)


@pytest.mark.usefixtures("sent")
def test_a_portal_names_nobody_of_the_agency(client: Any, running: Any, world: Any) -> None:
    """Nor anything else of the desk's: no statement, no file's place, no other client, nobody who made the link."""
    path = f"/p/{world.harbour_token}/"
    page = client.get(path)
    assert page.status_code == 200
    parts = [page.text, client.get(f"{path}live").text]
    for tile in set(re.findall(r'data-tile="([a-z0-9-]+)"', page.text)):
        parts.append(client.get(f"{path}tiles/{tile}.csv").text)
    assert len(parts) > 5
    for text in parts:
        for secret in (
            BOB,
            ERIN,
            "@north.example",
            "Pine Dental",
            "Colossus",
            "SELECT ",
            str(running.settings.home),
        ):
            assert secret not in text, secret
