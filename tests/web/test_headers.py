"""The headers of every response, whoever asks."""

from __future__ import annotations

import re

from tests.support.world import HTML
from tests.web.test_gate import addresses


def test_every_response_carries_the_headers(app, client, alice, world) -> None:
    pages = [(client, f"/p/{world.harbour_token}/"), (alice, "/"), (alice, "/w/harbour-coffee/analytics")]
    pages += [
        (who, address) for who in (client, alice) for _, method, address in addresses(app) if method == "GET"
    ]
    for who, address in pages:
        answer = who.get(address, headers=HTML)
        headers = answer.headers
        where = (address, answer.status_code)
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], where
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
        assert "Access-Control-Allow-Origin" not in headers, where
        assert "Strict-Transport-Security" not in headers, where  # http: browsers ignore it there
        static = address.startswith(("/assets/", "/_dash-component-suites/", "/_favicon"))
        if not static or answer.status_code >= 400:
            assert headers["Cache-Control"] == "no-store", where
        if address.startswith("/p/"):
            assert headers["Referrer-Policy"] == "no-referrer", where
            assert headers["X-Robots-Tag"] == "noindex, nofollow", where


def test_the_desks_policy_allows_only_the_scripts_that_are_there(alice) -> None:
    answer = alice.get("/", headers=HTML)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    scripts = policy.split("script-src ")[1].split(";")[0]
    assert "unsafe-inline" not in scripts
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", answer.text)
    assert scripts.count("sha256-") >= len(inline) > 0


def test_hsts_when_people_come_over_tls(make_app) -> None:
    app = make_app(public_url="https://reports.example.com")
    answer = app.test_client().get("/healthz", base_url="https://reports.example.com")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_files_are_packed_and_kept(client) -> None:
    plain = client.get("/assets/00_tokens.css", headers={"Accept-Encoding": "identity"})
    packed = client.get("/assets/00_tokens.css", headers={"Accept-Encoding": "br, gzip"})
    assert plain.status_code == packed.status_code == 200
    assert packed.headers["Content-Encoding"] == "br"
    assert len(packed.data) < len(plain.data)
    assert "immutable" not in plain.headers["Cache-Control"]
    page = client.get("/login", headers=HTML).text
    address = re.search(r"/assets/00_tokens\.css\?v=[0-9a-f]{12}", page)
    assert address
    assert "immutable" in client.get(address[0]).headers["Cache-Control"]
    again = client.get(address[0], headers={"If-None-Match": client.get(address[0]).headers["ETag"]})
    assert again.status_code == 304


def test_robots_are_sent_away(client) -> None:
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
