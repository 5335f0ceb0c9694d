"""A figure opened: the rows it counts, for who may see them; a stranger's is 404, as one that is not there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.db.security import AuditEntry
from data.building.build import refresh
from data.events.canonical import canonical
from data.lake.segments import drain
from tests.support.kept import Keeper

HARBOUR = "/w/harbour-coffee/analytics"


@pytest.fixture
def told(running: Any, world: Any, keeper: Keeper) -> None:
    """Harbour: five e-mails to five people two days ago, two opened, one of them answered. Colossus: 900."""
    keeper.added(running.lake, lambda: _tell(running, world))


def _tell(running: Any, world: Any) -> None:
    now = datetime.now(UTC)
    at = now - timedelta(days=2)
    for name, count in (("harbour", 5), ("colossus", 900)):
        events = []
        for n in range(count):
            about = {"message_id": f"m{n}", "lead": f"lead{n}@{name}.example", "campaign": "=Founders"}
            happened = [("sent", 0), *([("opened", 1)] if n < 2 or name == "colossus" else [])]
            happened += [("replied", 2)] if n == 0 else []
            for event, hours in happened:
                record = {"event": event, "event_id": f"{n}-{event}", **about}
                record["occurred_at"] = (at + timedelta(hours=hours)).isoformat()
                if event == "replied":
                    record["reply_category"] = "interested"
                events.append(canonical(record, received_at=now))
        running.inbox.put(world.ids[name], None, events, received_at=now)
    drain(running.lake)
    refresh(running.lake, [world.ids["harbour"], world.ids["colossus"]])


def ask(tile: str, cell: str, part: str = "n", **more: Any) -> dict[str, Any]:
    return {"op": "show", "tile": tile, "cell": cell, "part": part, "at": 1, **more}


def opened(call: Any, who: Any, *args: str) -> dict[str, Any]:
    answer = call(who, "cell-asked", ask(*args), HARBOUR, "")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json["response"]["cell-answered"]["data"]
    return found


def test_the_rows_are_those_the_figure_counts(alice: Any, call: Any, told: None) -> None:
    shown = opened(call, alice, "open", "now|")
    assert "2 of 5 e-mails" in shown["html"]
    assert shown["html"].count("<tr>") == 1 + 2
    assert "lead0@harbour.example" in shown["html"]
    assert "lead2@" not in shown["html"]
    base = opened(call, alice, "open", "now|", "base")
    assert base["html"].count("<tr>") == 1 + 5
    assert base["html"].count(">Yes<") == 2
    reply = opened(call, alice, "reply", "now|")
    assert "1 of 5 leads" in reply["html"]
    assert "Interested" in reply["html"]
    sent = opened(call, alice, "sent", "now|")
    assert "data-cell-part" not in sent["html"], "e-mails sent are no part of anything"
    assert sent["html"].count("<tr>") == 1 + 5
    assert "@colossus" not in shown["html"] + base["html"] + reply["html"] + sent["html"]


def test_what_a_figure_leaves_out_is_told_in_numbers(
    alice: Any, call: Any, told: None, running: Any, world: Any
) -> None:
    """Four more: one bounced, two sent without tracking (one is opened all the same), one a machine opened."""
    now = datetime.now(UTC)
    more = [("sent", "b", {}), ("bounced", "b", {}), ("sent", "u", {"track_opens": False})]
    more += [("sent", "v", {"track_opens": False}), ("opened", "v", {}), ("sent", "a", {})]
    more += [("opened", "a", {"machine": True})]
    events = [
        canonical(
            {"event": event, "message_id": name, "lead": f"{name}@harbour.example", **about}
            | {"occurred_at": (now - timedelta(days=1, minutes=-place)).isoformat()},
            received_at=now,
        )
        for place, (event, name, about) in enumerate(more)
    ]
    running.inbox.put(world.ids["harbour"], None, events, received_at=now)
    drain(running.lake)
    refresh(running.lake, [world.ids["harbour"]])
    rate = opened(call, alice, "open", "now|")["html"]
    assert "2 of 6 e-mails" in rate
    assert "<dt>Left out</dt><dd>1 bounced · 2 sent without tracking · 1 by machines alone</dd>" in rate
    base = opened(call, alice, "open", "now|", "base")["html"]
    assert base.count("<tr>") == 1 + 6
    replies = opened(call, alice, "reply", "now|")["html"]
    assert "1 of 8 leads" in replies
    assert "<dd>1 bounced</dd>" in replies
    assert "Left out" not in opened(call, alice, "sent", "now|")["html"]


def test_the_definition_is_the_catalogs(alice: Any, call: Any, told: None) -> None:
    shown = opened(call, alice, "open", "now|")
    assert (
        "E-mails opened, divided by e-mails sent with tracking on that neither bounced nor were refused."
        in shown["html"]
    )
    assert "Opens and clicks by machines are left out." in shown["html"]
    assert "Europe/Madrid" in shown["html"]


def test_the_file_has_every_row_and_is_noted(alice: Any, call: Any, told: None, running: Any) -> None:
    asked = {"tile": "sent", "cell": "now|", "part": "n", "at": 1}
    answer = call(alice, "cell-file", asked, HARBOUR, "").json["response"]["cell-filed"]["data"]
    lines = answer["text"].splitlines()
    assert len(lines) == 1 + 5
    assert lines[0].startswith("Lead,Campaign,Step,")
    assert all(",'=Founders," in line for line in lines[1:]), "no spreadsheet runs it"
    assert answer["name"] == "harbour-coffee-sent-counted.csv"
    with running.reading() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.verb == "rows.exported")).all()
    assert [(one.actor, one.detail[:6]) for one in noted] == [("alice@north.example", "5 rows")]


def test_a_client_sees_the_figure_with_its_definition_and_no_lead(
    browser: Any, call: Any, told: None
) -> None:
    dora = browser("dora")
    shown = opened(call, dora, "open", "now|")
    assert "E-mails opened, divided by" in shown["html"]
    assert "2 of 5 e-mails" in shown["html"]
    assert "@harbour.example" not in shown["html"]
    more = ask("open", "now|") | {"op": "more", "after": json.dumps([0, "m"])}
    assert call(dora, "cell-asked", more, HARBOUR, "").status_code == 404
    asked = {"tile": "sent", "cell": "now|", "part": "n", "at": 1}
    assert call(dora, "cell-file", asked, HARBOUR, "").status_code == 404


@pytest.mark.parametrize(
    ("path", "tile", "cell"),
    [
        ("/w/harbour-coffee/analytics", "open", "now|"),
        ("/w/nowhere/analytics", "open", "now|"),
        ("/w/harbour-coffee/explore", "open", "now|"),
    ],
)
def test_a_strangers_figure_is_404(
    browser: Any, call: Any, told: None, path: str, tile: str, cell: str
) -> None:
    charlie = browser("charlie")
    asked = {"tile": tile, "cell": cell, "part": "n", "at": 1}
    assert call(charlie, "cell-asked", ask(tile, cell), path, "").status_code == 404
    assert call(charlie, "cell-file", asked, path, "").status_code == 404


@pytest.mark.parametrize(
    ("tile", "cell"),
    [
        ("nothing", "now|"),
        ("open", "before2|"),
        ("open", "now"),
        ("open", "now|=Founders"),
        ("cohort", "cohort|w:2024-09-03:1"),
        ("cohort", "cohort|w:2024-09-02:13"),
        ("open", "now|d:2024-09-31"),
    ],
)
def test_a_figure_that_is_not_there_is_404(alice: Any, call: Any, tile: str, cell: str) -> None:
    assert call(alice, "cell-asked", ask(tile, cell), HARBOUR, "").status_code == 404


@pytest.mark.parametrize(
    "change", [{"part": "all"}, {"tile": 5}, {"sql": "1"}, {"op": "more"}, {"op": "more", "after": 7}]
)
def test_a_wrong_form_is_400(alice: Any, call: Any, change: dict[str, Any]) -> None:
    assert call(alice, "cell-asked", ask("open", "now|") | change, HARBOUR, "").status_code == 400
