"""A share: what it shows, how its scope narrows everything, its viewers, and the log of who looked."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.reports.paper import press
from dashapp.sharing import links, viewers
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.sharing.content import Content, view_ids_of
from dashapp.tiles.base import COMPARISONS
from dashapp.tiles.periods import PERIODS
from dashapp.views.editing.collection import delete_view
from tests.portal.shared import TILES, add_view, add_viewers, mail, put, share
from tests.support.portal_house import House

SECRET = "Canary-Secret"


def test_the_views_of_a_share_are_tabs_and_no_other_view_opens(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 3)
    first, second, other = (add_view(house, name) for name in ("Reach", "Replies", "Private"))
    theirs = add_view(house, "Theirs", house.colossus)
    _, path = share(house, views=(first, second))
    nav = guest.get(path).text.split('class="tabs"')[1].split("</nav>")[0]
    tabs = re.findall(r'<a href="([^"]+)"( aria-current="page")?>([^<]+)</a>', nav)
    assert [(href, bool(current), name) for href, current, name in tabs] == [
        ("./", True, "Reach"),
        (f"views/{second}/", False, "Replies"),
        ("campaigns/", False, "Campaigns"),
    ]
    answer = guest.get(f"{path}views/{second}/")
    assert answer.status_code == 200
    assert 'href="../../"' in answer.text
    assert guest.get(f"{path}views/{second}/live").status_code == 200
    assert guest.get(f"{path}views/{second}/tiles/sent.csv").status_code == 200
    for wrong in (other, theirs, 0, 2**31, 2**70):
        for rest in ("", "live", "tiles/sent.csv"):
            assert guest.get(f"{path}views/{wrong}/{rest}").status_code == 404, (wrong, rest)


def test_a_campaign_that_is_not_in_the_share_appears_nowhere(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary crawl: every page, file and poll that a narrowed link gives, searched for the other campaign."""
    # What would be printed is searched as it goes to the press: a PDF's own bytes are packed.
    monkeypatch.setattr(press, "run", lambda job, seconds=0: job["html"].encode())
    for n in range(6):
        put(house, house.harbour, mail(f"a{n}", "Autumn", step="1"))
        sent = mail(f"s{n}", SECRET, step="9")
        url = f"https://x.example/{SECRET}"
        put(house, house.harbour, sent, {**sent, "event": "clicked", "event_id": f"s{n}-click", "url": url})
    view = add_view(house, "All")
    _, path = share(house, views=(view, add_view(house, "More")), campaigns=["Autumn"])
    _, whole = share(house, views=(view,))
    assert SECRET in guest.get(whole).text  # the crawl would see it
    assert SECRET in guest.get(f"{whole}campaigns/").text
    waiting = [path, f"{path}live", f"{path}campaigns/live", f"{path}report.pdf"]
    waiting += [f"{path}tiles/{tile.id}.csv" for tile in TILES]
    seen = set(waiting)
    while waiting:
        address = waiting.pop()
        answer = guest.get(address)
        assert SECRET.lower() not in answer.get_data().decode("utf-8", "replace").lower(), address
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        for href in re.findall(r'(?:href|data-live)="([^"#]+)"', answer.text):
            # One of each page and file: other periods of them are the same questions.
            target = urljoin(f"http://x{address}", href).removeprefix("http://x").partition("?")[0]
            if target.startswith(path) and target not in seen:
                seen.add(target)
                waiting.append(target)
    assert f"{path}campaigns/{campaign_key('Autumn')}" in seen
    assert any("not_opened.csv" in address for address in seen)
    # Whatever days and comparison are asked for, the scope is the same.
    days = now().astimezone(ZoneInfo(house.harbour.timezone)).date()
    chosen = [f"period={key}" for key in PERIODS]
    chosen += [f"period=28&compare={key}" for key in COMPARISONS]
    chosen += [f"from={days - timedelta(days=9)}&to={days}&compare=year", "campaign=" + SECRET, "view=1"]
    for query in chosen:
        assert SECRET.lower() not in guest.get(f"{path}?{query}").text.lower(), query
    assert SECRET in guest.get(f"{whole}?period=this_quarter&compare=none").text
    for rest in ("", "/live", "/not_opened.csv"):
        assert guest.get(f"{path}campaigns/{campaign_key(SECRET)}{rest}").status_code == 404
        assert guest.get(f"{whole}campaigns/{campaign_key(SECRET)}{rest}").status_code == 200
    report = guest.get(f"{path}campaigns/{campaign_key('Autumn')}").text
    assert "all campaigns" not in report  # an average over what is not in the share
    assert "all campaigns" in guest.get(f"{whole}campaigns/{campaign_key('Autumn')}").text


