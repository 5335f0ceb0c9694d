"""The portal as a guest sees it: by token alone, live, never cached across links, nothing inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy import update

from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.engine import make_engine
from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.portal import routes
from dashapp.portal.page_cache import PageCache, PageKey
from dashapp.services import EXTENSION, Services
from dashapp.sharing import links
from dashapp.views.schema import View, dump_view
from data import query
from data.events import canonical
from data.inbox import Inbox
from data.lake import open_lake

HOSTILE = "<script>alert(1)</script>"


class House:
    """North with Harbour (Guest has its link) and Pine; South with Colossus. One small app around them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.settings = Settings(
            home=folder,
            database_url=url,
            lake_url=str(folder / "lake"),
            secret_key="0123456789abcdef-a-test-key-of-enough-length",
            public_url="http://localhost",
        )
        engine = make_engine(url)
        self.services = Services(self.settings, engine, open_lake(engine, folder / "lake"), Inbox(engine))
        with self.services.session() as session:
            north = Agency(slug="north", name="North", brand="#0f766e")
            south = Agency(slug="south", name="South", brand="#d6336c")
            self.harbour = Workspace(slug="harbour", name="Harbour Coffee", timezone="Europe/Madrid")
            self.pine = Workspace(slug="pine", name="Pine Dental", timezone="America/New_York")
            self.colossus = Workspace(slug="colossus", name="Colossus", timezone="Asia/Kolkata")
            north.workspaces, south.workspaces = [self.harbour, self.pine], [self.colossus]
            session.add_all([north, south])
            session.flush()
        app = Flask("portal under test")
        app.extensions[EXTENSION] = self.services
        app.register_blueprint(routes.blueprint)
        app.testing = True
        self.app = app

    def share(self, workspace: Workspace, **options: Any) -> tuple[int, str]:
        """A link: (id, path)."""
        with self.services.session() as session:
            share, _, token = links.create_share(session, self.settings, workspace, **options)
            return share.id, f"/p/{token}/"

    def set_share(self, share_id: int, **values: Any) -> None:
        with self.services.session() as session:
            session.execute(update(Share).where(Share.id == share_id).values(**values))

    def send(self, workspace: Workspace, name: str, count: int, campaign: str = "Autumn") -> None:
        """`count` e-mails sent two hours ago, each opened an hour ago."""
        at = now()
        events = []
        for i in range(count):
            message = {"channel": "email", "message_id": f"{name}-{i}", "campaign": campaign}
            message |= {"lead": f"lead{i}@client.example", "sender": "bob@north.example"}
            sent, opened = at - timedelta(hours=2), at - timedelta(hours=1)
            for event, moment in (("sent", sent), ("opened", opened)):
                record = message | {"event": event, "event_id": f"{name}-{event}-{i}"}
                record["occurred_at"] = moment.isoformat()
                events.append(canonical(record, received_at=at))
        self.services.inbox.put(workspace.id, None, events, received_at=at)


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str) -> Iterator[House]:
    built = House(tmp_path, sqlite_url)
    yield built
    built.services.engine.dispose()


@pytest.fixture
def guest(house: House) -> FlaskClient:
    return house.app.test_client()


def kpi(html: str, tile: str) -> str:
    found = re.search(rf'data-tile="{tile}".*?class="num">([^<]*)<', html, re.S)
    assert found is not None
    return found[1].replace("\u00a0", " ")


def test_the_page_shows_the_workspaces_figures(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 1204)
    house.send(house.colossus, "c", 9)
    _, path = house.share(house.harbour)
    html = guest.get(path).text
    assert kpi(html, "sent") == "1,204"
    assert kpi(html, "open") == "100 %"
    assert "1,204 of 1,204 e-mails" in html
    assert "Harbour Coffee" in html
    assert "Colossus" not in html
    assert "Data complete to" in html


