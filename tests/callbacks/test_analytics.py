"""An open page: nothing moves until the data do, and only for who may read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as engine_event

from data.building import refresh_on_view
from data.events.canonical import canonical

HARBOUR = "/w/harbour-coffee/analytics"


def shown_at_first(call: Any, who: Any) -> str:
    page = call(who, "url", HARBOUR, "").json["response"]["page"]["children"]
    stores = [c for c in page["props"]["children"] if c["type"] == "Store" and c["props"]["id"] == "shown"]
    return stores[0]["props"]["data"]


def test_nothing_is_sent_while_nothing_changed(alice: Any, call: Any) -> None:
    shown = shown_at_first(call, alice)
    assert call(alice, "live", 1, HARBOUR, "", shown).json["response"] == {}


def test_a_new_event_brings_new_tiles(alice: Any, call: Any, running: Any, world: Any) -> None:
    shown = shown_at_first(call, alice)
    now = datetime.now(UTC)
    sent = {"event": "sent", "message_id": "m1", "lead": "zoe@acme.example", "campaign": "Founders"}
    event = canonical(
        {"event_id": "e1", "occurred_at": (now - timedelta(minutes=5)).isoformat(), **sent}, received_at=now
    )
    running.inbox.put(world.ids["harbour"], None, [event], received_at=now)
    answer = call(alice, "live", 2, HARBOUR, "", shown).json["response"]
    assert answer["shown"]["data"] != shown
    assert "Data complete to" in str(answer["fresh"])
    assert 'class="num">1<' in answer["tiles"]["html"].replace("\n", "")
    assert call(alice, "live", 3, HARBOUR, "", answer["shown"]["data"]).json["response"] == {}


def test_an_open_page_says_that_it_is_behind_and_when_that_is_over(
    alice: Any, call: Any, running: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event is acknowledged, and nobody can fold it in."""

    def send(name: str) -> None:
        at = datetime.now(UTC)
        sent = {"event": "sent", "message_id": name, "lead": "zoe@acme.example", "event_id": name}
        event = canonical({**sent, "occurred_at": (at - timedelta(minutes=4)).isoformat()}, received_at=at)
        running.inbox.put(world.ids["harbour"], None, [event], received_at=at)

    send("m2")
    shown = shown_at_first(call, alice)
    send("m3")
    with monkeypatch.context() as patch:
        patch.setattr(refresh_on_view, "ensure", lambda *_: None)
        behind = call(alice, "live", 2, HARBOUR, "", shown).json["response"]
    assert "dk-fresh-stale" in str(behind["fresh"])
    assert "; newer events are not counted yet" in str(behind["fresh"])
    assert "newer events have come in and are not counted yet" in behind["tiles"]["html"]
    over = call(alice, "live", 3, HARBOUR, "", behind["shown"]["data"]).json["response"]
    assert "Data complete to" in str(over["fresh"])
    assert "not counted yet" not in over["tiles"]["html"]


def test_another_period_is_another_page(alice: Any, call: Any) -> None:
    shown = shown_at_first(call, alice)
    assert call(alice, "live", 1, HARBOUR, "?period=7", shown).json["response"] != {}


@pytest.mark.parametrize("slug", ["pine-dental", "colossus", "nowhere"])
def test_carla_gets_404_for_what_is_not_hers(browser: Any, call: Any, slug: str) -> None:
    assert call(browser("carla"), "live", 1, f"/w/{slug}/analytics", "", None).status_code == 404


def test_the_clock_of_another_page_is_404(alice: Any, call: Any) -> None:
    assert call(alice, "live", 1, "/", "", None).status_code == 404


@pytest.mark.parametrize("shown", [5, ["x"], {"a": 1}, "x" * 101])
def test_a_wrong_type_is_400(alice: Any, call: Any, shown: Any) -> None:
    assert call(alice, "live", 1, HARBOUR, "", shown).status_code == 400


def test_a_workspace_without_data_shows_what_to_do_first(alice: Any, call: Any) -> None:
    """On the dashboard without the third step: its page has nothing to share."""
    for path, steps in (("/w/pine-dental/analytics", 3), ("/w/pine-dental", 2)):
        page = str(call(alice, "url", path, "").json["response"]["page"])
        assert "From here to the first figures" in page
        start = page[page.index("From here") : page.index("dk-tiles")]
        assert start.count("H3(") + start.count("'type': 'H3'") == steps
        assert "/w/pine-dental/sources" in start
        assert "compared with" not in page[: page.index("From here")]


def test_a_warm_page_costs_few_statements_and_transactions(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    """The document and the callback that draws the page, together; nothing has changed since they were drawn.

    A half of them each: 4 of who looks and where, 6 of the page, 2 of the rail and the switcher.
    """
    path, asked, at = "/w/harbour-coffee/analytics", "?period=28", datetime.now(UTC)
    sent = {"event": "sent", "message_id": "m1", "lead": "zoe@acme.example", "event_id": "e1"}
    event = canonical({**sent, "occurred_at": (at - timedelta(days=2)).isoformat()}, received_at=at)
    running.inbox.put(world.ids["harbour"], None, [event], received_at=at)
    for _ in range(2):
        assert alice.get(path + asked).status_code == 200
        assert call(alice, "url", path, asked).status_code == 200
    seen = {"BEGIN": 0, "statements": 0}

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen["BEGIN" if statement.startswith("BEGIN") else "statements"] += 1

    engine_event.listen(running.engine, "before_cursor_execute", note)
    try:
        document = alice.get(path + asked)
        answer = call(alice, "url", path, asked)
    finally:
        engine_event.remove(running.engine, "before_cursor_execute", note)
    assert "dk-first" in document.text
    assert "data-tile" in answer.text
    assert seen["statements"] <= 24, seen
    assert seen["BEGIN"] <= 4, seen
