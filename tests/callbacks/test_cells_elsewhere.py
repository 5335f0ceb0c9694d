"""Figures open on the agency's templates, in Explore and of a forecast, by the rules of the analytics page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.sharing import links
from data.plans import load as plans
from tests.callbacks.test_cells import ask, told

__all__ = ["told"]

EXPLORE = "/w/harbour-coffee/explore"
AHEAD = {"id": "ahead", "type": "future_emails", "x": 0, "y": 0, "w": 6, "h": 3}


def show(call: Any, who: Any, path: str, search: str, asked: dict[str, Any]) -> Any:
    answer = call(who, "cell-asked", asked, path, search)
    return (
        answer.json["response"]["cell-answered"]["data"] if answer.status_code == 200 else answer.status_code
    )


def test_a_template_opens_with_the_rows_of_its_preview(alice: Any, call: Any, told: None) -> None:
    page = call(alice, "url", "/analytics", "?agency=north&workspace=harbour-coffee").json["response"]
    assert 'data-cell="now|' in str(page).replace("\\", "")
    assert "cell-dialog" in str(page)
    shown = show(call, alice, "/analytics", "?agency=north&workspace=harbour-coffee", ask("open", "now|"))
    assert "2 of 5 e-mails" in shown["html"]
    assert "lead0@harbour.example" in shown["html"]
    asked = {"tile": "sent", "cell": "now|", "part": "n", "at": 1}
    search = "?agency=north&workspace=harbour-coffee"
    text = call(alice, "cell-file", asked, "/analytics", search).json["response"]["cell-filed"]["data"][
        "text"
    ]
    assert len(text.splitlines()) == 1 + 5
    other = show(call, alice, "/analytics", "?agency=north&workspace=pine-dental", ask("open", "now|"))
    assert "@" not in other["html"]


@pytest.mark.parametrize(
    "search",
    ["?agency=north&workspace=harbour-coffee", "?agency=south&workspace=harbour-coffee", "?view=999"],
)
def test_a_strangers_template_is_404(browser: Any, call: Any, told: None, search: str) -> None:
    charlie, bob = browser("charlie"), browser("bob")
    assert show(call, charlie, "/analytics", search, ask("open", "now|")) == 404
    assert show(call, bob, "/analytics", search, ask("open", "now|")) == 404, "Bob may not edit templates"


def test_each_point_and_each_figure_of_explore_opens(alice: Any, call: Any, told: None) -> None:
    page = str(call(alice, "url", EXPLORE, "?tile=trend").json["response"]).replace("\\", "")
    (cell,) = set(re.findall(r'data-cell="(now\|d:[\d-]+)"', page))
    assert f"'{cell}'" in page, "the point of the plot opens the same"
    assert f'data-cell="{cell}" data-part="base"' in page
    shown = show(call, alice, EXPLORE, "?tile=trend", ask("trend", cell))
    assert "2 of 5 e-mails" in shown["html"]


def test_explore_is_headed_as_the_tile_and_tells_the_days_of_its_figures(
    alice: Any, call: Any, told: None
) -> None:
    def page(tile: str) -> str:
        return str(call(alice, "url", EXPLORE, f"?tile={tile}&period=7").json["response"])

    today = datetime.now(ZoneInfo("Europe/Madrid")).date()
    first = today - timedelta(days=today.weekday(), weeks=11)
    week1, trend = page("week1"), page("trend")
    assert "Week 1: reply rate" in week1
    assert "complete weeks" in week1
    assert f"{first.day} {first:%B}" in week1, "twelve weeks, whatever the period"
    assert f"{first.day} {first:%B}" not in trend
    assert "Open rate over time" in trend


def test_explore_corrects_an_address_it_cannot_show(alice: Any, call: Any, told: None) -> None:
    answer = call(alice, "url", EXPLORE, "?tile=trend&from=2026-11-10&to=2026-11-01").json["response"]
    assert "comes after its last; 28 days are shown." in str(answer["page"])
    assert answer["title"]["data"]["corrected"] == f"{EXPLORE}?tile=trend&period=28"


def test_explore_gives_a_client_the_definition_and_a_stranger_nothing(
    browser: Any, call: Any, told: None
) -> None:
    shown = show(call, browser("dora"), EXPLORE, "?tile=open", ask("open", "now|"))
    assert "E-mails opened, divided by" in shown["html"]
    assert "@harbour.example" not in shown["html"]
    assert show(call, browser("charlie"), EXPLORE, "?tile=open", ask("open", "now|")) == 404


@pytest.fixture
def ahead(alice: Any, call: Any, running: Any, world: Any) -> str:
    """Three first e-mails due tomorrow, a mailbox that sends two a day; the search that shows them in a view."""
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    leads = [
        {"lead": f"new{n}@client.example", "campaign": "Autumn", "state": "not_started", "next_step_at": day}
        for n in range(3)
    ]
    boxes = [{"sender": "a@north.example", "daily_limit": 2}]
    for kind, rows in (("journeys", leads), ("mailboxes", boxes)):
        assert plans.load(running.lake, world.ids["harbour"], kind, rows).parked == []
    made = call(alice, "view-act", {"op": "new", "name": "Ahead", "at": 1}, HARBOUR, "").json
    view_id = int(re.search(r"view=(\d+)", made["response"]["view-acted"]["data"]["go"]).group(1))  # type: ignore[union-attr]
    opened = call(alice, "url", HARBOUR, f"?view={view_id}&edit=1").json["response"]
    base = re.search(r"'base': '([^']+)'", str(opened)).group(1)  # type: ignore[union-attr]
    view = {"schema_version": 2, "name": "Ahead", "tiles": [AHEAD]}
    deed = {
        "op": "publish",
        "n": 1,
        "view_id": view_id,
        "base": base,
        "view": view,
        "note": "",
        "stage": None,
    }
    answer = call(alice, "editor-act", deed, HARBOUR, f"?view={view_id}&edit=1")
    assert answer.status_code == 200, answer.json
    return f"?view={view_id}"


HARBOUR = "/w/harbour-coffee/analytics"


@pytest.mark.parametrize("path", [HARBOUR, EXPLORE])
def test_a_forecast_opens_with_whom_it_is_made_of(
    alice: Any, call: Any, told: None, ahead: str, path: str
) -> None:
    search = ahead if path == HARBOUR else f"{ahead}&tile=ahead"
    page = str(call(alice, "url", path, search).json["response"]).replace("\\", "").replace("&#34;", '"')
    days = sorted(set(re.findall(r"future\|d:[\d-]+", page)))
    assert len(days) == 7
    goes = [show(call, alice, path, search, ask("ahead", day)) for day in days]
    assert sum(one["html"].count(">new") for one in goes) == 3
    first = next(one for one in goes if one["html"].count(">new") == 2)["html"]
    assert "new0@client.example" in first
    assert "Not started yet" in first
    assert "any with room" in first
    day = days[goes.index(next(one for one in goes if one["html"].count(">new") == 2))]
    held = show(call, alice, path, search, ask("ahead", day, "held"))["html"]
    assert "new2@client.example" in held
    assert "No mailbox has room" in held
    asked = {"tile": "ahead", "cell": "future|", "part": "n", "at": 1}
    filed = call(alice, "cell-file", asked, path, search).json["response"]["cell-filed"]["data"]
    assert len(filed["text"].splitlines()) == 1 + 3
    assert "new2@client.example" in filed["text"]


def test_a_client_sees_how_a_forecast_is_made_and_no_lead(
    browser: Any, call: Any, running: Any, world: Any, told: None, ahead: str
) -> None:
    """The view is the client's as long as a link shows it."""
    assert show(call, browser("dora"), HARBOUR, ahead, ask("ahead", "future|")) == 404
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        view = session.get_one(StoredView, int(ahead.removeprefix("?view=")))
        links.create_share(session, running.settings, harbour, view=view)
    shown = show(call, browser("dora"), HARBOUR, ahead, ask("ahead", "future|"))
    assert "The 7 days from tomorrow" in shown["html"]
    assert "new0@" not in shown["html"]
    assert show(call, browser("charlie"), HARBOUR, ahead, ask("ahead", "future|")) == 404
    held = ask("ahead", "future|", "held")
    asked = {key: value for key, value in held.items() if key != "op"}
    assert call(browser("dora"), "cell-file", asked, HARBOUR, ahead).status_code == 404


