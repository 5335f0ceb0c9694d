"""A report in a frame: which sites may show it, the pass in a jar of their own, and addresses an app signs."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey

from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.errors import Refused
from dashapp.portal.openings import openings
from dashapp.sharing import embedding, links, view_log
from dashapp.sharing.content import Content
from dashapp.web.middleware.failures import redact
from tests.support.portal_house import House

SITE = "https://www.client.example"
FRAME = {"Sec-Fetch-Dest": "iframe"}


def a_share(house: House, *origins: str, key: bool = True, **more: Any) -> tuple[int, str]:
    share_id, path = house.share(house.harbour, content=Content(embed_origins=origins), **more)
    if key:
        with house.services.session() as session:
            embedding.change_key(session, session.get_one(Share, share_id), on=True)
    return share_id, path


def signed(house: House, share_id: int, **claims: Any) -> str:
    """As another program makes it: the key, and the claims as they are given."""
    with house.services.reading() as session:
        nonce = session.get_one(Share, share_id).embed_nonce
    assert nonce is not None
    key = OctKey.import_key(embedding.embed_key(house.settings, share_id, nonce))
    told = {"share": share_id, "exp": int(now().timestamp()) + 600} | claims
    return f"/p/{jwt.encode({'alg': 'HS256'}, told, key)}/"


def ancestors(answer: Any) -> str:
    policy = answer.headers["Content-Security-Policy"]
    return next(part for part in policy.split("; ") if part.startswith("frame-ancestors"))


@pytest.mark.parametrize(
    ("typed", "origins"),
    [
        (f"{SITE}\nhttps://*.north.example, {SITE}/", (SITE, "https://*.north.example")),
        ("HTTPS://Reports.Client.Example:8443", ("https://reports.client.example:8443",)),
        ("https://münchen.example", ("https://xn--mnchen-3ya.example",)),
        ("http://localhost:3000", ("http://localhost:3000",)),
        ("", ()),
    ],
)
def test_origins_are_read_as_policies_name_them(typed: str, origins: tuple[str, ...]) -> None:
    assert embedding.parse_origins(typed) == origins


@pytest.mark.parametrize(
    "typed",
    [
        "*",
        "https://*",
        "https://*.example",
        "client.example",
        "http://client.example",
        "https://client.example/path",
        "https://a:b@client.example",
        "https://client.example:99999",
        "https://client.example?x='none'",
        "javascript:alert(1)",
        "'self'",
        "https://a;script-src",
        "https://" + "a" * 300 + ".example",
    ],
)
def test_what_is_no_origin_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(Refused, match="not a web site"):
        embedding.parse_origins(typed)
    with pytest.raises(Refused, match="at most 20"):
        embedding.parse_origins(" ".join(f"https://s{n}.example" for n in range(21)))


def test_only_the_named_sites_may_frame_it_and_only_while_it_works(house: House, guest: FlaskClient) -> None:
    share_id, path = a_share(house, SITE)
    _, plain = house.share(house.harbour)
    assert ancestors(guest.get(path)) == f"frame-ancestors {SITE}"
    assert ancestors(guest.get(f"{path}campaigns/")) == f"frame-ancestors {SITE}"
    assert ancestors(guest.get(plain)) == "frame-ancestors 'none'"
    with house.services.session() as session:
        links.revoke(session, session.get_one(Share, share_id))
    gone = guest.get(path)
    assert gone.status_code == 404
    assert ancestors(gone) == "frame-ancestors 'none'"


def test_in_a_frame_the_page_says_so_and_neither_is_kept_for_the_other(
    house: House, guest: FlaskClient
) -> None:
    _, path = a_share(house, SITE)
    for _ in range(2):
        assert " data-framed>" in guest.get(path, headers=FRAME).text
        assert " data-framed>" not in guest.get(path).text


def test_a_password_given_in_a_frame_is_kept_in_the_sites_own_jar(house: House, guest: FlaskClient) -> None:
    _, path = a_share(house, SITE, password="a client's own word")
    assert "unlock" in guest.get(path, headers=FRAME).text
    answer = guest.post(f"{path}unlock", data={"password": "a client's own word"})
    cookie = answer.headers["Set-Cookie"]
    for part in ("SameSite=None", "Secure", "Partitioned", "HttpOnly", f"Path={path}"):
        assert part in cookie
    _, plain = house.share(house.harbour, password="a client's own word")
    cookie = guest.post(f"{plain}unlock", data={"password": "a client's own word"}).headers["Set-Cookie"]
    assert "SameSite=Lax" in cookie
    assert "Partitioned" not in cookie


def test_a_signed_address_opens_the_report_without_its_password(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 12)
    share_id, path = a_share(house, SITE, password="a client's own word")
    made = signed(house, share_id, sub="erin@client.example")
    page = guest.get(made, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    assert page.status_code == 200
    assert "unlock" not in page.text
    assert ancestors(page) == f"frame-ancestors {SITE}"
    assert guest.get(f"{made}live").status_code == 200
    assert guest.get(f"{made}campaigns/").status_code == 200
    assert "unlock" in guest.get(path).text
    with house.app.app_context():
        openings().flush()
    with house.services.reading() as session:
        lines = view_log.log_of(session, session.get_one(Share, share_id))
    assert "signed erin@client.example" in {line.via for line in lines}
    # The product makes the same ones.
    with house.services.reading() as session:
        ours = embedding.signed_token(house.settings, session.get_one(Share, share_id))
    assert guest.get(f"/p/{ours}/").status_code == 200


def test_a_signed_address_that_is_not_right_is_the_same_404(house: House, guest: FlaskClient) -> None:
    share_id, _ = a_share(house, SITE)
    other, _ = a_share(house, SITE)
    keyless, _ = a_share(house, SITE, key=False)
    at, good = int(now().timestamp()), signed(house, share_id)
    head, body, seal = good[3:-1].split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    wrong = [
        signed(house, share_id, exp=at - 1),
        signed(house, share_id, exp=at + 90_000),  # longer than a day
        signed(house, share_id, exp="soon"),
        signed(house, share_id, share=other),
        signed(house, share_id, share=keyless),
        signed(house, share_id, share=str(share_id)),
        signed(house, share_id, share=2**40),
        signed(house, share_id, sub=["a", "b"]),
        f"/p/{none}.{body}./",
        f"/p/{head}.{body}.{seal[:-2]}AA/",
        f"/p/{head}.{body[:-2]}.{seal}/",
        "/p/a.b.c/",
        "/p/../",
        f"/p/{'a' * 3_000}.b.c/",
    ]
    neutral = guest.get("/p/unknown/").data
    for address in wrong:
        answer = guest.get(address)
        assert answer.status_code == 404, address
    assert guest.get(wrong[0]).data == neutral
    assert guest.get(good).status_code == 200


@pytest.mark.parametrize("end", ["pause", "revoke", "key", "expired"])
def test_what_ends_a_link_ends_its_signed_addresses_at_once(
    house: House, guest: FlaskClient, end: str
) -> None:
    share_id, _ = a_share(house, SITE)
    made = signed(house, share_id)
    assert guest.get(made).status_code == 200
    with house.services.session() as session:
        row = session.get_one(Share, share_id)
        if end == "key":
            embedding.change_key(session, row, on=True)
        elif end == "expired":
            row.expires_at = now() - timedelta(seconds=1)
        else:
            getattr(links, end)(session, row)
    for rest in ("", "live", "report.pdf", "tiles/sent.csv", "logo"):
        assert guest.get(made + rest).status_code == 404, rest


def test_no_log_holds_a_signed_address(house: House) -> None:
    share_id, _ = a_share(house, SITE)
    told = redact(f"GET {signed(house, share_id)}live failed")
    assert told == "GET /p/…/live failed"
