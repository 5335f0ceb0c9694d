"""The pages of shared links and of a campaign's report: who may, what each press does, and never another's link."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.reports import Share, StoredView
from dashapp.db.shares import OldLink, ShareViewer
from dashapp.db.tenants import Workspace
from dashapp.mail.posting import Post
from dashapp.portal.openings import openings
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.sharing.mailing import why_not
from dashapp.views.schema import View, dump_view
from data.building import build
from data.events.canonical import canonical
from data.lake import segments
from tests.support.kept import Keeper
from tests.support.share_form import PLAIN, RULES, address_of, share

HARBOUR = "/w/harbour-coffee"
KEY = campaign_key("Autumn")
REPORT = f"{HARBOUR}/campaigns/{KEY}"
FORM = ("Board", RULES, [], ["Autumn"], "", "", "fr", "open", "last_month", "year", "")
#: What the form of a campaign's page holds.
OF_AUTUMN = ("Autumn", RULES[1:], [], ["Autumn"], "", "", "open", "open", "28", "previous", "")
ANALYTICS = f"{HARBOUR}/analytics"


@pytest.fixture
def autumn(running: Any, world: Any, keeper: Keeper) -> None:
    """Harbour has sent three e-mails of the campaign Autumn."""
    keeper.added(running.lake, lambda: _send_autumn(running, world))


def _send_autumn(running: Any, world: Any) -> None:
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


#: What can be done to a whole link.
HEAD_ACTS = ("pause", "resume", "revoke", "rotate", "end-old", "password", "no-password")


def head(op: str, key: int, **more: Any) -> dict[str, Any]:
    return {"op": op, "id": key, "at": 1, "password": "a client's word", **more}


def look(who: Any, call: Any, path: str) -> str:
    return str(call(who, "url", path, "").json)


@pytest.mark.usefixtures("autumn")
def test_share_report_sends_each_viewer_link_and_password(alice: Any, call: Any, running: Any) -> None:
    shares, viewers, mails = counts(running)
    typed = ["erin@client.example", "frank@client.example"]
    answer = share(alice, call, REPORT, OF_AUTUMN, typed, "a client's own word", "Have a look.")
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
    first, second = (call(alice, "share-open", n, REPORT, "").text for n in (1, 2))
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
    answer = share(alice, call, REPORT, OF_AUTUMN, viewers, password, message)
    assert answer.status_code in {200, 413}
    assert told in answer.text or answer.status_code == 413
    assert counts(running) == before


@pytest.mark.usefixtures("autumn")
@pytest.mark.parametrize("name", ["dora", "charlie"])
def test_who_may_not_share_gets_404_and_makes_nothing(
    browser: Any, call: Any, running: Any, world: Any, name: str
) -> None:
    who, before = browser(name), counts(running)
    page = f"{HARBOUR}/shares/{world.ids['harbour_share']}"
    for place in (REPORT, ANALYTICS, f"{HARBOUR}/shares"):
        assert call(who, "share-open", 1, place, "").status_code == 404
        assert share(who, call, place, FORM).status_code == 404
    change = {"op": "revoke", "id": world.ids["harbour_share"], "at": 1}
    assert call(who, "share-act", change, ANALYTICS).status_code == 404
    assert call(who, "edit-save", 1, page, *FORM, 1).status_code == 404
    assert call(who, "more-send", 1, page, ["x@y.example"], [], None).status_code == 404
    for op in HEAD_ACTS:
        assert call(who, "head-act", head(op, 1), page).status_code == 404
    assert counts(running) == before
    for path in (f"{HARBOUR}/shares", page):
        assert world.harbour_token not in look(who, call, path)
        assert "This page does not exist" in look(who, call, path)


@pytest.mark.usefixtures("autumn")
def test_charlies_share_is_not_there_in_alices_workspace(
    alice: Any, call: Any, world: Any, running: Any
) -> None:
    theirs = world.ids["colossus_share"]
    page = f"{HARBOUR}/shares/{theirs}"
    assert "This page does not exist" in look(alice, call, page)
    for op in HEAD_ACTS:
        assert call(alice, "head-act", head(op, theirs), page).status_code == 404, op
    assert call(alice, "edit-save", 1, page, *FORM, 1).status_code == 404
    assert call(alice, "more-send", 1, page, ["erin@client.example"], [], None).status_code == 404
    assert call(alice, "viewer-act", {"act": "bar", "id": 1, "at": 1}, page).status_code == 404
    revoke = {"op": "revoke", "id": theirs, "at": 1}
    assert call(alice, "share-act", revoke, ANALYTICS).status_code == 404
    with running.reading() as session:
        assert session.get_one(Share, theirs).state == "active"


@pytest.mark.usefixtures("autumn")
def test_a_link_is_made_edited_paused_and_given_a_new_address(
    alice: Any, call: Any, running: Any, client: Any
) -> None:
    made = share(alice, call, f"{HARBOUR}/shares", FORM, ["erin@client.example"], "")
    assert "1 mail is on its way." in made.text
    assert "Anyone with the link gets in." in made.text
    row = newest(running)
    assert (row.name, row.campaigns, row.language, row.masks_people) == ("Board", ["Autumn"], "fr", True)
    assert (row.period, row.compare) == ("last_month", "year")
    page = f"{HARBOUR}/shares/{row.id}"
    shown = look(alice, call, page)
    assert "Board" in shown
    assert "erin@client.example" in shown
    changed = ("Clients", ["campaigns"], [], [], "2026-01-01", "", "open", "open", "28", "previous", "")
    saved = call(alice, "edit-save", 1, page, *changed, row.revision)
    assert "The client sees it at once." in saved.text
    row = newest(running)
    assert saved.json["response"]["edit-revision"]["data"] == row.revision
    assert (row.name, row.campaigns, row.masks_people, row.downloads) == ("Clients", None, False, False)
    assert (str(row.since), row.edited_by) == ("2026-01-01", "alice@north.example")
    url = address(call(alice, "head-act", head("pause", row.id), page))
    assert client.get(url).status_code == 404
    assert newest(running).state == "paused"
    call(alice, "head-act", head("resume", row.id), page)
    assert client.get(url).status_code == 303
    after = address(call(alice, "head-act", head("rotate", row.id), page))
    assert after != url
    assert (client.get(url).status_code, client.get(after).status_code) == (404, 303)
    gone = call(alice, "head-act", head("revoke", row.id), page).json["response"]
    assert gone["head-go"]["data"] == f"{HARBOUR}/shares"
    assert client.get(after).status_code == 404
    assert call(alice, "head-act", head("resume", row.id), page).status_code == 404


@pytest.mark.usefixtures("autumn")
def test_an_old_address_lives_on_for_its_grace_and_shows_who_uses_it(
    alice: Any, call: Any, running: Any, app: Any
) -> None:
    share(alice, call, f"{HARBOUR}/shares", FORM, [], "")
    row, guest = newest(running), app.test_client()
    page = f"{HARBOUR}/shares/{row.id}"
    first = address(call(alice, "head-act", head("resume", row.id), page))
    second = address(call(alice, "head-act", head("rotate", row.id, grace="7"), page))
    phone = {
        "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"
    }
    local = {"environ_base": {"REMOTE_ADDR": "203.0.113.77"}}
    assert guest.get(f"{first}campaigns/", headers=phone, **local).status_code == 200
    with app.app_context():
        openings().flush()
    shown = look(alice, call, page)
    assert "opened 1×" in shown
    assert "203.0.113.0" in shown  # the network alone
    assert "203.0.113.77" not in shown
    assert "a former address" in shown
    with running.reading() as session:
        old = session.scalars(select(OldLink).where(OldLink.share_id == row.id)).one().id
    assert call(alice, "head-act", head("end-old", 999_999), page).status_code == 404
    assert call(alice, "head-act", head("end-old", old), page).status_code == 200
    assert [guest.get(url).status_code for url in (first, second)] == [404, 200]
    assert guest.get(f"{first}campaigns/live").status_code == 404
    # A new address without a grace ends those before it, too.
    third = address(call(alice, "head-act", head("rotate", row.id, grace="30"), page))
    last = address(call(alice, "head-act", head("rotate", row.id), page))
    assert [guest.get(url).status_code for url in (second, third, last)] == [404, 404, 200]


@pytest.mark.usefixtures("autumn")
def test_who_saves_over_somebody_elses_save_is_shown_both_first(
    alice: Any, browser: Any, call: Any, running: Any
) -> None:
    share(alice, call, f"{HARBOUR}/shares", FORM, [], "")
    row, bob = newest(running), browser("bob")
    page = f"{HARBOUR}/shares/{row.id}"
    bobs = ("Bob’s board", *FORM[1:8], "7", "year", "")
    assert "at once" in call(bob, "edit-save", 1, page, *bobs, row.revision).text
    stale = call(alice, "edit-save", 1, page, "Alice’s board", *FORM[1:], row.revision)
    response = stale.json["response"]
    for part in (
        "bob@north.example saved this link",
        "Bob’s board",
        "Alice’s board",
        "Last 7 days",
        "Last month",
    ):
        assert part in str(response["edit-saved"]), part
    assert "Theme" not in str(response["edit-saved"])  # there both say the same
    assert newest(running).name == "Bob’s board"
    again = response["edit-revision"]["data"]
    assert "at once" in call(alice, "edit-save", 2, page, "Alice’s board", *FORM[1:], again).text
    assert newest(running).name == "Alice’s board"


@pytest.mark.usefixtures("autumn")
def test_viewers_are_added_barred_and_told_a_new_password_later(alice: Any, call: Any, running: Any) -> None:
    share(alice, call, REPORT, OF_AUTUMN, ["erin@client.example"], "a client's own word")
    row = newest(running)
    page = f"{HARBOUR}/shares/{row.id}"
    _, _, mails = counts(running)
    more = call(alice, "more-send", 1, page, ["frank@client.example", "erin@client.example"], [], None)
    assert "frank@client.example" in more.text
    assert counts(running)[2] == mails + 1  # Erin has her mail already
    with running.reading() as session:
        frank = session.scalars(select(ShareViewer).where(ShareViewer.email == "frank@client.example")).one()
        assert "a client's own word" in session.scalars(select(Mail).order_by(Mail.id.desc())).first().text
    assert "Barred" in call(alice, "viewer-act", {"act": "bar", "id": frank.id, "at": 1}, page).text
    with running.session() as session:
        session.execute(update(Mail).values(state="sent"))  # the invitations have gone
    told = call(alice, "head-act", head("password", row.id, password="quite another word", tell=True), page)
    assert "1 viewer is told by mail" in told.text  # nobody tells who is barred
    with running.reading() as session:
        last = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
    assert counts(running)[2] == mails + 2
    assert last.to == "erin@client.example"
    assert "quite another word" in last.text
    assert "/p/" not in last.text
    short = call(alice, "head-act", head("password", row.id, password="short"), page)
    assert "8 to" in short.text
    call(alice, "head-act", head("no-password", row.id), page)
    assert newest(running).password_hash is None


@pytest.mark.usefixtures("autumn")
@pytest.mark.parametrize("apart", [[], ["apart"]])
def test_an_invitation_that_waits_tells_the_password_in_force(
    alice: Any, call: Any, running: Any, apart: list[str]
) -> None:
    """Erin's mail has not gone when the password changes, the address is made anew, and the password is dropped."""
    share(alice, call, REPORT, OF_AUTUMN, ["erin@client.example"], "a client's own word", apart=apart)
    row = newest(running)
    page = f"{HARBOUR}/shares/{row.id}"

    def waiting() -> list[Mail]:
        with running.reading() as session:
            found = session.scalars(select(Mail).where(Mail.key.startswith("share viewer")).order_by(Mail.id))
            return [one for one in found if one.state == "queued"]

    count = len(waiting())
    assert count == 1 + len(apart)
    told = call(alice, "head-act", head("password", row.id, password="quite another word", tell=True), page)
    assert "1 viewer is told by mail" in told.text
    call(alice, "head-act", head("rotate", row.id, grace="0"), page)
    assert len(waiting()) == count, "no second mail about a password nobody has been told"
    with running.session() as session:
        posts = [
            Post(one.id, "", one.to, one.subject, one.text, one.created_at, key=one.key) for one in waiting()
        ]
        assert [why_not(session, post) for post in posts] == [""] * count
    pages = "\n".join(str(one.html) for one in waiting())
    for text in ("\n".join(post.text for post in posts), pages):
        assert "own word" not in text
        assert text.count("Password: quite another word") == 1
    assert "/p/" in text
    call(alice, "head-act", head("no-password", row.id), page)
    (last,) = waiting()
    for text in (last.text, str(last.html)):
        assert "assword:" not in text
        assert "/p/" in text
    with running.session() as session:  # what was not brought up to date is stopped
        session.get_one(Share, row.id).version += 1
        post = Post(1, "", last.to, "", last.text, last.created_at, key=f"{last.key}, password 1")
        assert why_not(session, post) == "The password was changed again before the mail was sent."


