"""The portal as a guest sees it: by token alone, live, never cached across links, nothing inline."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.sharing import links
from dashapp.ui.environment import asset_url
from dashapp.views.editing import drafts as editing
from dashapp.views.editing import rollout
from dashapp.views.editing.collection import create_view
from dashapp.views.schema import Placed, View, dump_view
from data.building import refresh_on_view
from data.query import ask as query
from tests.support.portal_house import House

HOSTILE = "<script>alert(1)</script>"


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
    assert kpi(html, "open") == "100%"
    assert "1,204 of 1,204 e-mails" in html
    assert "Harbour Coffee" in html
    assert "Colossus" not in html
    assert "Data complete to" in html


def test_a_page_names_its_font_in_the_head_of_the_answer(house: House, guest: FlaskClient) -> None:
    """A page does, an unknown link's too; what is asked by a page that has it already does not."""
    _, path = house.share(house.harbour)
    font = f"<{asset_url('inter-latin.woff2')}>; rel=preload; as=font; type=font/woff2; crossorigin"
    for page in (path, "/p/charlie-guessed-this/"):
        assert guest.get(page).headers["Link"] == font
    for part in ("live", "tiles/sent.csv"):
        assert "Link" not in guest.get(path + part).headers
    assert "preload" not in guest.get(path).text


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
        view = StoredView(agency_id=house.north_id, slug="mine", name="Mine", body=body, is_default=True)
        session.add(view)
    _, path = house.share(house.harbour)
    tag = guest.get(path + "live").headers["ETag"]
    with house.services.session() as session:
        session.execute(update(StoredView).values(version=2))
    assert guest.get(path + "live", headers={"If-None-Match": tag}).status_code == 200


def test_an_override_is_news_in_its_workspace_alone_and_a_stage_only_where_it_is(
    house: House, guest: FlaskClient
) -> None:
    """The tag of a link follows what its workspace sees: template, override and stage of a rollout."""
    mine, extra = View(name="Mine", tiles=[]), Placed(id="n", type="kpi", x=0, y=0, w=3, h=2)
    with house.services.session() as session:
        agency = session.get_one(Agency, house.north_id)
        view_id = create_view(session, agency, "Mine", "alice@north.example", mine).id
    paths = [house.share(workspace)[1] + "live" for workspace in (house.harbour, house.pine)]

    def tags() -> list[str]:
        return [guest.get(path).headers["ETag"] for path in paths]

    def publish(place_type: type[Agency] | type[Workspace], place_id: int, view: View, **more: Any) -> None:
        with house.services.session() as session:
            found = editing.target(session, session.get_one(place_type, place_id), view_id)
            opened = editing.open_editing(session, found)
            assert editing.publish(session, found, opened.base, "alice@north.example", view, **more).version

    first = tags()
    publish(Workspace, house.harbour.id, mine.model_copy(update={"tiles": [extra]}))
    second = tags()
    assert second[0] != first[0]
    assert second[1] == first[1]
    grown = mine.model_copy(update={"tiles": [extra.model_copy(update={"id": "t", "y": 4})]})
    publish(Agency, house.north_id, grown, stage=[house.harbour.id])
    third = tags()
    assert third[0] != second[0]
    assert 'data-tile="t"' not in guest.get(paths[1]).text
    with house.services.session() as session:
        rollout.finish(session, session.get_one(StoredView, view_id), "alice@north.example")
    assert tags()[1] != third[1]
    assert 'data-tile="t"' in guest.get(paths[1]).text
    assert 'data-tile="n"' not in guest.get(paths[1]).text


def scrubbed(response: Any) -> tuple[int, str, list[tuple[str, str]]]:
    """All of an answer that could tell one link from another."""
    return response.status_code, response.text, sorted(response.headers.items())


def source(text: str) -> str:
    """What a policy calls an inline text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


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


def test_headers_are_strict_and_the_policy_names_what_is_inline(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 2, campaign=HOSTILE)
    _, path = house.share(house.harbour)
    response = guest.get(path)
    html = response.text
    styles = re.findall(r"<style>(.*?)</style>", html, re.S)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    assert (len(styles), len(scripts)) == (1, 1)
    assert response.headers["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'self' {source(scripts[0])}; style-src {source(styles[0])}; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert re.findall(r"<script(?:>| src=\"/assets/[\w.]+\?v=\w+\" defer>)", html) == re.findall(
        r"<script[^>]*>", html
    )
    assert html.count("<style") == 1
    assert not re.search(r"\s(style|on\w+)=", html)
    assert "#0f766e" in styles[0]
    assert "#d6336c" not in styles[0]


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
    assert (wrong.status_code, "This password is incorrect." in wrong.text) == (403, True)
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

    def broken(lake: Any, scope: Any, workspace_id: int, queries: Any, seen: Any = None) -> Any:
        if any(asked.name == "cohort" for asked in queries.values()):
            raise RuntimeError("no cohort today")
        return whole(lake, scope, workspace_id, queries, seen)

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

    monkeypatch.setattr(refresh_on_view, "ensure", full)
    assert kpi(guest.get(path).text, "sent") == "3"