def test_an_event_shows_at_the_next_poll_and_nothing_new_is_304(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 3)
    _, path = house.share(house.harbour)
    page = guest.get(path).text
    etag = re.search(r'data-etag="(\w+)"', page)
    assert etag is not None
    tag = f'"{etag[1]}"'
    quiet = guest.get(path + "live?period=28&lang=en", headers={"If-None-Match": tag})
    assert (quiet.status_code, quiet.data) == (304, b"")
    assert quiet.headers["ETag"] == tag
    house.send(house.pine, "p", 50)  # another workspace's news is none here
    assert guest.get(path + "live?period=28", headers={"If-None-Match": tag}).status_code == 304
    house.send(house.harbour, "more", 2)
    news = guest.get(path + "live?period=28", headers={"If-None-Match": tag})
    assert news.status_code == 200
    assert kpi(news.text, "sent") == "5"
    assert news.headers["ETag"] != tag
    assert "<html" not in news.text
    assert guest.get(path + "live?period=7", headers={"If-None-Match": tag}).status_code == 200


def test_a_changed_view_is_news(house: House, guest: FlaskClient) -> None:
    with house.services.session() as session:
        body = dump_view(View(name="Mine", tiles=[]))
        view = StoredView(
            agency_id=house.harbour.agency_id, slug="mine", name="Mine", body=body, is_default=True
        )
        session.add(view)
    _, path = house.share(house.harbour)
    tag = guest.get(path + "live").headers["ETag"]
    with house.services.session() as session:
        changed = dump_view(View(name="Mine, changed", tiles=[]))
        session.execute(update(StoredView).values(version=2, body=changed))
    assert guest.get(path + "live", headers={"If-None-Match": tag}).status_code == 200


def scrubbed(response: Any) -> tuple[int, str, list[tuple[str, str]]]:
    """Status, body and headers without the nonce, which differs on purpose."""
    nonce = re.compile(r"nonce[-=\"']+[\w-]+")
    headers = sorted((k, nonce.sub("", v)) for k, v in response.headers.items())
    return response.status_code, nonce.sub("", response.text), headers


def test_unknown_paused_revoked_and_expired_links_look_the_same(house: House, guest: FlaskClient) -> None:
    paths = ["/p/" + "A" * 43 + "/", "/p/null/", "/p/*/", "/p/" + "x" * 10_000 + "/", "/p/%00/"]
    for values in ({"state": "paused"}, {"state": "revoked"}, {"expires_at": now() - timedelta(days=1)}):
        share_id, path = house.share(house.harbour)
        assert guest.get(path).status_code == 200
        house.set_share(share_id, **values)
        paths.append(path)
    expected = scrubbed(guest.get(paths[0]))
    assert expected[0] == 404
    for path in paths:
        for address in (path, path + "live", path + "logo"):
            assert scrubbed(guest.get(address)) == expected, address
        assert scrubbed(guest.post(path + "unlock")) == expected


def test_a_revoked_link_ends_at_the_next_poll(house: House, guest: FlaskClient) -> None:
    share_id, path = house.share(house.harbour)
    tag = guest.get(path + "live").headers["ETag"]
    house.set_share(share_id, state="revoked")
    assert guest.get(path + "live", headers={"If-None-Match": tag}).status_code == 404


def test_headers_are_strict_and_nothing_is_inline(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 2, campaign=HOSTILE)
    _, path = house.share(house.harbour)
    response = guest.get(path)
    policy = response.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert policy == (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce[1]}'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    html = response.text
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert re.findall(r"<script(?! src=\"/assets/[\w.]+\?v=\w+\")[^>]*>", html) == []
    assert html.count("<style") == html.count(f'<style nonce="{nonce[1]}">') == 1
    assert not re.search(r"\s(style|on\w+)=", html)
    assert guest.get(path).headers["Content-Security-Policy"] != policy  # a nonce is used once


@pytest.mark.parametrize(
    "odd", ["?period=9999", "?period=%00", "?period[]=7", "?lang=xx", "?theme=x%22onload="]
)
def test_odd_options_fall_back(house: House, guest: FlaskClient, odd: str) -> None:
    _, path = house.share(house.harbour)
    response = guest.get(path + odd)
    assert response.status_code == 200
    assert 'aria-current="true">28 days' in response.text
    assert "onload" not in response.text


