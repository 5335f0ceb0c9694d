"""Redirects and links are made from VITRINE_PUBLIC_URL; nothing of the request's own host or scheme is in one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = "https://reports.example.com"


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}])
def test_a_portal_without_its_slash(make_app: Any, world: Any, headers: dict[str, str]) -> None:
    """Asked over plain HTTP behind a proxy that nobody named: the token does not go over the wire in clear."""
    client = make_app(public_url=PUBLIC).test_client()
    for token in (world.harbour_token, "x" * 43):
        answer = client.get(f"/p/{token}?period=7", base_url="http://localhost", headers=headers)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"{PUBLIC}/p/{token}/?period=7")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "localhost" not in answer.text


def test_a_public_address_with_a_path(make_app: Any, world: Any) -> None:
    client = make_app(public_url=f"{PUBLIC}/vitrine").test_client()
    answer = client.get(f"/p/{world.harbour_token}", base_url="http://localhost")
    assert answer.headers["Location"] == f"{PUBLIC}/vitrine/p/{world.harbour_token}/"


def test_every_other_redirect_stays_on_the_site_without_naming_it(make_app: Any, world: Any) -> None:
    """Log-in, log-out, the password of a link: the address is a path."""
    client = make_app(public_url=PUBLIC).test_client()
    for path in ("/", "/w/harbour-coffee/analytics", "/data", "//evil.example/w"):
        answer = client.get(path, base_url="http://localhost", headers={"Accept": "text/html"})
        if answer.status_code in {301, 302, 303, 307, 308}:
            assert re.fullmatch(r"/(?!/)[^\\]*", answer.headers["Location"]), path


def test_nothing_asks_the_request_for_its_address() -> None:
    """Whoever needs an absolute address has settings.public_url. (The gate only compares with the request's.)"""
    asked = re.compile(r"\b(?:host_url|url_root|base_url|_external)\b|\brequest\.url\b")
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for package in ("dashapp", "pages", "callbacks")
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if asked.search(line) and "OURS" not in line and "test_request_context" not in line
    }
    assert {one.split(":")[0] for one in found} <= {"dashapp/web/middleware/gate.py"}, found
