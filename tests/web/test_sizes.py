"""However long the names that come in, pages and files stay of a size: names have a bound, and so have lists."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member
from dashapp.errors import NotFound
from dashapp.views import store
from data.building import refresh_on_view
from data.events.canonical import EVENTS, FIELDS, Parked, canonical, canonical_many
from data.events.fields import CUT, LONGEST
from data.intake.inbox import Inbox
from pages.explore import page as explore
from pages.frame.page_spec import Visit
from tests.support.world import HTML

HARBOUR = "/w/harbour-coffee/analytics"
#: What takes most room once it is escaped, and what takes most bytes.
HOSTILE = '<\U0001f600&"'
CAMPAIGNS = 60
#: No name, however long it came, may make more of a page than these.
DESK, PORTAL, FILE, EXPLORE = 1_500_000, 1_500_000, 400_000, 1_700_000


def long_name(length: int, number: int) -> str:
    return f"{number:03d}" + (HOSTILE * length)[: length - 3]


def test_every_text_of_an_event_has_a_bound() -> None:
    """One that has none would be as long as a delivery may be."""
    own = {
        "event",
        "channel",
        "occurred_at",
        "received_at",
        "machine",
        "track_opens",
        "track_clicks",
        "sentiment",
        "raw",
    }
    assert set(LONGEST) | set(CUT) == set(FIELDS) - own
    assert not set(LONGEST) & set(CUT)


@pytest.mark.parametrize("field", sorted({*LONGEST, *CUT}))
def test_what_is_longer_is_parked_or_cut(field: str) -> None:
    record = {"event": "replied", "occurred_at": 1790000000, "message_id": "m", "lead": "l@x.example"}
    most = {**LONGEST, **CUT}[field]
    now = datetime.now(UTC)
    valid = field not in ("bounce_kind", "machine_reason")
    at_bound, beyond = "x" * most, "x" * (most + 1)
    if valid:
        kept, parked = canonical_many([{**record, field: at_bound}], now)
        assert parked == []
        if field not in ("sender_provider", "recipient_provider", "event_id"):
            assert getattr(kept[0], field) == at_bound
    kept, parked = canonical_many([{**record, field: beyond}, record], now)
    if field in CUT:
        assert parked == []
        assert len(getattr(kept[0], field) or "") <= most
    else:
        assert len(kept) == 1
        (row,) = parked
        assert isinstance(row, Parked)
        assert f"{field} has {most + 1} characters, at most {most} are taken" in row.why
        assert len(row.why) < 200


@pytest.fixture
def hostile(running: Any, world: Any) -> None:
    """Sixty campaigns, steps, users, leads and links of Harbour's, each name as long as is taken."""
    now = datetime.now(UTC)
    events = []
    for n in range(CAMPAIGNS):
        message = {
            "message_id": f"m{n}",
            "lead": long_name(LONGEST["lead"], n),
            "campaign": long_name(LONGEST["campaign"], n),
            "step": long_name(LONGEST["step"], n),
            "variation": long_name(LONGEST["variation"], n),
            "user": long_name(LONGEST["user"], n),
            "sender": long_name(LONGEST["sender"], n),
            "subject": long_name(CUT["subject"], n),
        }
        for minutes, event in ((50, "sent"), (30, "opened"), (29, "clicked"), (20, "replied")):
            assert event in EVENTS
            record = {**message, "event": event, "event_id": f"{event}{n}"}
            record["occurred_at"] = (now - timedelta(minutes=minutes)).isoformat()
            if event == "clicked":
                record["url"] = long_name(CUT["url"], n)
            if event == "replied":
                record |= {
                    "reply_text": HOSTILE * 5_000,
                    "reply_category": long_name(LONGEST["reply_category"], n),
                }
            events.append(canonical(record, received_at=now))
    door: Inbox = running.inbox
    assert door.put(world.ids["harbour"], None, events, received_at=now).new == 4 * CAMPAIGNS
    refresh_on_view.ensure(running.lake, world.ids["harbour"])


def test_pages_and_files_stay_of_a_size(alice: Any, client: Any, world: Any, hostile: None) -> None:
    page = alice.get(HARBOUR, headers=HTML)
    assert page.status_code == 200
    assert "000&lt;\U0001f600&amp;" in page.text  # they are there
    assert len(page.data) < DESK, len(page.data)
    portal = client.get(f"/p/{world.harbour_token}/", headers=HTML)
    assert portal.status_code == 200
    assert len(portal.data) < PORTAL, len(portal.data)
    tiles = sorted(set(re.findall(r'data-tile="([\w-]+)"', portal.text)))
    assert len(tiles) > 3
    for tile in tiles:
        file = client.get(f"/p/{world.harbour_token}/tiles/{tile}.csv")
        assert file.status_code in (200, 404), tile  # a note has no figures
        assert len(file.data) < FILE, (tile, len(file.data))


def test_explore_stays_of_a_size(running: Any, world: Any, hostile: None) -> None:
    member = Member(world.ids["alice"], "alice@north.example", "", {world.ids["north"]: "owner"})
    with running.reading() as session:
        workspace, _ = scope_for_workspace(session, member, "harbour-coffee")
        view = store.shown(session, workspace, None).resolved.view
    for tile in view.tiles:
        visit = Visit(running, member, "/w/harbour-coffee/explore", {"tile": tile.id})
        try:
            shown = explore.layout(visit, "harbour-coffee")
        except NotFound:
            continue
        size = len(json.dumps(shown.content, cls=PlotlyJSONEncoder))
        assert size < EXPLORE, (tile.type, size)
