"""Sign-up by mail, closed unless it is opened, and the set-up page of an empty installation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from dashapp.app import create_app
from dashapp.config import load
from dashapp.db.base import now
from dashapp.db.people import OneTimeToken
from dashapp.db.tenants import AgencyMember, User
from dashapp.errors import BadSetting
from dashapp.people import sign_up
from tests.people.forms import fill_in, link_in, mails, send
from tests.support.world import EMAILS, HTML, PASSWORD, log_in

EVE = "eve@east.example"


@pytest.fixture
def app(make_app: Any) -> Flask:
    """The app with sign-up open."""
    return make_app(signup="open")


def users(app: Flask) -> int:
    with app.extensions["vitrine"].reading() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


def test_sign_up_is_closed_unless_it_is_opened(make_app: Any) -> None:
    client = make_app().test_client()
    assert client.get("/signup", headers=HTML).status_code == 404
    assert "/signup" not in client.get("/login", headers=HTML).text
    token = client.get("/login", headers=HTML)
    assert send(client, "/signup", token, name="Eve", email=EVE, password=PASSWORD).status_code == 404
    with pytest.raises(BadSetting, match="VITRINE_SIGNUP"):
        load({"VITRINE_HOME": "var", "VITRINE_SIGNUP": "sometimes"})


def test_eve_signs_up_confirms_and_has_a_workspace_of_her_own(app: Flask, client: Any) -> None:
    before = users(app)
    answer = fill_in(client, "/signup", name="Eve", email="Eve@East.example", password=PASSWORD)
    assert answer.status_code == 200
    assert users(app) == before  # nobody is a user before their address is confirmed
    (mail,) = mails(app, EVE)
    assert mail.html is not None
    assert mail.agency_id is None  # in no agency's outbox
    way = link_in(mail)
    shown = client.get(way, headers=HTML)
    assert users(app) == before  # a program that opens links confirms nothing
    assert (shown.headers["Referrer-Policy"], shown.headers["X-Robots-Tag"]) == (
        "same-origin",
        "noindex, nofollow",
    )
    done = send(client, way, shown)
    assert (done.status_code, done.location) == (303, "/")
    assert client.get("/w/eve/analytics", headers=HTML).status_code == 200
    assert client.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 404
    assert send(app.test_client(), way, shown).status_code in {400, 404}
    assert client.get(way, headers=HTML).status_code == 404
    assert users(app) == before + 1
    assert log_in(app.test_client(), EVE).status_code == 303


def test_a_known_address_gets_the_same_answer_and_another_mail(app: Flask) -> None:
    answers = [
        fill_in(app.test_client(), "/signup", name="Alice", email=email, password=PASSWORD)
        for email in (EMAILS["alice"], "nobody@north.example")
    ]
    assert [a.status_code for a in answers] == [200, 200]
    texts = [
        a.text.replace(email, "").split("<main>")[1]
        for a, email in zip(answers, (EMAILS["alice"], "nobody@north.example"), strict=True)
    ]
    assert texts[0] == texts[1]
    (mail,) = mails(app, EMAILS["alice"])
    assert "has an account already" in mail.text
    assert "/signup/" not in mail.text
    assert "North" in (mail.html or "")  # under the name of the one agency she belongs to


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": "short"}, 400),
        ({"password": "password12345"}, 400),
        ({"email": "no address"}, 400),
        ({"email": "eve@east.example\r\nBcc: x@y.example"}, 400),
        ({"name": ""}, 400),
        ({"role": "owner"}, 400),
        ({"agency_id": "2"}, 400),
    ],
)
def test_what_is_wrong_or_too_much_is_400_and_sends_no_mail(
    app: Flask, client: Any, fields: dict[str, str], status: int
) -> None:
    sent = {"name": "Eve", "email": EVE, "password": PASSWORD, **fields}
    assert fill_in(client, "/signup", **sent).status_code == status
    assert mails(app) == []


def test_an_address_sent_as_a_list_or_object_is_400(app: Flask, client: Any) -> None:
    for fields in ({"email": [EVE, "x@y.example"]}, {"email[]": EVE}, {"email[$ne]": "1"}):
        sent: dict[str, Any] = {"name": "Eve", "email": EVE, "password": PASSWORD, **fields}
        assert fill_in(client, "/signup", **sent).status_code == 400
    assert mails(app) == []


def test_a_link_ends_after_72_hours_and_with_the_next_one(app: Flask, client: Any, running: Any) -> None:
    for _ in range(2):
        fill_in(client, "/signup", name="Eve", email=EVE, password=PASSWORD)
    first, second = (link_in(mail) for mail in mails(app, EVE))
    assert client.get(first, headers=HTML).status_code == 404
    assert client.get(second, headers=HTML).status_code == 200
    with running.session() as session:
        session.execute(update(OneTimeToken).values(expires_at=now()))
    assert client.get(second, headers=HTML).status_code == 404


def test_a_flood_of_sign_ups_is_429_and_one_address_gets_three_mails(app: Flask) -> None:
    codes = [
        fill_in(app.test_client(), "/signup", name="Eve", email=EVE, password=PASSWORD).status_code
        for _ in range(11)
    ]
    assert codes == [200] * 10 + [429]
    assert len(mails(app, EVE)) == 3


def test_two_who_confirm_at_once_make_one_account(app: Flask, client: Any) -> None:
    fill_in(client, "/signup", name="Eve", email=EVE, password=PASSWORD)
    way = link_in(mails(app, EVE)[0])
    browsers = [app.test_client() for _ in range(2)]
    shown = [one.get(way, headers=HTML) for one in browsers]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: send(browsers[n], way, shown[n]).status_code, range(2)))
    assert sorted(answers) == [303, 404]


@pytest.fixture
def empty(tmp_path: Path) -> Any:
    """An installation in which nobody is."""
    app = create_app(load({"VITRINE_HOME": str(tmp_path / "empty")}))
    yield app
    app.extensions["vitrine"].engine.dispose()


def test_the_first_owner_is_made_on_a_page_whose_address_is_printed(empty: Flask) -> None:
    known = empty.extensions["vitrine"]
    with known.reading() as session:
        address = sign_up.setup_address(session, known.settings)
    assert address is not None
    way = address.removeprefix(known.settings.public_url)
    assert len(way) == len("/setup/") + 43
    client = empty.test_client()
    assert client.get("/setup/" + "a" * 43, headers=HTML).status_code == 404
    shown = client.get(way, headers=HTML)
    weak = send(client, way, shown, agency="North", name="Alice", email="alice@north.example", password="x")
    assert weak.status_code == 400
    fields = {"agency": "North", "name": "Alice", "email": "alice@north.example", "password": PASSWORD}
    assert send(client, way, shown, **fields).location == "/"
    with known.reading() as session:
        assert sign_up.setup_address(session, known.settings) is None
        assert session.scalars(select(AgencyMember.role)).all() == ["owner"]
    again = empty.test_client()
    assert again.get(way, headers=HTML).status_code == 404
    second = {**fields, "email": "mallory@evil.example"}
    assert send(again, way, again.get("/login", headers=HTML), **second).status_code == 404


def test_two_who_set_up_at_once_make_one_owner(empty: Flask) -> None:
    known = empty.extensions["vitrine"]
    way = f"/setup/{sign_up.setup_token(known.settings)}"
    browsers = [empty.test_client() for _ in range(2)]
    shown = [one.get(way, headers=HTML) for one in browsers]

    def one(n: int) -> int:
        fields = {"agency": f"A{n}", "name": "A", "email": f"a{n}@x.example", "password": PASSWORD}
        return send(browsers[n], way, shown[n], **fields).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, range(2))) == [303, 404]


def test_the_set_up_page_of_an_installation_with_an_owner_is_404(app: Flask, client: Any) -> None:
    way = f"/setup/{sign_up.setup_token(app.extensions['vitrine'].settings)}"
    assert client.get(way, headers=HTML).status_code == 404
