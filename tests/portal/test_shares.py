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

from dashapp.access.scopes import scope_for_share
from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.reports import Share, StoredView
from dashapp.db.shares import ShareOpening, ShareViewer
from dashapp.db.tenants import AgencyLink, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.portal.openings import openings
from dashapp.reports.paper import press
from dashapp.sharing import links, view_log, viewers
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.sharing.content import Content, view_ids_of
from dashapp.sharing.opening import open_link
from dashapp.tiles.base import COMPARISONS
from dashapp.tiles.periods import PERIODS
from dashapp.ui import share_mails
from dashapp.views.editing.collection import delete_view
from dashapp.views.schema import Placed, View, dump_view
from data.events.canonical import canonical
from tests.support.portal_house import House

SECRET = "Canary-Secret"
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"}
TILES = [
    Placed(id="sent", type="kpi", x=0, y=0, w=3, h=2, options={"metric": "sent"}),
    Placed(id="camps", type="campaigns", x=0, y=2, w=6, h=4),
    Placed(id="top", type="top_campaigns", x=6, y=2, w=6, h=4),
    Placed(id="links", type="top_links", x=0, y=6, w=6, h=4),
]


def add_view(house: House, name: str, workspace: Workspace | None = None) -> int:
    owner = workspace or house.harbour
    with house.services.session() as session:
        view = StoredView(
            agency_id=None,
            workspace_id=owner.id,
            slug=name.lower(),
            name=name,
            body=dump_view(View(name=name, tiles=TILES)),
        )
        session.add(view)
        session.flush()
        return view.id


def share(
    house: House, workspace: Workspace | None = None, views: Any = (), **content: Any
) -> tuple[int, str]:
    options = {key: content.pop(key) for key in ("password", "name", "expires_at") if key in content}
    with house.services.session() as session:
        found = [session.get_one(StoredView, key) for key in views]
        room = session.get_one(Workspace, (workspace or house.harbour).id)
        made, _, token = links.create_share(
            session, house.settings, room, content=Content(views=found, **content), **options
        )
        return made.id, f"/p/{token}/"


def add_viewers(house: House, share_id: int, *emails: str) -> list[tuple[int, str]]:
    with house.services.session() as session:
        row = session.get_one(Share, share_id)
        added = viewers.add_viewers(session, house.settings, row, emails, actor="alice@north.example")
        return [(one.id, f"/p/{viewers.viewer_token(house.settings, one)}/") for one in added]


def put(house: House, workspace: Workspace, *records: dict[str, Any]) -> None:
    at = now()
    events = [canonical(record, received_at=at) for record in records]
    house.services.inbox.put(workspace.id, None, events, received_at=at)


def mail(n: str, campaign: str, days: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "event": "sent",
        "event_id": f"{n}-sent",
        "message_id": n,
        "channel": "email",
        "campaign": campaign,
        "lead": f"{n}@client.example",
        "sender": "bob@north.example",
        "occurred_at": (now() - timedelta(days=days)).isoformat(),
        **more,
    }


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


def test_a_share_of_one_report_shows_no_view(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 4)
    _, path = share(house, shows_views=False, campaigns=["Autumn"])
    answer = guest.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}campaigns/")
    assert guest.get(f"{path}campaigns/").status_code == 200
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


def test_each_viewer_has_a_link_of_their_own_and_can_be_barred_alone(
    house: House, guest: FlaskClient
) -> None:
    house.send(house.harbour, "h", 4)
    share_id, own = share(house)
    (erin_id, erins), (_, franks) = add_viewers(
        house, share_id, "erin@client.example", "frank@client.example"
    )
    assert len({own, erins, franks}) == 3
    assert [guest.get(path).status_code for path in (own, erins, franks)] == [200, 200, 200]
    with house.services.session() as session:
        viewers.bar_viewer(session, session.get_one(Share, share_id), erin_id)
    for rest in ("", "live", "report.pdf", "tiles/sent.csv", "logo", "campaigns/", "campaigns/live"):
        assert guest.get(erins + rest).status_code == 404, rest
    assert [guest.get(path).status_code for path in (own, franks)] == [200, 200]
    with house.services.session() as session:
        viewers.admit_viewer(session, session.get_one(Share, share_id), erin_id)
    assert guest.get(erins).status_code == 200
    house.set_share(share_id, state="revoked")
    assert [guest.get(path).status_code for path in (own, erins, franks)] == [404, 404, 404]


def test_a_viewer_barred_after_opening_has_no_scope(house: House) -> None:
    share_id, _ = share(house)
    ((erin_id, erins),) = add_viewers(house, share_id, "erin@client.example")
    with house.services.reader.connect() as connection:
        opened = open_link(connection, erins.split("/")[2])
    assert opened is not None
    assert opened.viewer_id == erin_id
    with house.services.session() as session:
        viewers.bar_viewer(session, session.get_one(Share, share_id), erin_id)
    with house.services.reading() as session, pytest.raises(NotFound):
        scope_for_share(session, opened)


