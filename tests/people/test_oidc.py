"""Logging in with an identity provider, against one on this machine; what is checked is bent once each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from dashapp.config import load
from dashapp.db.people import OidcIdentity
from dashapp.db.tenants import AgencyMember, User
from dashapp.errors import BadSetting
from tests.support.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.support.world import EMAILS, HTML

BACK = "/login/oidc/callback"


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """The provider, running."""
    made = IdentityProvider()
    yield made
    made.close()


@pytest.fixture
def app(make_app: Any, provider: IdentityProvider) -> Flask:
    """The app that knows it: whoever is in `staff` is a manager of North."""
    return make_app(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_name="Acme ID",
        oidc_roles="staff=north:manager",
        public_url="http://localhost",
    )


def claims(subject: str, email: str, **more: Any) -> dict[str, Any]:
    return {"sub": subject, "email": email, "email_verified": True, **more}


def begin(client: Any) -> str:
    answer = client.get("/login/oidc?next=/", headers=HTML)
    assert answer.status_code == 303
    return answer.location


def log_in(app: Flask, provider: IdentityProvider, client: Any = None) -> Any:
    """The whole way; the answer to the callback."""
    client = client or app.test_client()
    back = provider.authorize(begin(client))
    return client.get(f"{BACK}?{urlencode(back)}", headers=HTML)


def count(app: Flask, what: Any) -> int:
    with app.extensions["vitrine"].reading() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def test_alice_logs_in_by_her_verified_address_and_then_by_her_subject(
    app: Flask, provider: IdentityProvider
) -> None:
    provider.claims = claims("sub-1", EMAILS["alice"])
    client = app.test_client()
    assert "Acme ID" in client.get("/login", headers=HTML).text
    url = begin(client)
    asked = urlsplit(url).query
    assert all(
        part in asked for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256")
    )
    cookie = client.get_cookie("oidc", path="/login/oidc")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/login/oidc")
    done = client.get(f"{BACK}?{urlencode(provider.authorize(url))}", headers=HTML)
    assert (done.status_code, done.location) == (303, "/")
    assert client.get("/", headers=HTML).status_code == 200
    provider.claims = claims("sub-1", "renamed@elsewhere.example")  # the subject counts from now on
    again = app.test_client()
    assert log_in(app, provider, again).status_code == 303
    assert again.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 200


def test_an_address_that_went_to_somebody_else_opens_nothing(app: Flask, provider: IdentityProvider) -> None:
    provider.claims = claims("sub-1", EMAILS["alice"])
    assert log_in(app, provider).status_code == 303
    provider.claims = claims("sub-2", EMAILS["alice"])
    assert log_in(app, provider).status_code == 403
    assert count(app, OidcIdentity) == 1


@pytest.mark.parametrize("verified", [False, None, "false", 0])
def test_an_address_that_is_not_verified_opens_nothing(
    app: Flask, provider: IdentityProvider, verified: Any
) -> None:
    provider.claims = {"sub": "sub-1", "email": EMAILS["alice"], "email_verified": verified}
    assert log_in(app, provider).status_code in {400, 403}
    assert count(app, OidcIdentity) == 0


@pytest.mark.parametrize(
    "bend",
    [
        "nonce",
        "no nonce",
        "aud",
        "two aud",
        "azp",
        "iss",
        "expired",
        "no sub",
        "alg none",
        "hmac",
        "other key",
        "no token",
        "discovery",
    ],
)
def test_whatever_is_bent_gives_no_session(app: Flask, provider: IdentityProvider, bend: str) -> None:
    provider.claims, provider.bend = claims("sub-1", EMAILS["alice"]), bend
    client = app.test_client()
    if bend == "discovery":
        assert client.get("/login/oidc", headers=HTML).status_code == 400
    else:
        assert log_in(app, provider, client).status_code == 400
    assert client.get("/", headers=HTML).status_code == 302
    assert count(app, OidcIdentity) == 0


def test_state_code_cookie_and_pkce_each_count(app: Flask, provider: IdentityProvider) -> None:
    provider.claims = claims("sub-1", EMAILS["alice"])
    client = app.test_client()
    back = provider.authorize(begin(client))
    for bad in (
        {**back, "state": "x" * 43},
        {"code": back["code"]},
        {**back, "code": ""},
        {**back, "iss": "http://x"},
    ):
        assert client.get(f"{BACK}?{urlencode(bad)}", headers=HTML).status_code == 400
    stranger = app.test_client()  # a link somebody else sends: no cookie of this browser
    assert stranger.get(f"{BACK}?{urlencode(back)}", headers=HTML).status_code == 400
    begin(stranger)  # and another log-in's cookie
    assert stranger.get(f"{BACK}?{urlencode(back)}", headers=HTML).status_code == 400
    provider.codes[back["code"]]["code_challenge"] = "of another verifier"
    assert client.get(f"{BACK}?{urlencode(back)}", headers=HTML).status_code == 400
    assert count(app, OidcIdentity) == 0


def test_an_answer_works_once(app: Flask, provider: IdentityProvider) -> None:
    provider.claims = claims("sub-1", EMAILS["alice"])
    client = app.test_client()
    back = provider.authorize(begin(client))
    assert client.get(f"{BACK}?{urlencode(back)}", headers=HTML).status_code == 303
    assert client.get(f"{BACK}?{urlencode(back)}", headers=HTML).status_code == 400


def test_new_keys_of_the_provider_are_fetched(app: Flask, provider: IdentityProvider) -> None:
    provider.claims = claims("sub-1", EMAILS["alice"])
    assert log_in(app, provider).status_code == 303
    provider.bend = "new key"
    assert log_in(app, provider).status_code == 303


def test_a_claim_gives_a_role_and_strangers_get_no_account(app: Flask, provider: IdentityProvider) -> None:
    before = count(app, User)
    provider.claims = claims("sub-9", "zoe@north.example", groups=["other"])
    assert log_in(app, provider).status_code == 403
    assert count(app, User) == before
    provider.claims["groups"] = ["staff", 5, {"x": 1}]
    client = app.test_client()
    assert log_in(app, provider, client).status_code == 303
    assert client.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 200
    assert client.get("/w/colossus/analytics", headers=HTML).status_code == 404
    with app.extensions["vitrine"].reading() as session:
        user = session.scalars(select(User).where(User.email == "zoe@north.example")).one()
        roles = session.scalars(select(AgencyMember.role).where(AgencyMember.user_id == user.id)).all()
    assert roles == ["manager"]


def test_an_owner_stays_owner_whatever_the_claim_says(app: Flask, provider: IdentityProvider) -> None:
    provider.claims = claims("sub-1", EMAILS["alice"], groups=["staff"])
    assert log_in(app, provider).status_code == 303
    with app.extensions["vitrine"].reading() as session:
        alice = session.scalars(select(User).where(User.email == EMAILS["alice"])).one()
        assert session.scalars(select(AgencyMember.role).where(AgencyMember.user_id == alice.id)).all() == [
            "owner"
        ]


def test_without_a_provider_there_is_no_such_address(make_app: Any) -> None:
    client = make_app().test_client()
    assert client.get("/login/oidc", headers=HTML).status_code == 404
    assert client.get(BACK, headers=HTML).status_code == 404


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"OIDC_ISSUER": "https://id.example"}, "VITRINE_OIDC_CLIENT_ID"),
        (
            {"OIDC_ISSUER": "http://id.example", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"},
            "VITRINE_OIDC_ISSUER",
        ),
        (
            {
                "OIDC_ISSUER": "https://id.example",
                "OIDC_CLIENT_ID": "a",
                "OIDC_CLIENT_SECRET": "b",
                "OIDC_ROLES": "staff=north:owner",
            },
            "VITRINE_OIDC_ROLES",
        ),
    ],
)
def test_half_a_provider_stops_the_start(tmp_path: Any, settings: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        load({"VITRINE_HOME": str(tmp_path), **{f"VITRINE_{k}": v for k, v in settings.items()}})