@pytest.mark.usefixtures("autumn")
def test_the_password_comes_in_a_mail_of_its_own_where_that_is_wanted(
    alice: Any, call: Any, running: Any
) -> None:
    share(alice, call, REPORT, OF_AUTUMN, ["erin@client.example"], "a client's own word", apart=["apart"])
    with running.reading() as session:
        mails = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(2)).all()
    assert {one.to for one in mails} == {"erin@client.example"}
    with_link = [one for one in mails if "/p/" in one.text]
    with_password = [one for one in mails if "a client's own word" in one.text]
    assert len(with_link) == len(with_password) == 1
    assert with_link != with_password


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
def test_the_list_of_campaigns_leads_to_each_report_and_the_report_to_its_analytics(
    alice: Any, call: Any
) -> None:
    listed = alice.get(f"{HARBOUR}/part.html?of=campaigns").text
    reports = re.findall(rf'href="({HARBOUR}/campaigns/[^"]+)"', listed)
    assert REPORT in reports
    for report in reports:
        shown = look(alice, call, report)
        assert "Deliveries" in shown
        assert f"{HARBOUR}/analytics?campaign=" in shown


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
    assert call(alice, "head-act", head("pause", 1), path).status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        ("x" * 501, ["views"], [], [], "", "", "open", "open", "28", "previous", ""),
        ("", ["everything"], [], [], "", "", "open", "open", "28", "previous", ""),
        ("", ["views"], ["1 OR 1"], [], "", "", "open", "open", "28", "previous", ""),
        ("", ["views"], [], [], "tomorrow", "", "open", "open", "28", "previous", ""),
        ("", ["views"], [], [], "", "", "xx", "open", "28", "previous", ""),
        ("", ["views"], [], [{"a": 1}], "", "", "open", "open", "28", "previous", ""),
        ("", ["views"], [], [], "", "", "open", "open", "900", "previous", ""),
        ("", ["views"], [], [], "", "", "open", "open", "28", "always", ""),
        ("", ["views"], 7, [], "", "", "open", "open", "28", "previous", ""),
    ],
)
def test_a_wrong_type_is_400(alice: Any, call: Any, running: Any, values: Any) -> None:
    before = counts(running)
    assert share(alice, call, f"{HARBOUR}/shares", values).status_code == 400
    assert counts(running) == before