def test_one_viewers_pass_does_not_open_anothers_link_and_a_new_password_ends_both(
    house: House, guest: FlaskClient
) -> None:
    share_id, own = share(house, password="a client's word")
    (_, erins), (_, franks) = add_viewers(house, share_id, "erin@client.example", "frank@client.example")
    assert guest.post(f"{erins}unlock", data={"password": "a client's word"}).status_code == 303
    assert 'action="unlock"' not in guest.get(erins).text
    passed = guest.get_cookie("vitrine_pass", path=erins)
    assert passed is not None
    thief = house.app.test_client()
    for path in (franks, own):
        thief.set_cookie("vitrine_pass", passed.value, path=path)
        assert 'action="unlock"' in thief.get(path).text
    with house.services.session() as session:
        row = session.get_one(Share, share_id)
        links.set_share_password(session, row, "another client's word", settings=house.settings)
        known = viewers.viewers_of(session, row)
        assert share_mails.tell_new_password(session, house.settings, row, known, sender="Alice") == 2
    assert 'action="unlock"' in guest.get(erins).text
    with house.services.reading() as session:
        mails = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert [one.to for one in mails] == ["erin@client.example", "frank@client.example"]
    assert all("another client's word" in one.text for one in mails)


def test_share_a_report_viewers_get_link_and_password_and_need_no_account(
    house: House, guest: FlaskClient
) -> None:
    house.send(house.harbour, "h", 4)
    password = links.new_password()
    share_id, _ = share(house, shows_views=False, campaigns=["Autumn"], password=password)
    add_viewers(house, share_id, "erin@client.example")
    with house.services.session() as session:
        row = session.get_one(Share, share_id)
        known, note = viewers.viewers_of(session, row), "Look at the second step."
        assert share_mails.invite(session, house.settings, row, known, sender="Alice", message=note) == 1
    with house.services.reading() as session:
        sent = session.scalars(select(Mail)).one()
    assert sent.to == "erin@client.example"
    assert note in sent.text
    assert password in sent.text
    path = re.search(r"http://localhost(/p/[\w-]{43}/)", sent.text)[1]  # type: ignore[index]
    report = f"{path}campaigns/{campaign_key('Autumn')}"
    assert "Autumn" not in guest.get(path).text
    assert guest.post(f"{path}unlock", data={"password": "not it, surely"}).status_code == 403
    first = guest.get(report)
    assert first.status_code == 303
    asked = guest.get(first.headers["Location"]).text
    assert f'name="file" value="campaigns/{campaign_key("Autumn")}"' in asked
    form = {"password": password, "file": f"campaigns/{campaign_key('Autumn')}"}
    assert guest.post(f"{path}unlock", data=form).headers["Location"] == report
    assert "Deliveries" in guest.get(report).text


@pytest.mark.parametrize(
    "wrong",
    [
        "nobody",
        "erin@client.example\r\nBcc: charlie@south.example",
        "two@at@signs",
        "x" * 250 + "@client.example",
        "@client.example",
    ],
)
def test_what_is_no_address_adds_nobody(house: House, wrong: str) -> None:
    share_id, _ = share(house)
    with pytest.raises(Refused):
        add_viewers(house, share_id, "erin@client.example", wrong)
    with house.services.reading() as session:
        assert session.scalars(select(ShareViewer)).all() == []


def test_ten_thousand_viewers_are_refused_and_a_message_of_a_megabyte(house: House) -> None:
    share_id, _ = share(house)
    with pytest.raises(Refused, match="at most 200 viewers"):
        add_viewers(house, share_id, *(f"v{n}@client.example" for n in range(10_000)))
    with house.services.session() as session:
        row = session.get_one(Share, share_id)
        with pytest.raises(Refused, match="5,000 characters"):
            share_mails.invite(session, house.settings, row, [], sender="Alice", message="x" * 1_000_000)


def test_addresses_are_read_as_people_type_and_paste_them() -> None:
    typed = [
        "Erin@Client.example, frank@client.example;gina@client.example",
        "Hal Ott <hal@client.example>",
        "ivy",
    ]
    found = viewers.parse_addresses(typed)
    assert found.good == (
        "erin@client.example",
        "frank@client.example",
        "gina@client.example",
        "hal@client.example",
    )
    assert found.wrong == ("ivy",)


def test_adding_the_same_viewer_twice_is_one_viewer(house: House) -> None:
    share_id, _ = share(house)
    assert len(add_viewers(house, share_id, "erin@client.example")) == 1
    assert add_viewers(house, share_id, "ERIN@client.example") == []


