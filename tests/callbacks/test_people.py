"""Teams & permissions: roles count from the next request, owners are owners' business, a place keeps one.

Alice owns North, Bob is its member with all accounts. Olga owns Harbour Coffee, Carla manages it, Dora looks at it.
"""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update

from dashapp.access.scopes import cli_scope
from dashapp.agencies import accounts
from dashapp.db.mail import Mail
from dashapp.db.reports import Share
from dashapp.db.tenants import Agency, AgencyMember, Invitation, WorkspaceMember
from tests.support.world import EMAILS, HTML, PASSWORD, Browser

PEOPLE, NORTH = "/w/harbour-coffee/people", "?agency=north"
OLGA = "olga@harbour.example"


@pytest.fixture
def olga(app: Any, running: Any, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Harbour's owner."""
    with running.session() as session:
        harbour, _ = cli_scope(session, "harbour-coffee")
        accounts.create_user(session, OLGA, PASSWORD, workspace=harbour, workspace_role="owner")
    monkeypatch.setitem(EMAILS, "olga", OLGA)
    return Browser(app, "olga")


def act(call: Any, who: Browser, op: str, **more: Any) -> Any:
    return call(who, "people-act", {"op": op, "at": 1.0, **more}, PEOPLE, "")


def in_agency(call: Any, who: Browser, op: str, **more: Any) -> Any:
    return call(who, "people-agency-act", {"op": op, "at": 1.0, **more}, "/agency/people", NORTH)


def told(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json["response"]["people-told"])


def roles(running: Any) -> dict[int, str]:
    with running.reading() as session:
        return {row.user_id: row.role for row in session.scalars(select(WorkspaceMember))}


def test_another_role_counts_at_the_next_request(olga: Browser, browser: Any, call: Any, world: Any) -> None:
    carla = browser("carla")
    assert carla.get("/w/harbour-coffee/people", headers=HTML).status_code == 200
    assert "changed" in told(act(call, olga, "role", id=world.ids["carla"], role="client"))
    assert carla.get("/w/harbour-coffee/people", headers=HTML).status_code == 404
    assert carla.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 200
    told(act(call, olga, "remove", id=world.ids["carla"]))
    assert carla.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 404


def test_the_last_owner_stays_and_only_owners_make_owners(
    olga: Browser, alice: Browser, call: Any, running: Any, world: Any
) -> None:
    with running.reading() as session:
        olga_id = accounts.user_by_email(session, OLGA).id  # type: ignore[union-attr]
    for op, more in (("remove", {}), ("role", {"role": "client"})):
        assert "at least one owner" in told(act(call, olga, op, id=olga_id, **more))
        assert "Only an owner" in told(act(call, alice, op, id=olga_id, **more)), "Alice is of the agency"
    assert "Only an owner" in told(act(call, alice, "role", id=world.ids["carla"], role="owner"))
    assert "Only an owner" in told(act(call, alice, "invite", email="x@y.example", role="owner"))
    assert roles(running)[olga_id] == "owner"
    told(act(call, olga, "role", id=world.ids["carla"], role="owner"))
    assert "changed" in told(act(call, olga, "role", id=olga_id, role="client"))


def test_the_agency_s_last_owner_stays(alice: Browser, call: Any, running: Any, world: Any) -> None:
    assert "at least one owner" in told(in_agency(call, alice, "remove", id=world.ids["alice"]))
    assert "at least one owner" in told(in_agency(call, alice, "role", id=world.ids["alice"], role="member"))
    with running.reading() as session:
        key = {"user_id": world.ids["alice"], "agency_id": world.ids["north"]}
        assert session.get_one(AgencyMember, key).role == "owner"


def test_a_member_works_in_the_accounts_given_to_them(
    alice: Browser, browser: Any, call: Any, world: Any
) -> None:
    bob = browser("bob")
    pine, harbour = "/w/pine-dental/analytics", "/w/harbour-coffee/analytics"
    assert bob.get(pine, headers=HTML).status_code == 200
    given = {"id": world.ids["bob"], "everywhere": False, "accounts": [world.ids["harbour"]]}
    assert "Saved" in told(in_agency(call, alice, "accounts", **given))
    assert (bob.get(pine, headers=HTML).status_code, bob.get(harbour, headers=HTML).status_code) == (404, 200)
    stranger = {**given, "accounts": [world.ids["colossus"]]}
    assert in_agency(call, alice, "accounts", **stranger).status_code == 404
    assert bob.get(harbour, headers=HTML).status_code == 200
    told(in_agency(call, alice, "accounts", **{**given, "everywhere": True}))
    assert bob.get(pine, headers=HTML).status_code == 200


def test_somebody_is_invited_joins_and_no_one_else_can(
    olga: Browser, browser: Any, call: Any, running: Any, world: Any
) -> None:
    path = re.search(
        r"/invitations/[\w-]{43}", told(act(call, olga, "invite", email=EMAILS["charlie"], role="manager"))
    )
    assert path
    with running.reading() as session:
        mail = session.scalars(select(Mail)).one()
    assert (mail.subject, mail.agency_id) == ("Join Harbour Coffee", None), "the workspace's own mail"
    assert "Manager" in mail.text
    dora = browser("dora")
    assert dora.post(f"{path[0]}/answer", data={"answer": "accept"}, headers=HTML).status_code == 404
    charlie = browser("charlie")
    assert charlie.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 404
    joined = charlie.post(f"{path[0]}/answer", data={"answer": "accept"}, headers=HTML)
    assert joined.location == "/w/harbour-coffee/analytics"
    assert charlie.get("/w/harbour-coffee/people", headers=HTML).status_code == 200
    assert charlie.post(f"{path[0]}/answer", data={"answer": "accept"}, headers=HTML).status_code == 404
    assert charlie.get("/w/pine-dental/analytics", headers=HTML).status_code == 404


def test_who_is_removed_takes_their_open_invitations_along(
    olga: Browser, call: Any, running: Any, world: Any
) -> None:
    with running.session() as session:
        harbour, _ = cli_scope(session, "harbour-coffee")
        ada = accounts.create_user(
            session, "ada@h.example", PASSWORD, workspace=harbour, workspace_role="admin"
        )
        session.add(
            Invitation(
                kind="workspace", nonce="n", token_hash="h", email="friend@h.example", workspace_id=harbour.id,
                role="admin", invited_by=ada.email, expires_at=world_time(),
            )
        )  # fmt: skip
    told(act(call, olga, "remove", id=ada.id))
    with running.reading() as session:
        assert session.scalars(select(Invitation.state)).one() == "ended"


def world_time() -> Any:
    from datetime import timedelta

    from dashapp.db.base import now

    return now() + timedelta(hours=1)


def test_an_agency_does_not_put_its_own_people_into_an_account(
    alice: Browser, call: Any, running: Any
) -> None:
    """Else they would stay when it is unlinked."""
    for email in (EMAILS["bob"], EMAILS["alice"]):
        assert "by their role in it" in told(act(call, alice, "invite", email=email, role="admin"))
    with running.reading() as session:
        assert session.scalars(select(Mail)).all() == []


@pytest.mark.parametrize("name", ["bob", "carla", "dora", "charlie"])
def test_who_may_not_changes_nobody(browser: Any, call: Any, running: Any, world: Any, name: str) -> None:
    before = roles(running)
    who = browser(name)
    for op, more in (
        ("role", {"id": world.ids["dora"], "role": "owner"}),
        ("remove", {"id": world.ids["dora"]}),
        ("invite", {"email": "x@y.example", "role": "client"}),
    ):
        assert act(call, who, op, **more).status_code == 404
        assert in_agency(call, who, op, **more).status_code == 404
    assert roles(running) == before


def general(call: Any, who: Browser, **act: Any) -> Any:
    return call(who, "general-act", {"at": 1.0, **act}, NORTH)


def picture(kind: str, size: tuple[int, int] = (300, 90)) -> str:
    made = io.BytesIO()
    Image.new("RGB", size, "#7a3e9d").save(made, kind)
    return base64.b64encode(made.getvalue()).decode()


@pytest.mark.parametrize(
    ("kind", "taken"), [("PNG", True), ("JPEG", True), ("WEBP", True), ("GIF", False), ("BMP", False)]
)
def test_a_logo_is_decoded_and_made_anew(
    alice: Browser, call: Any, running: Any, kind: str, taken: bool
) -> None:
    sent = picture(kind)
    said = str(general(call, alice, op="logo", file=sent).json["response"]["general-told"])
    with running.reading() as session:
        logo = session.scalars(select(Agency).where(Agency.slug == "north")).one().logo
    if not taken:
        assert "PNG, JPEG or WebP" in said
        assert logo is None
        return
    assert logo is not None
    assert logo.startswith(b"\x89PNG")
    assert base64.b64encode(logo).decode() != sent


@pytest.mark.parametrize(
    "file", ["<svg/>", base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(), "", "=" * 9]
)
def test_what_is_no_picture_gets_a_sentence(alice: Browser, call: Any, running: Any, file: str) -> None:
    answer = general(call, alice, op="logo", file=file)
    assert answer.status_code == 200
    assert "role" in str(answer.json["response"]["general-told"])
    assert "alert" in str(answer.json["response"]["general-told"])


def test_a_logo_of_more_than_a_megabyte_gets_a_sentence(alice: Browser, call: Any) -> None:
    big = base64.b64encode(b"\x89PNG" + b"0" * 1_000_000).decode()
    assert "at most 1 MB" in str(general(call, alice, op="logo", file=big).json)


def test_name_colour_and_footer_are_on_the_portal_at_the_next_look(
    alice: Browser, call: Any, running: Any, world: Any
) -> None:
    portal = f"/p/{world.harbour_token}/"
    assert "Prepared by North" in alice.get(portal).text
    saved = general(
        call, alice, op="save", name="North Star", colour="#1d4ed8", footer="North Star SL, Madrid"
    )
    assert "Saved" in str(saved.json["response"]["general-told"])
    shown = alice.get(portal).text
    assert "North Star SL, Madrid" in shown
    assert "#1d4ed8" in shown
    for bad in ({"colour": "red"}, {"name": ""}, {"footer": "x" * 201}):
        asked = {"name": "North Star", "colour": "#1d4ed8", "footer": "", **bad}
        assert "alert" in str(general(call, alice, op="save", **asked).json["response"]["general-told"])
    assert "North Star SL, Madrid" in alice.get(portal).text


def test_an_agency_has_a_language_for_its_portals_and_a_zone_for_new_workspaces(
    alice: Browser, call: Any, running: Any, world: Any
) -> None:
    portal, german = f"/p/{world.harbour_token}/", {"Accept-Language": "de"}
    assert 'lang="de"' in alice.get(portal, headers=german).text
    saved = general(call, alice, op="defaults", language="fr", timezone="Asia/Tokyo")
    assert "Saved" in str(saved.json["response"]["general-told"])
    assert 'lang="fr"' in alice.get(portal, headers=german).text
    assert 'lang="de"' in alice.get(f"{portal}?lang=de").text, "a reader chooses"
    with running.session() as session:
        session.execute(update(Share).where(Share.workspace_id == world.ids["harbour"]).values(language="en"))
    assert 'lang="en"' in alice.get(portal, headers=german).text, "the link's own rules"
    with running.reading() as session:
        south = session.scalars(select(Agency).where(Agency.slug == "south")).one()
        assert (south.language, south.timezone) == (None, "")
    dialog = str(call(alice, "url", "/agency", "").json)
    assert 'value="Asia/Tokyo" data-own-zone' in dialog
    for bad in ({"language": "xx"}, {"timezone": "Nowhere"}):
        asked = {"language": "fr", "timezone": "UTC", **bad}
        assert "alert" in str(general(call, alice, op="defaults", **asked).json["response"]["general-told"])
    assert 'lang="fr"' not in alice.get(portal, headers=german).text


@pytest.mark.parametrize("name", ["bob", "carla", "charlie"])
def test_who_may_not_changes_no_agency(browser: Any, call: Any, running: Any, name: str) -> None:
    answer = general(call, browser(name), op="save", name="Taken", colour="#000000", footer="")
    assert answer.status_code == 404
    with running.reading() as session:
        assert session.scalars(select(Agency.name).where(Agency.slug == "north")).one() == "North"