@pytest.mark.parametrize(
    "change",
    [
        None,
        "revoke",
        {"op": "delete", "id": 1, "at": 1},
        {"op": "revoke", "id": "1", "at": 1},
        {"op": "revoke", "id": True, "at": 1},
        {"op": "revoke", "id": 2**40, "at": 1},
        {"op": "revoke", "id": 1, "at": 1, "workspace": "colossus"},
        {"op": "revoke", "id": 1},
        {"op": "rotate", "id": 1, "at": 1, "grace": "9999"},
    ],
)
def test_a_wrong_change_is_400(alice: Any, call: Any, world: Any, change: Any) -> None:
    assert call(alice, "share-act", change, ANALYTICS).status_code == 400
    page = f"{HARBOUR}/shares/{world.ids['harbour_share']}"
    if change != {"op": "revoke", "id": 1, "at": 1}:
        assert call(alice, "head-act", change, page).status_code == 400


def a_view(running: Any, workspace_id: int, name: str) -> int:
    """The id of a new view of that workspace alone, with nothing on it."""
    with running.session() as session:
        workspace = session.get_one(Workspace, workspace_id)
        made = StoredView(
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            slug=name.lower(),
            name=name,
            body=dump_view(View(name=name, tiles=[])),
        )
        session.add(made)
        session.flush()
        return made.id