def test_a_viewer_of_another_share_is_not_there(house: House) -> None:
    first, _ = share(house)
    second, _ = share(house, workspace=house.colossus)
    ((charlies, _),) = add_viewers(house, second, "erin@client.example")
    with house.services.session() as session:
        row = session.get_one(Share, first)
        for wrong in (charlies, 0, -1, True, "1", 2**40):
            with pytest.raises(NotFound):
                viewers.bar_viewer(session, row, wrong)  # type: ignore[arg-type]


def test_the_log_says_when_which_link_what_device_and_network(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 4)
    share_id, own = share(house)
    ((erin_id, erins),) = add_viewers(house, share_id, "erin@client.example")
    key = campaign_key("Autumn")
    where = {"REMOTE_ADDR": "203.0.113.77"}
    for address in (erins, erins, f"{erins}campaigns/{key}", f"{erins}campaigns/{key}/opened.csv"):
        guest.get(address, headers=PHONE, environ_base=where)
    guest.get(own, headers={"User-Agent": "Slackbot-LinkExpanding 1.0"}, environ_base=where)
    guest.get(f"{erins}live", headers=PHONE, environ_base=where)  # an open page that asks again is no opening
    with house.app.app_context():
        openings().flush()
    with house.services.reading() as session:
        row = session.get_one(Share, share_id)
        lines = {(one.viewer, one.what, one.n, one.device, one.ip) for one in view_log.log_of(session, row)}
        assert lines == {
            ("erin@client.example", "", 2, "phone", "203.0.113.0"),
            ("erin@client.example", f"campaign {key}", 1, "phone", "203.0.113.0"),
            ("erin@client.example", f"file {key}-opened.csv", 1, "phone", "203.0.113.0"),
            (None, "", 1, "preview", "203.0.113.0"),
        }
        assert row.opens == 3  # a preview is nobody's opening
        assert session.get_one(ShareViewer, erin_id).opens == 3
    other, _ = share(house)
    with house.services.reading() as session:
        assert view_log.log_of(session, session.get_one(Share, other)) == []


def test_the_log_goes_after_thirteen_months(house: House) -> None:
    share_id, _ = share(house)
    at = now()
    with house.services.session() as session:
        for days in (0, 300, 395, 397, 900):
            then = at - timedelta(days=days)
            line = view_log.Look(share_id, None, f"{days}", "desktop", "")
            view_log.write_log(session.connection(), {line: (1, then, then)})
        assert view_log.forget(session.connection(), at) == 2
        assert {row.what for row in session.scalars(select(ShareOpening))} == {"0", "300", "395"}


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PHONE["User-Agent"], "phone"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605 Mobile/15E148", "tablet"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120 Mobile Safari/537", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X910) Chrome/120 Safari/537", "tablet"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120 Safari/537", "desktop"),
        (f"{PHONE['User-Agent']} [LinkedInApp]/9.29", "phone"),
        ("WhatsApp/2.23.20.0", "preview"),
        ("facebookexternalhit/1.1", "preview"),
        ("LinkedInBot/1.0", "preview"),
        ("Mozilla/5.0 ProofPoint URL Defense", "preview"),
        ("curl/8.5.0", "preview"),
        ("", "preview"),
    ],
)
def test_the_log_knows_devices_and_programs_count_nowhere(
    house: House, guest: FlaskClient, agent: str, device: str
) -> None:
    share_id, path = share(house)
    for address in (path, f"{path}campaigns/"):
        assert guest.get(address, headers={"User-Agent": agent}).status_code == 200
    with house.app.app_context():
        openings().flush()
    with house.services.reading() as session:
        row = session.get_one(Share, share_id)
        assert {one.device for one in view_log.log_of(session, row)} == {device}
        assert row.opens == (0 if device == "preview" else 2)


def test_networks_not_addresses() -> None:
    assert view_log.network_of("203.0.113.77") == "203.0.113.0"
    assert view_log.network_of("2001:db8:1:2:3::4") == "2001:db8:1::"
    assert view_log.network_of("nonsense\r\n") == ""


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


def test_viewers_of_an_agency_before_are_not_suggested_to_the_next_one(house: House) -> None:
    share_id, _ = share(house)
    add_viewers(house, share_id, "secret@north.example")
    with house.services.session() as session:
        harbour = session.get_one(Workspace, house.harbour.id)
        assert "secret@north.example" in viewers.suggested_addresses(session, harbour)
        link = session.scalars(select(AgencyLink).where(AgencyLink.workspace_id == harbour.id)).one()
        south = session.scalars(
            select(AgencyLink.agency_id).where(AgencyLink.workspace_id == house.colossus.id)
        )
        link.state = "ended"
        session.flush()
        session.add(
            AgencyLink(
                agency_id=south.one(),
                workspace_id=harbour.id,
                state="managing",
                account_name="Harbour Coffee",
            )
        )
        session.flush()
        session.refresh(harbour)
        assert viewers.suggested_addresses(session, harbour) == []