def test_options_in_force(house: House, guest: FlaskClient) -> None:
    _, path = house.share(house.harbour)
    html = guest.get(path + "?period=7&lang=fr&theme=dark").text
    assert '<html lang="fr" data-bs-theme="dark">' in html
    assert 'aria-current="true">7 jours' in html
    assert "&amp;lang=fr" in html
    assert '<html lang="fr">' in guest.get(path, headers={"Accept-Language": "fr"}).text


def test_a_password_opens_the_page_and_its_change_closes_it(house: House, guest: FlaskClient) -> None:
    share_id, path = house.share(house.harbour, password="correct horse")
    form = guest.get(path)
    assert "This report is protected" in form.text
    assert "data-tile" not in form.text
    assert "form-action 'self'" in form.headers["Content-Security-Policy"]
    assert guest.get(path + "live").status_code == 404
    wrong = guest.post(path + "unlock", data={"password": "wrong horse"})
    assert (wrong.status_code, "This password is not right." in wrong.text) == (403, True)
    right = guest.post(path + "unlock", data={"password": "correct horse"})
    assert (right.status_code, right.headers["Location"]) == (303, path)
    cookie = right.headers["Set-Cookie"]
    assert f"Path={path}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "data-tile" in guest.get(path).text
    _, other = house.share(house.pine, password="another horse")
    pass_value = cookie.split(";")[0].split("=", 1)[1]
    stolen = guest.get(other, headers={"Cookie": f"vitrine_pass={pass_value}"})
    assert "data-tile" not in stolen.text
    with house.services.session() as session:
        links.set_share_password(session, session.get_one(Share, share_id), "a new horse")
    assert "data-tile" not in guest.get(path).text


def test_the_twelfth_wrong_password_waits(house: House, guest: FlaskClient) -> None:
    _, path = house.share(house.harbour, password="correct horse")
    for _ in range(11):
        assert guest.post(path + "unlock", data={"password": "wrong horse"}).status_code == 403
    refused = guest.post(path + "unlock", data={"password": "correct horse"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_a_failed_tile_is_not_kept(house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    house.send(house.harbour, "h", 2)
    _, path = house.share(house.harbour)
    whole = query.ask_all

    def broken(lake: Any, scope: Any, workspace_id: int, queries: Any) -> Any:
        if any(asked.name == "cohort" for asked in queries.values()):
            raise RuntimeError("no cohort today")
        return whole(lake, scope, workspace_id, queries)

    monkeypatch.setattr(query, "ask_all", broken)
    first = guest.get(path + "live")
    assert first.text.count("is-failed") == 1
    monkeypatch.setattr(query, "ask_all", whole)
    healed = guest.get(path + "live", headers={"If-None-Match": first.headers["ETag"]})
    assert healed.status_code == 200
    assert "is-failed" not in healed.text


def test_old_figures_stand_when_new_ones_cannot_be_folded_in(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.send(house.harbour, "h", 3)
    _, path = house.share(house.harbour)
    assert kpi(guest.get(path).text, "sent") == "3"
    house.send(house.harbour, "more", 2)

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(routes, "ensure", full)
    assert kpi(guest.get(path).text, "sent") == "3"


def test_openings_are_counted(house: House, guest: FlaskClient) -> None:
    share_id, path = house.share(house.harbour)
    guest.get(path)
    guest.get(path + "live")
    guest.get(path)
    with house.services.reading() as session:
        assert session.get_one(Share, share_id).opens == 2


def test_the_cache_keeps_links_apart_and_stays_small() -> None:
    cache = PageCache(most=2)
    keys = [
        PageKey(n, 1, 1, "v", 1, "28", "en", datetime(2026, 10, 28, tzinfo=UTC).date(), "x")
        for n in (1, 2, 3)
    ]
    assert len({key.etag for key in keys}) == 3
    made: list[int] = []

    def grid(n: int) -> Any:
        def make() -> tuple[Any, bool]:
            made.append(n)
            return Markup(str(n)), True

        return make

    assert [cache.get(key, grid(key.share_id)) for key in keys[:2]] == ["1", "2"]
    assert cache.get(keys[0], grid(9)) == "1"
    cache.get(keys[2], grid(3))  # pushes out 2, the least recently used
    assert cache.get(keys[1], grid(2)) == "2"
    assert made == [1, 2, 3, 2]