def test_nothing_before_the_earliest_day_counts(house: House, guest: FlaskClient) -> None:
    put(house, house.harbour, *(mail(f"old{n}", "Autumn", days=20) for n in range(5)))
    put(house, house.harbour, *(mail(f"new{n}", "Autumn", days=2) for n in range(3)))
    put(house, house.harbour, *(mail(f"gone{n}", "Ancient", days=25) for n in range(4)))
    today = now().astimezone(ZoneInfo("Europe/Madrid")).date()
    view = add_view(house, "All")
    _, whole = share(house, views=(view,))
    _, path = share(house, views=(view,), since=today - timedelta(days=7))
    assert number(guest, f"{whole}?period=28", 'data-tile="sent"') == "12"
    assert number(guest, f"{path}?period=28", 'data-tile="sent"') == "3"
    report = f"campaigns/{campaign_key('Autumn')}"
    assert number(guest, whole + report, "Deliveries</h2>") == "8"
    assert number(guest, path + report, "Deliveries</h2>") == "3"
    assert "Ancient" not in guest.get(f"{path}campaigns/").text
    assert guest.get(f"{path}campaigns/{campaign_key('Ancient')}").status_code == 404


def number(guest: FlaskClient, address: str, after: str) -> str:
    found = re.search(rf'{after}.*?class="num">([^<]*)<', guest.get(address).text, re.S)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("masked", "shown"), [(True, "a…@client.example"), (False, "anna@client.example")])
def test_people_are_masked_unless_the_share_says_otherwise(
    house: House, guest: FlaskClient, masked: bool, shown: str
) -> None:
    sent = mail("m", "Autumn", lead="anna@client.example")
    later = {"occurred_at": (now() - timedelta(hours=5)).isoformat()}
    opened = {**sent, **later, "event": "opened", "event_id": "o"}
    clicked = {
        **sent,
        **later,
        "event": "clicked",
        "event_id": "c",
        "url": "https://x.example/?to=anna@client.example",
    }
    put(house, house.harbour, sent, opened, clicked)
    _, path = share(house, masks_people=masked)
    key = campaign_key("Autumn")
    body = guest.get(f"{path}campaigns/{key}/opened.csv").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [next(iter(row.values())) for row in rows] == [shown]
    # The page names nobody either way: a link is shown without what is personal of it (data/events/links.py).
    page = guest.get(f"{path}campaigns/{key}").text
    assert 'title="https://x.example/"' in page
    assert "anna" not in page


def test_a_share_of_one_report_leads_to_it_and_shows_no_view(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 4)
    _, path = share(house, shows_views=False, campaigns=["Autumn"])
    answer = guest.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}campaigns/")
    answer = guest.get(f"{path}campaigns/")
    alone = f"{path}campaigns/{campaign_key('Autumn')}"
    assert (answer.status_code, answer.headers["Location"]) == (303, alone)
    page = guest.get(alone)
    assert page.status_code == 200
    assert 'class="back"' not in page.text
    _, unsent = share(house, shows_views=False, campaigns=["Never sent"])
    assert guest.get(f"{unsent}campaigns/").status_code == 200
    _, two = share(house, shows_views=False, campaigns=["Autumn", "Never sent"])
    assert guest.get(f"{two}campaigns/").status_code == 200
    assert 'class="back"' in guest.get(f"{two}campaigns/{campaign_key('Autumn')}").text
    for rest in ("live", "report.pdf", "tiles/sent.csv", "views/1/"):
        assert guest.get(path + rest).status_code == 404, rest


def test_a_link_that_shows_no_campaigns_has_no_page_of_them(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 4)
    _, path = share(house, shows_campaigns=False)
    for rest in ("", "live", campaign_key("Autumn"), f"{campaign_key('Autumn')}/opened.csv"):
        assert guest.get(f"{path}campaigns/{rest}").status_code == 404
    assert 'href="campaigns/"' not in guest.get(path).text


