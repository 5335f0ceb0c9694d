"""Invitations that are none: bent tokens, addresses, forms and passwords, sent twice, or by who may not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.db.mail import Mail
from dashapp.web.middleware.failures import redact
from tests.callbacks.account_acts import act, answer, invite, link_of, told
from tests.support.world import EMAILS, HTML, Browser, csrf_of


@pytest.mark.parametrize(
    "email",
    [
        "",
        "no-address",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example,c@d.example",
        "x" * 260 + "@b.example",
    ],
)
def test_what_is_no_address_is_refused_and_no_mail_written(
    alice: Browser, call: Any, running: Any, email: str
) -> None:
    said = told(act(call, alice, "invite", email=email, name="Quay"))
    assert "is not an e-mail address" in said
    with running.reading() as session:
        assert session.scalars(select(Mail)).all() == []


@pytest.mark.parametrize("email", [["a@b.example"], {"$ne": 1}, None, 5])
def test_an_address_of_another_type_is_400(alice: Browser, call: Any, running: Any, email: object) -> None:
    assert act(call, alice, "invite", email=email, name="Quay").status_code == 400
    with running.reading() as session:
        assert session.scalars(select(Mail)).all() == []


def test_one_cannot_be_invited_twice_and_the_same_is_said_of_known_and_unknown(
    alice: Browser, call: Any
) -> None:
    known = told(act(call, alice, "invite", email=EMAILS["charlie"], name="One"))
    unknown = told(act(call, alice, "invite", email="nobody@else.example", name="One"))
    same = re.compile(r"/invitations/[\w-]{43}")
    assert same.sub("", known.replace(EMAILS["charlie"], "x")) == same.sub(
        "", unknown.replace("nobody@else.example", "x")
    )
    assert "invited already" in told(act(call, alice, "invite", email="nobody@else.example", name="One"))


def test_a_list_is_checked_first_and_then_sent(alice: Browser, call: Any, running: Any) -> None:
    rows = "email;name\na@one.example;One\nno address;Two\nb@two.example;\na@one.example;One\nc@three.example;Three"
    checked = told(act(call, alice, "import", rows=rows, send="no"))
    assert "2 invitations would be sent" in checked
    assert "3 rows are left out" in checked
    assert "stands in the list twice" in checked
    with running.reading() as session:
        assert session.scalars(select(Mail)).all() == []
    told(act(call, alice, "import", rows=rows, send="yes"))
    with running.reading() as session:
        assert sorted(session.scalars(select(Mail.to))) == ["a@one.example", "c@three.example"]
    many = "\n".join(f"p{n}@many.example,Many {n}" for n in range(501))
    assert "500 rows" in told(act(call, alice, "import", rows=many, send="no"))


@pytest.mark.parametrize("name", ["bob", "carla", "dora", "charlie"])
def test_only_owners_and_admins_of_the_agency_act_on_its_accounts(
    browser: Any, call: Any, running: Any, world: Any, name: str
) -> None:
    who = browser(name)
    link = link_of(running, "Harbour Coffee")
    for op in ("cancel", "resend", "remove", "unlink"):
        assert act(call, who, op, id=link.id).status_code == 404, op
    assert act(call, who, "invite", email="a@b.example", name="A").status_code == 404
    assert act(call, who, "import", rows="a@b.example,A", send="yes").status_code == 404
    assert link_of(running, "Harbour Coffee").state == "managing"


def test_another_agency_s_link_is_not_there(alice: Browser, call: Any, running: Any) -> None:
    theirs = link_of(running, "Colossus")
    for op in ("cancel", "resend", "remove", "unlink"):
        answer = act(call, alice, op, id=theirs.id)
        assert answer.status_code == 404
        assert "Colossus" not in answer.text
    assert link_of(running, "Colossus").state == "managing"


def bent(token: str) -> list[str]:
    """What is not this token."""
    other = token[:-1] + ("a" if token[-1] != "a" else "b")
    return [
        "null",
        "0",
        "%00" * 3,
        "x" * 10_000,
        token[:-1],
        token + "x",
        other,
        token.swapcase(),
        "' OR 1=1 --",
    ]


def test_bent_tokens_are_404_for_everybody_and_no_log_has_a_good_one(
    alice: Browser, erin: Browser, app: Any, call: Any
) -> None:
    path = invite(call, alice)
    token = path.rpartition("/")[2]
    for one in bent(token):
        for who in (erin.client, app.test_client()):
            assert who.get(f"/invitations/{one}", headers=HTML).status_code == 404, one[:60]
        assert answer(erin, f"/invitations/{one}", "accept").status_code == 404, one[:60]
    assert token not in redact(f"GET http://x.example{path}?a=b and {path}/answer failed")


def test_a_form_that_is_none_is_400_and_answers_nothing(
    alice: Browser, erin: Browser, call: Any, running: Any
) -> None:
    path = invite(call, alice)
    for data in (
        {"answer": "maybe"},
        {"answer": ["accept", "decline"]},
        {"answer": "accept", "role": "owner"},
        {"answer": "accept", "workspace": "x" * 61},
        {},
    ):
        assert erin.post(f"{path}/answer", data=data, headers=HTML).status_code == 400, data
    forged = erin.client.post(f"{path}/answer", data={"answer": "accept"}, headers=HTML)
    assert forged.status_code == 400, "without the token against forgery"
    evil = {"Sec-Fetch-Site": "cross-site", **HTML}
    assert erin.post(f"{path}/answer", data={"answer": "accept"}, headers=evil).status_code == 403
    assert link_of(running).state == "invited"


def test_a_password_made_of_the_invitation_s_words_is_refused(alice: Browser, app: Any, call: Any) -> None:
    path = invite(call, alice, "new@lumen.example", "Lumen Optics")
    client = app.test_client()
    data = {
        "csrf_token": csrf_of(client.get(path, headers=HTML)),
        "name": "Nia",
        "password": "lumen-optics-2026",
    }
    headers = {"Referer": f"http://localhost{path}", **HTML}
    refused = client.post(f"{path}/account", data=data, headers=headers)
    assert (refused.status_code, "first that are guessed" in refused.text) == (400, True)
