"""The pages of shared links and of a campaign's report: who may, what each press does, and never another's link."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.sharing.campaign_keys import campaign_key
from data.building import build
from data.events.canonical import canonical
from data.lake import segments

HARBOUR = "/w/harbour-coffee"
KEY = campaign_key("Autumn")
REPORT = f"{HARBOUR}/campaigns/{KEY}"
FORM = ("Board", ["views", "campaigns", "masked", "downloads"], [], ["Autumn"], "", "", "fr", "open", "28")


@pytest.fixture
def autumn(running: Any, world: Any) -> None:
    """Harbour has sent three e-mails of the campaign Autumn."""
    at = now()
    records = [
        {
            "event": "sent",
            "event_id": f"autumn-{n}",
            "message_id": f"autumn-{n}",
            "channel": "email",
            "campaign": "Autumn",
            "lead": f"lead{n}@client.example",
            "occurred_at": (at - timedelta(days=2)).isoformat(),
        }
        for n in range(3)
    ]
    events = [canonical(record, received_at=at) for record in records]
    running.inbox.put(world.ids["harbour"], None, events, received_at=at)
    segments.drain(running.lake)
    build.refresh(running.lake)


def counts(running: Any) -> tuple[int, int, int]:
    """Shares, viewers, mails."""
    with running.reading() as session:
        return tuple(session.scalar(select(func.count(kind.id))) for kind in (Share, ShareViewer, Mail))  # type: ignore[return-value]


def newest(running: Any) -> Share:
    with running.reading() as session:
        return session.scalars(select(Share).order_by(Share.id.desc()).limit(1)).one()


def address(answer: Any) -> str:
    """The path of the link an answer shows."""
    found = re.search(r"/p/[\w-]{43}/", str(answer.json))
    assert found is not None
    return found[0]


def look(who: Any, call: Any, path: str) -> str:
    return call(who, "url", path, "").text


@pytest.mark.usefixtures("autumn")
def test_share_report_sends_each_viewer_link_and_password(alice: Any, call: Any, running: Any) -> None:
    shares, viewers, mails = counts(running)
    typed = ["erin@client.example", "frank@client.example"]
    answer = call(alice, "report-send", 1, REPORT, typed, "a client's own word", "Have a look.")
    assert "2 mails are on their way." in answer.text
    assert counts(running) == (shares + 1, viewers + 2, mails + 2)
    made = newest(running)
    assert (made.campaigns, made.shows_views, made.shows_campaigns) == (["Autumn"], False, True)
    with running.reading() as session:
        sent = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(2)).all()
    assert {one.to for one in sent} == set(typed)
    assert all("a client's own word" in one.text and "Have a look." in one.text for one in sent)


@pytest.mark.usefixtures("autumn")
def test_the_dialog_opens_with_a_password_of_its_own_and_suggestions(alice: Any, call: Any) -> None:
    first, second = (call(alice, "report-share", n, REPORT).text for n in (1, 2))
    made = [re.search(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", text) for text in (first, second)]
    assert len({found[0] for found in made if found}) == 2
    assert "alice@north.example" in first
    assert "charlie" not in first


@pytest.mark.usefixtures("autumn")
@pytest.mark.parametrize(
    ("viewers", "password", "message", "told"),
    [
        (["erin@client.example", "no address"], None, None, "not an e-mail address"),
        (["erin@client.example\nBcc: x@y.example z"], None, None, "not an e-mail address"),
        ([f"v{n}@client.example" for n in range(10_000)], None, None, "at most 200 viewers"),
        (["erin@client.example"], "short", None, "8 to"),
        (["erin@client.example"], None, "x" * 1_000_000, "5,000"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_made(
    alice: Any, call: Any, running: Any, viewers: Any, password: Any, message: Any, told: str
) -> None:
    before = counts(running)
    answer = call(alice, "report-send", 1, REPORT, viewers, password, message)
    assert answer.status_code in {200, 413}
    assert told in answer.text or answer.status_code == 413
    assert counts(running) == before


@pytest.mark.usefixtures("autumn")
@pytest.mark.parametrize("name", ["dora", "charlie"])
def test_who_may_not_share_gets_404_and_makes_nothing(
    browser: Any, call: Any, running: Any, world: Any, name: str
) -> None:
    who, before, share = browser(name), counts(running), world.ids["harbour_share"]
    page = f"{HARBOUR}/shares/{share}"
    assert call(who, "report-share", 1, REPORT).status_code == 404
    assert call(who, "report-send", 1, REPORT, [], None, None).status_code == 404
    assert call(who, "new-create", 1, f"{HARBOUR}/shares", *FORM, [], None, None).status_code == 404
    assert call(who, "edit-save", 1, page, *FORM).status_code == 404
    assert call(who, "more-send", 1, page, ["x@y.example"], None).status_code == 404
    for press in ("head-pause", "head-rotate"):
        assert call(who, press, 1, page).status_code == 404
    assert call(who, "head-change", 1, page, "a client's word", []).status_code == 404
    assert counts(running) == before
    for path in (f"{HARBOUR}/shares", page):
        assert world.harbour_token not in look(who, call, path)
        assert "This page does not exist" in look(who, call, path)


@pytest.mark.usefixtures("autumn")
def test_charlies_share_is_not_there_in_alices_workspace(
    alice: Any, call: Any, world: Any, running: Any
) -> None:
    share = world.ids["colossus_share"]
    page = f"{HARBOUR}/shares/{share}"
    assert "This page does not exist" in look(alice, call, page)
    for press, values in (
        ("head-pause", ()),
        ("head-rotate", ()),
        ("head-change", ("a client's word", [])),
        ("edit-save", FORM),
        ("more-send", (["erin@client.example"], None)),
        ("viewer-act", None),
    ):
        if values is None:
            answer = call(alice, press, {"act": "bar", "id": 1, "at": 1}, page)
        else:
            answer = call(alice, press, 1, page, *values)
        assert answer.status_code == 404, press
    with running.reading() as session:
        assert session.get_one(Share, share).state == "active"


@pytest.mark.usefixtures("autumn")
def test_a_link_is_made_edited_paused_and_given_a_new_address(
    alice: Any, call: Any, running: Any, client: Any
) -> None:
    made = call(alice, "new-create", 1, f"{HARBOUR}/shares", *FORM, ["erin@client.example"], "", None)
    assert "1 mail is on its way." in made.text
    row = newest(running)
    assert (row.name, row.campaigns, row.language, row.masks_people) == ("Board", ["Autumn"], "fr", True)
    page = f"{HARBOUR}/shares/{row.id}"
    shown = look(alice, call, page)
    assert "Board" in shown
    assert "erin@client.example" in shown
    changed = ("Clients", ["campaigns"], [], [], "2026-01-01", "", "open", "open", "28")
    assert "The client sees it at once." in call(alice, "edit-save", 1, page, *changed).text
    row = newest(running)
    assert (row.name, row.campaigns, row.masks_people, row.downloads) == ("Clients", None, False, False)
    assert str(row.since) == "2026-01-01"
    url = address(call(alice, "head-pause", 1, page))
    assert client.get(url).status_code == 404
    assert newest(running).state == "paused"
    call(alice, "head-pause", 2, page)
    assert client.get(url).status_code == 303
    after = address(call(alice, "head-rotate", 1, page))
    assert after != url
    assert (client.get(url).status_code, client.get(after).status_code) == (404, 303)


@pytest.mark.usefixtures("autumn")
def test_viewers_are_added_barred_and_told_a_new_password_later(alice: Any, call: Any, running: Any) -> None:
    call(alice, "report-send", 1, REPORT, ["erin@client.example"], "a client's own word", None)
    share = newest(running).id
    page = f"{HARBOUR}/shares/{share}"
    _, _, mails = counts(running)
    more = call(alice, "more-send", 1, page, ["frank@client.example", "erin@client.example"], None)
    assert "frank@client.example" in more.text
    assert counts(running)[2] == mails + 1  # Erin has her mail already
    with running.reading() as session:
        frank = session.scalars(select(ShareViewer).where(ShareViewer.email == "frank@client.example")).one()
        assert "a client's own word" in session.scalars(select(Mail).order_by(Mail.id.desc())).first().text
    assert "Barred" in call(alice, "viewer-act", {"act": "bar", "id": frank.id, "at": 1}, page).text
    call(alice, "head-change", 1, page, "quite another word", ["tell"])
    with running.reading() as session:
        last = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
    assert counts(running)[2] == mails + 2  # nobody tells who is barred
    assert last.to == "erin@client.example"
    assert "quite another word" in last.text


@pytest.mark.usefixtures("autumn")
def test_the_report_is_a_page_of_its_workspace_alone(alice: Any, browser: Any, call: Any) -> None:
    shown = look(alice, call, REPORT)
    assert "Deliveries" in shown
    assert "Share report" in shown
    assert "This page does not exist" in look(alice, call, f"{HARBOUR}/campaigns/{campaign_key('Nothing')}")
    assert "This page does not exist" in look(browser("charlie"), call, REPORT)
    dora = look(browser("dora"), call, REPORT)  # the client's own account
    assert "Deliveries" in dora
    assert "Share report" not in dora
    assert ".csv" not in dora


@pytest.mark.usefixtures("autumn")
def test_the_people_of_a_report_are_for_the_team(alice: Any, browser: Any) -> None:
    path = f"{REPORT}/not_opened.csv"
    assert b"lead0@client.example" in alice.get(path).data
    for name in ("dora", "charlie"):
        assert browser(name).get(path).status_code == 404
    for wrong in (f"{REPORT}/everybody.csv", f"{HARBOUR}/campaigns/{campaign_key('No')}/opened.csv"):
        assert alice.get(wrong).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/w/harbour-coffee/shares/x", "/w/harbour-coffee/shares/99999999999", "/w/harbour-coffee/shares/0"],
)
def test_what_names_no_link_is_not_there(alice: Any, call: Any, path: str) -> None:
    assert "This page does not exist" in look(alice, call, path)
    assert call(alice, "head-pause", 1, path).status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        ("x" * 501, ["views"], [], [], "", "", "open", "open", "28"),
        ("", ["everything"], [], [], "", "", "open", "open", "28"),
        ("", ["views"], ["1 OR 1"], [], "", "", "open", "open", "28"),
        ("", ["views"], [], [], "tomorrow", "", "open", "open", "28"),
        ("", ["views"], [], [], "", "", "xx", "open", "28"),
        ("", ["views"], [], [{"a": 1}], "", "", "open", "open", "28"),
    ],
)
def test_a_wrong_type_is_400(alice: Any, call: Any, running: Any, values: Any) -> None:
    before = counts(running)
    assert call(alice, "new-create", 1, f"{HARBOUR}/shares", *values, [], None, None).status_code == 400
    assert counts(running) == before
