"""A person links their Google account: the flow, what is kept, who sees it; against a server of our own."""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from dashapp.config import load
from dashapp.db.people import GoogleAccount
from dashapp.db.security import AuditEntry
from dashapp.errors import BadSetting
from dashapp.people import google_contacts
from tests.support.world import HTML, Browser, csrf_of

CLIENT, SECRET = "vitrine.apps.example", "a client secret"


class Google:
    """The three endpoints, written from Google's own description of them."""

    def __init__(self) -> None:
        self.codes: dict[str, dict[str, str]] = {}
        self.pages = [["erin@client.example", "Frank@Client.example"], ["grace@client.example", "no address"]]
        self.bend = ""
        self.revoked: list[str] = []
        handler = type("Handler", (_Handler,), {"google": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.at = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def consent(self, url: str) -> dict[str, str]:
        """What a person's yes leads back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["client_id"], asked["access_type"]) == (CLIENT, "offline")
        assert asked["scope"] == "https://www.googleapis.com/auth/contacts.readonly"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if form.get("grant_type") == "refresh_token":
            right = form.get("refresh_token") == "lasting" and "lasting" not in self.revoked
            return (
                (200, {"access_token": "short", "token_type": "Bearer"})
                if right
                else (400, {"error": "invalid_grant"})
            )
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        found = {"access_token": "short", "token_type": "Bearer", "refresh_token": "lasting"}
        if self.bend == "no lasting token":
            del found["refresh_token"]
        return 200, found

    def people(self, query: dict[str, list[str]], authorization: str) -> tuple[int, Any]:
        if authorization != "Bearer short":
            return 401, {}
        if self.bend == "odd people":
            return 200, ["x"]
        n = int(query.get("pageToken", ["0"])[0])
        found: dict[str, Any] = {
            "connections": [{"emailAddresses": [{"value": one}], "etag": "x"} for one in self.pages[n]] + [{}]
        }
        if n + 1 < len(self.pages):
            found["nextPageToken"] = str(n + 1)
        return 200, found


class _Handler(BaseHTTPRequestHandler):
    google: Google

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(*self.google.people(parse_qs(parts.query), self.headers.get("Authorization", "")))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if self.path == "/revoke":
            self.google.revoked.append(form["token"])
            self._answer(200, {})
        else:
            self._answer(*self.google.token(form))

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    there = Google()
    monkeypatch.setattr(
        google_contacts,
        "GOOGLE",
        google_contacts.Endpoints(
            f"{there.at}/auth", f"{there.at}/token", f"{there.at}/revoke", f"{there.at}/people"
        ),
    )
    yield there
    there.server.shutdown()
    there.server.server_close()


@pytest.fixture
def app(make_app: Any) -> Any:
    return make_app(google_client_id=CLIENT, google_client_secret=SECRET)


def link(who: Browser, google: Google) -> Any:
    begun = who.get("/account/google")
    assert begun.status_code == 303
    return who.get("/account/google/callback", query_string=google.consent(begun.location))


def row_of(running: Any, user_id: int) -> GoogleAccount | None:
    with running.reading() as session:
        return session.get(GoogleAccount, user_id)


def post(who: Browser, what: str) -> Any:
    token = csrf_of(who.get("/confirm", headers=HTML))
    return who.post(f"/account/google/{what}", data={"csrf_token": token})


def test_a_linked_accounts_contacts_are_its_owners_and_encrypted(
    alice: Browser, browser: Any, google: Google, running: Any, world: Any
) -> None:
    assert link(alice, google).status_code == 303
    row = row_of(running, world.ids["alice"])
    assert row is not None
    assert row.contacts == 3
    for kept in (row.refresh_sealed, row.contacts_sealed):
        assert "lasting" not in kept
        assert "client.example" not in kept
    with running.reading() as session:
        mine = google_contacts.addresses_of(session, running.settings, world.ids["alice"])
        assert mine == ["erin@client.example", "frank@client.example", "grace@client.example"]
        assert google_contacts.addresses_of(session, running.settings, world.ids["bob"]) == []
        assert "google.link" in session.scalars(select(AuditEntry.verb)).all()
    # New ones come when they are fetched again; unlinking forgets all and tells Google.
    google.pages = [[], ["heidi@client.example"]]  # the first page of contacts holds no address
    assert post(alice, "fetch").status_code == 303
    with running.reading() as session:
        now_mine = google_contacts.addresses_of(session, running.settings, world.ids["alice"])
    assert now_mine == ["heidi@client.example"]
    assert post(browser("bob"), "fetch").status_code == 404
    assert post(alice, "unlink").status_code == 303
    assert google.revoked == ["lasting"]
    assert row_of(running, world.ids["alice"]) is None


@pytest.mark.parametrize(
    "wrong",
    ["state", "code", "verifier", "another person", "no cookie", "no lasting token", "odd people", "denied"],
)
def test_what_is_not_as_it_was_begun_links_nothing(
    alice: Browser, browser: Any, google: Google, running: Any, world: Any, wrong: str
) -> None:
    begun = alice.get("/account/google")
    answer, who = google.consent(begun.location), alice
    match wrong:
        case "state":
            answer["state"] = "x" * 43
        case "code":
            answer["code"] = "another"
        case "verifier":
            google.codes[answer["code"]]["code_challenge"] = "another"
        case "another person":
            cookie = alice.client.get_cookie("google", path="/account/google")
            assert cookie is not None
            who = browser("bob")
            who.client.set_cookie("google", cookie.value, path="/account/google")
        case "no cookie":
            alice.client.delete_cookie("google", path="/account/google")
        case "denied":
            answer = {"error": "access_denied", "state": answer["state"]}
        case _:
            google.bend = wrong
    assert who.get("/account/google/callback", query_string=answer).status_code == 303
    for name in ("alice", "bob"):
        assert row_of(running, world.ids[name]) is None


def test_without_a_client_id_there_is_none_of_it(make_app: Any) -> None:
    app = make_app()
    alice = Browser(app, "alice")
    for path in ("/account/google", "/account/google/callback"):
        assert alice.get(path).status_code == 404
    assert app.test_client().get("/account/google").status_code == 401


def test_half_of_the_settings_stops_the_start(tmp_path: Any) -> None:
    with pytest.raises(BadSetting, match="together"):
        load({"VITRINE_HOME": str(tmp_path), "VITRINE_GOOGLE_CLIENT_ID": "x"})