def test_explore_shows_another_metric_breakdown_and_split(alice: Any, call: Any, told: None) -> None:
    page = str(call(alice, "url", EXPLORE, "?tile=trend&metric=reply&by=campaign").json["response"])
    assert "Reply rate by campaign" in page
    (cell,) = set(re.findall(r'data-cell="(now\|=[^"]+)"', page.replace("\\", "")))
    shown = show(call, alice, EXPLORE, "?tile=trend&metric=reply&by=campaign", ask("trend", cell))
    assert "Reply rate" in shown["title"]
    assert "of 5 e-mails" in shown["html"], "the same five e-mails the tile counts opens of"
    assert (
        show(call, alice, "/w/harbour-coffee/analytics", "?metric=reply&by=campaign", ask("trend", cell))
        == 404
    )
    split = str(call(alice, "url", EXPLORE, "?tile=trend&split=recipient_provider").json["response"])
    assert re.search(r"now (gmail|outlook|other)\|d:", split)
    same = str(call(alice, "url", EXPLORE, "?tile=trend&metric=nonsense&by=1").json["response"])
    assert "Open rate over time" in same


def test_a_client_explores_no_people(alice: Any, browser: Any, call: Any, told: None) -> None:
    search = "?tile=trend&metric=reply&by=user"
    assert "Reply rate by user" in str(call(alice, "url", EXPLORE, search).json["response"])
    page = str(call(browser("dora"), "url", EXPLORE, search).json["response"])
    assert "@harbour.example" not in page
    assert "by user" not in page
    assert 'value="user"' not in page