def test_the_dialog_shares_the_view_on_the_screen(alice: Any, call: Any, running: Any, world: Any) -> None:
    mine = a_view(running, world.ids["harbour"], "Board")
    opened = call(alice, "share-open", 1, ANALYTICS, f"?period=28&view={mine}").json["response"]
    assert opened["share-dialog"]["is_open"] is True
    fields = str(opened["share-form"])
    assert f"'value': ['{mine}']" in fields
    # The links of this workspace are listed below, and nobody else's.
    assert world.harbour_token in str(opened)
    assert world.colossus_token not in str(opened)
    made = share(alice, call, ANALYTICS, ("", RULES, [str(mine)], *PLAIN[3:]))
    url = address_of(made)
    assert url in str(made.json["response"]["new-made"])
    assert "'readOnly': True" in str(made.json["response"]["new-made"])
    assert "Board" in str(made.json["response"]["shares-list"])
    path = url.removeprefix(running.settings.public_url)
    assert "data-tile" not in alice.get(path).text, "the chosen view is empty, the first one is not"


def test_one_press_makes_one_link_and_two_make_two(alice: Any, call: Any, running: Any) -> None:
    before = counts(running)[0]
    urls = {address_of(share(alice, call, ANALYTICS)) for _ in range(2)}
    assert len(urls) == 2
    assert counts(running)[0] == before + 2


