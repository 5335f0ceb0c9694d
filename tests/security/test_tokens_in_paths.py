"""Portal tokens and webhook keys bent every way, and the revoke that counts at once."""

from __future__ import annotations

import pytest

from dashapp.db.reports import Share
from dashapp.sharing import links
from tests.support.world import HTML


def bent(token: str) -> list[str]:
    """Addresses that are not this token's."""
    return [
        ":token",
        "*",
        "null",
        "0",
        "%00" * 3,
        "x" * 10_000,
        token[:-1],
        token + "x",
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token.swapcase(),
        token[:20],
        "%2e%2e",
        "' OR 1=1 --",
        "é" * 43,
    ]


def test_bent_portal_tokens_are_404(client, world) -> None:
    good = world.harbour_token
    assert client.get(f"/p/{good}/", headers=HTML).status_code == 200
    for token in bent(good):
        for rest in ("", "live", "logo"):
            answer = client.get(f"/p/{token}/{rest}", headers=HTML)
            assert answer.status_code == 404, (token, rest)
            assert "arbour" not in answer.text


@pytest.mark.parametrize("end", [links.revoke, links.pause])
def test_an_ended_link_is_404_at_the_next_request(client, world, running, end) -> None:
    address = f"/p/{world.harbour_token}/"
    assert client.get(address, headers=HTML).status_code == 200
    with running.session() as session:
        end(session, session.get_one(Share, world.ids["harbour_share"]))
    for rest in ("", "live", "logo"):
        assert client.get(address + rest, headers=HTML).status_code == 404


def test_a_portal_shows_its_workspace_and_sets_no_cookie(client, world) -> None:
    answer = client.get(f"/p/{world.harbour_token}/", headers=HTML)
    assert "Harbour Coffee" in answer.text
    assert "Colossus" not in answer.text
    assert "Pine Dental" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "_dash" not in answer.text


def test_a_share_token_is_no_log_in(client, world) -> None:
    client.set_cookie("vitrine", world.harbour_token)
    assert client.get("/").status_code == 401
    assert client.get("/", headers={"Authorization": f"Bearer {world.harbour_token}"}).status_code == 401


def test_a_password_closes_the_portal_until_it_is_given(client, world, running) -> None:
    address = f"/p/{world.harbour_token}/"
    with running.session() as session:
        share = session.get_one(Share, world.ids["harbour_share"])
        links.set_share_password(session, share, "a client's word")
    closed = client.get(address, headers=HTML)
    assert 'type="password"' in closed.text
    assert 'class="tile' not in closed.text
    assert client.get(address + "live").status_code in {401, 403, 404}
    assert client.post(address + "unlock", data={"password": "wrong word"}, headers=HTML).status_code in {
        401,
        403,
    }
    opened = client.post(address + "unlock", data={"password": "a client's word"}, headers=HTML)
    assert opened.status_code == 303
    cookie = opened.headers["Set-Cookie"]
    assert f"Path=/p/{world.harbour_token}" in cookie
    assert "HttpOnly" in cookie
    assert 'type="password"' not in client.get(address, headers=HTML).text
    with running.session() as session:
        share = session.get_one(Share, world.ids["harbour_share"])
        links.set_share_password(session, share, "another client's word")
    assert 'type="password"' in client.get(address, headers=HTML).text
