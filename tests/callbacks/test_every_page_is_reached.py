"""Every page of the desk is reached by following links from the home: none is there for those alone who know its
address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.schedules import keeping
from dashapp.sharing import links
from data.building import build
from data.events.canonical import canonical
from data.lake import segments
from jobs.intake.people import catch_up
from pages.frame.page_spec import desk_pages, page_at

#: Whoever has an agency already begins no second one from a menu; the profile of who has none offers it.
WITHOUT_A_LINK = {"agency-new"}
HARBOUR = "/w/harbour-coffee"
_HREF = re.compile(r"""(?:href|data-goes)["']?\s*[=:]\s*\\?["']([^"'\\]+)""")


def test_alice_reaches_every_page_by_links_from_the_home(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    at = now()
    sent = {
        "event": "sent",
        "event_id": "s1",
        "message_id": "m1",
        "channel": "email",
        "campaign": "Autumn",
        "lead": "ana@client.example",
        "occurred_at": (at - timedelta(days=2)).isoformat(),
    }
    running.inbox.put(world.ids["harbour"], None, [canonical(sent, received_at=at)], received_at=at)
    segments.drain(running.lake)
    build.refresh(running.lake)
    catch_up(running.lake)
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        share = links.create_share(session, running.settings, harbour)[0]
        wanted = keeping.Wanted("weekly", 8, "UTC", ["ana@client.example"])
        keeping.create(session, running.settings, harbour, share, wanted, actor="alice@north.example")
    reached: set[str] = set()
    seen, waiting = {"/"}, ["/"]
    while waiting:
        address = waiting.pop()
        parts = urlsplit(address)
        found = page_at(parts.path)
        if found is None or found[0].name in reached:
            continue
        answer = call(alice, "url", parts.path, f"?{parts.query}" if parts.query else "")
        assert answer.status_code == 200, address
        if "This page does not exist" in str(answer.json):
            continue
        reached.add(found[0].name)
        shown = str(answer.json) + alice.get(address).text
        for href in _HREF.findall(shown):
            href = href.replace("&amp;", "&")
            path = urlsplit(href).path
            elsewhere = path.startswith("/w/") and not f"{path}/".startswith(f"{HARBOUR}/")
            if href not in seen and not elsewhere and page_at(path) is not None:
                seen.add(href)
                waiting.append(href)
    assert set(desk_pages()) - reached <= WITHOUT_A_LINK
