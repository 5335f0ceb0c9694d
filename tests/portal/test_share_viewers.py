"""The viewers of a share: a link of their own each, barred alone, and the log of who looked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashapp.access.scopes import scope_for_share
from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.reports import Share
from dashapp.db.shares import ShareOpening, ShareViewer
from dashapp.db.tenants import AgencyLink, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.portal.openings import openings
from dashapp.sharing import links, view_log, viewers
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.sharing.opening import open_link
from dashapp.ui import share_mails
from tests.portal.shared import add_viewers, share
from tests.support.portal_house import House

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"}


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