def test_a_view_of_charlies_or_of_nobody_makes_no_link(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    before = counts(running)
    theirs = a_view(running, world.ids["colossus"], "Theirs")
    for view in (theirs, 999_999):
        form = ("", RULES, [str(view)], *PLAIN[3:])
        assert share(alice, call, ANALYTICS, form).status_code == 404
        assert "new-views" in call(alice, "share-open", 1, ANALYTICS, f"?view={view}").text
    assert counts(running) == before


@pytest.mark.parametrize(("day", "told"), [("2020-01-31", "future"), ("2026-02-30", "calendar")])
def test_a_last_day_that_is_over_or_none_is_told(alice: Any, call: Any, day: str, told: str) -> None:
    form = ("", RULES, [], [], "", day, *PLAIN[6:])
    assert told in share(alice, call, ANALYTICS, form).text


def test_the_last_day_ends_in_the_workspaces_zone(alice: Any, call: Any, running: Any) -> None:
    form = ("", RULES, [], [], "", "2099-07-01", *PLAIN[6:])
    share(alice, call, ANALYTICS, form, [], "correct horse battery")
    made = newest(running)
    assert made.expires_at.isoformat() == "2099-07-01T21:59:59.999999+00:00"  # Madrid is UTC+2 in July
    assert made.password_hash is not None


def test_a_link_is_paused_resumed_and_revoked_from_the_list(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    key, path = world.ids["harbour_share"], f"/p/{world.harbour_token}/"
    for op, status in (("pause", 404), ("resume", 200), ("revoke", 404)):
        listed = call(alice, "share-act", {"op": op, "id": key, "at": 1}, ANALYTICS)
        assert listed.status_code == 200
        assert alice.get(path).status_code == status
        assert (world.harbour_token in listed.text) is (op != "revoke")
    assert call(alice, "share-act", {"op": "resume", "id": key, "at": 2}, ANALYTICS).status_code == 404