def test_no_downloads_means_no_files(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 4)
    view, key = add_view(house, "All"), campaign_key("Autumn")
    _, path = share(house, views=(view,), downloads=False)
    for rest in ("report.pdf", "tiles/sent.csv", "tiles/sent.png", f"campaigns/{key}/opened.csv"):
        assert guest.get(path + rest).status_code == 404, rest
    for page in (path, f"{path}campaigns/{key}"):
        assert ".csv" not in guest.get(page).text
        assert ".pdf" not in guest.get(page).text


def test_an_edit_is_in_force_at_the_next_request(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 4)
    put(house, house.harbour, mail("s", SECRET))
    share_id, path = share(house, language="fr", theme="dark", period="7")
    page = guest.get(path).text
    assert '<html lang="fr" data-bs-theme="dark">' in page
    assert re.search(r'aria-current="true">7.jours', page)
    assert SECRET in guest.get(f"{path}campaigns/").text
    with house.services.session() as session:
        row = session.get_one(Share, share_id)
        links.edit_share(session, row, name="Board", content=Content(campaigns=["Autumn"]))
    assert '<html lang="en">' in guest.get(path).text
    assert SECRET not in guest.get(f"{path}campaigns/").text
    assert guest.get(f"{path}campaigns/{campaign_key(SECRET)}").status_code == 404


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"shows_views": False, "shows_campaigns": False}, "Choose what the link shows"),
        ({"campaigns": []}, "at least one campaign"),
        ({"campaigns": ["x" * 501]}, "1 to 500 characters"),
        ({"campaigns": [f"c{n}" for n in range(201)]}, "at most 200 campaigns"),
        ({"since": date(1900, 1, 1)}, "calendar"),
        ({"language": "xx"}, "speak"),
    ],
)
def test_what_cannot_be_shared_is_told_and_makes_nothing(house: House, content: Any, told: str) -> None:
    with pytest.raises(Refused, match=told):
        share(house, **content)
    with house.services.reading() as session:
        assert session.scalars(select(Share)).all() == []


def test_hostile_campaign_names_are_text(house: House, guest: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>/../ x"
    put(
        house,
        house.harbour,
        mail("m", hostile, variation="<b>A</b>"),
        mail("n", hostile, variation="<b>B</b>"),
    )
    _, path = share(house)
    listed = guest.get(f"{path}campaigns/").text
    report = guest.get(f"{path}campaigns/{campaign_key(hostile)}")
    assert report.status_code == 200
    assert "&lt;b&gt;A&lt;/b&gt;" in report.text
    for page in (listed, report.text):
        assert "<script>alert" not in page
        assert "<b>A</b>" not in page


def test_whatever_is_wrong_with_a_link_answers_the_same_bytes(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 1)
    share_id, path = share(house)
    ((viewer_id, erins),) = add_viewers(house, share_id, "erin@client.example")
    with house.services.session() as session:
        viewers.bar_viewer(session, session.get_one(Share, share_id), viewer_id)
    neutral = guest.get("/p/charlie-guessed-this/").get_data()
    assert guest.get(erins).get_data() == neutral
    assert guest.get(f"{path}campaigns/nothing-12345678").get_data() == neutral
    house.set_share(share_id, state="paused")
    assert guest.get(f"{path}campaigns/").get_data() == neutral
    house.set_share(share_id, state="active", expires_at=now() - timedelta(seconds=1))
    assert guest.get(f"{path}campaigns/{campaign_key('Autumn')}").get_data() == neutral


def test_a_link_whose_first_view_is_deleted_begins_with_its_second(house: House) -> None:
    first, second, third = (add_view(house, name) for name in ("Reach", "Replies", "Goals"))
    share_id, _ = share(house, views=(first, second, third))
    alone, _ = share(house, views=(first,))
    with house.services.session() as session:
        room = session.get_one(Workspace, house.harbour.id)
        delete_view(session, room, first, "alice@north.example", and_links=True)
    with house.services.reading() as session:
        assert view_ids_of(session, session.get_one(Share, share_id)) == (second, third)
        assert view_ids_of(session, session.get_one(Share, alone)) == (None,)
