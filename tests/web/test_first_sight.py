"""The analytics page is in its document, for who may see it and for nobody else, and holds no token."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.agencies import managing
from dashapp.db.tenants import AgencyLink, Workspace
from data.events.canonical import canonical
from pages.analytics import page as analytics
from tests.support.world import HTML

HARBOUR = "/w/harbour-coffee/analytics"


def document(who: Any, address: str, **headers: str) -> str:
    found: str = who.get(address, headers={**HTML, **headers}).text
    return found


@pytest.fixture
def figures(running: Any, world: Any) -> None:
    """One e-mail of Alice's this week, a thousand of Charlie's."""
    now = datetime.now(UTC)
    for place, count, campaign in (("harbour", 1, "Founders"), ("colossus", 1_000, "ZZZ-LEAK-CANARY")):
        events = [
            canonical(
                {
                    "event_id": f"s{n}",
                    "event": "sent",
                    "occurred_at": (now - timedelta(minutes=5)).isoformat(),
                    "message_id": f"m{n}",
                    "lead": f"l{n}@client.example",
                    "campaign": campaign,
                },
                received_at=now,
            )
            for n in range(count)
        ]
        running.inbox.put(world.ids[place], None, events, received_at=now)


def test_alice_has_her_tiles_before_any_script(alice: Any, figures: None) -> None:
    page = document(alice, HARBOUR)
    first, entry = page.index('<div class="dk-first" inert>'), page.index('<div id="react-entry-point"')
    scripts = page.index("<script src=")
    assert first < entry < scripts, "seen, then made, then made to work"
    shown = page[first:entry]
    assert shown.count('data-first="') == 9
    assert 'class="num">1<' in shown.replace("\n", "")
    assert "Harbour Coffee" in shown
    assert "ZZZ-LEAK-CANARY" not in page
    assert "data-tile=" not in page
    assert re.findall(r' id="(?!g-|h-)', shown) == []


def test_the_same_tiles_come_by_the_callback(alice: Any, call_route: Any, figures: None) -> None:
    """Nothing may change when the page takes its place."""
    first = document(alice, HARBOUR)
    page = call_route(alice, HARBOUR)
    tiles = next(c for c in page["props"]["children"] if c["props"].get("id") == "tiles")["props"]["html"]
    bare = re.sub(r' id="(?!g-|h-)[^"<>]*"', "", tiles).replace("data-tile=", "data-first=")
    assert bare in first


@pytest.fixture
def call_route(app: Any) -> Any:
    """What the route callback gives as the page of an address."""
    registered = app.extensions["vitrine_desk"].callback_map
    output, found = next((k, one) for k, one in registered.items() if one["inputs"][0]["id"] == "url")

    def call(who: Any, path: str) -> Any:
        parts = [part.rsplit(".", 1) for part in output[2:-2].split("...")]
        values = zip(found["inputs"], (path, ""), strict=True)
        body = {
            "output": output,
            "outputs": [{"id": name, "property": prop} for name, prop in parts],
            "inputs": [{**one, "value": value} for one, value in values],
            "changedPropIds": ["url.pathname"],
        }
        return who.post("/_dash-update-component", json=body).json["response"]["page"]["children"]

    return call


def test_no_token_stands_in_the_document(alice: Any) -> None:
    """It is packed, and packing beside a secret tells its length."""
    page = document(alice, HARBOUR)
    assert "dk-first" in page
    assert 'action="/logout"' in page
    assert 'name="csrf_token"' not in page
    assert alice.csrf not in page


@pytest.mark.parametrize("slug", ["pine-dental", "colossus", "nowhere"])
def test_what_is_not_carla_s_is_404_as_ever(browser: Any, slug: str) -> None:
    answer = browser("carla").get(f"/w/{slug}/analytics", headers=HTML)
    assert answer.status_code == 404
    assert "dk-first" not in answer.text


def test_an_open_page_is_told_when_it_is_its_reader_s_no_more(
    alice: Any, browser: Any, client: Any, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked with HEAD every second, of any page of a workspace, and nothing is made for it."""
    monkeypatch.setattr(analytics, "now_of", None)
    for page in (HARBOUR, "/w/harbour-coffee/contacts", "/w/harbour-coffee/account"):
        answer = alice.client.head(page)
        assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"", "no-store")
        assert client.head(page).status_code == 401
    assert browser("carla").client.head("/w/pine-dental/contacts").status_code == 404
    with running.session() as session:
        link = session.scalars(
            select(AgencyLink).join(Workspace, AgencyLink.workspace_id == Workspace.id)
        ).all()
        harbour = next(one for one in link if one.workspace.slug == "harbour-coffee")
        managing.unlink(session, harbour, "workspace", actor="owner@harbour.example")
    assert alice.client.head("/w/harbour-coffee/contacts").status_code == 404


@pytest.mark.parametrize(
    "address", ["/", "/w/harbour-coffee/sources", f"{HARBOUR}?edit=1", f"{HARBOUR}?view=999999"]
)
def test_pages_one_works_with_wait_for_their_scripts(alice: Any, address: str) -> None:
    assert "dk-first" not in document(alice, address)


def test_a_fault_leaves_the_page_to_dash(alice: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(analytics, "now_of", broken)
    answer = alice.get(HARBOUR, headers=HTML)
    assert answer.status_code == 200
    assert "dk-first" not in answer.text
    assert "react-entry-point" in answer.text
    assert "first sight" in caplog.text


def test_the_document_is_packed(alice: Any) -> None:
    answer = alice.get(HARBOUR, headers={**HTML, "Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.headers["Cache-Control"] == "no-store"
