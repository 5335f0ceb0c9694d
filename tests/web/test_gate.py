"""Nothing without a log-in but what the gate lists; nothing of another agency; no other site or host."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from dashapp.access import scopes
from dashapp.web.middleware import gate
from tests.support.world import HTML

VALUES = {"token": "x" * 43, "provider": "canonical", "key": "x" * 43, "path": "some/page", "name": "x.css"}
CALLBACK = "/_dash-update-component"


def addresses(app) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every rule and method there is."""
    found = []
    for rule in app.url_map.iter_rules():
        address = rule.rule
        for argument in rule.arguments:
            for form in ("<path:{}>", "<string:{}>", "<{}>"):
                address = address.replace(form.format(argument), VALUES.get(argument, "x"))
        found += [(rule.endpoint, method, address) for method in sorted(rule.methods or ())]
    return found


def test_every_rule_is_closed_to_nobody_unless_listed(app, client) -> None:
    seen = set()
    for endpoint, method, address in addresses(app):
        if endpoint in gate.PUBLIC:
            seen.add(endpoint)
            continue
        if method == "OPTIONS":
            continue
        status = client.open(address, method=method).status_code
        assert status in {401, 404}, (method, address, status)
        page = client.open(address, method=method, headers=HTML)
        assert page.status_code in {401, 404} or page.location.startswith("/login"), (method, address, page)
    assert seen == gate.PUBLIC  # the list names nothing that is not there


def test_public_is_what_it_was() -> None:
    """A new public endpoint is a decision: change this list with it."""
    assert sorted(name for name in gate.PUBLIC if "." in name and not name.startswith("/")) == [
        "api.create_share",
        "api.events",
        "api.metrics",
        "api.openapi",
        "api.revoke_share",
        "api.shares",
        "api.workspaces",
        "assets.file",
        "health.alive",
        "health.metrics",
        "health.ready",
        "health.robots",
        "hooks.receive",
        "invitations.account",
        "invitations.page",
        "login.agency_form",
        "login.form",
        "login.submit",
        "mail_choice.answer",
        "mail_choice.page",
        "portal.live",
        "portal.logo",
        "portal.page",
        "portal.unlock",
        "portal_campaigns.index",
        "portal_campaigns.index_live",
        "portal_campaigns.paper",
        "portal_campaigns.people",
        "portal_campaigns.report",
        "portal_campaigns.report_live",
        "portal_files.file",
        "portal_questions.ask",
        "portal_questions.page",
        "portal_sent.paper",
        "portal_sent.report",
        "reset.ask",
        "reset.choose",
        "reset.choose_page",
        "reset.email",
        "reset.email_page",
        "reset.form",
        "second_step.oidc_begin",
        "second_step.oidc_callback",
        "second_step.passkey",
        "second_step.passkey_options",
        "second_step.passkey_page",
        "second_step.second",
        "sign_up.confirm",
        "sign_up.confirm_page",
        "sign_up.form",
        "sign_up.setup",
        "sign_up.setup_page",
        "sign_up.submit",
    ]


def test_portal_and_hooks_say_404_to_what_is_no_token(client) -> None:
    for address in (f"/p/{'x' * 43}/", f"/p/{'x' * 43}/live", f"/p/{'x' * 43}/logo", "/p/x/"):
        assert client.get(address).status_code == 404, address
    assert client.post(f"/hooks/canonical/{'x' * 43}", data=b"{}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/w/harbour-coffee/nothing",
        "/w/harbour-coffee/nope",
        "/w/harbour-coffee/analytics/x",
        "//w/harbour-coffee/analytics",
        "/w/HARBOUR-coffee/analytics",
        "/w/harbour%2Dcoffee/../colossus/analytics",
        "/w/colossus/analytics",
        "/w/colossus/../harbour-coffee/analytics",
        "/w/colossus%2Fanalytics",
        "/w/1/analytics",
        "/w//analytics",
        "/_mcp",
        "/_reload-hash",
        "/.git/config",
        "/.env",
        "/assets/",
        "/assets/.env",
        "/assets/../dashapp/app.py",
        "/assets/%2e%2e/dashapp/app.py",
        "/assets/VENDORED.md",
        "/_unused-assets/00_tokens.css",
        "/p/",
        "/p",
        "/hooks/canonical",
        "/w/harbour-coffee/analytics%00",
    ],
)
def test_what_is_not_a_page_or_not_hers_is_404_for_alice(alice, path) -> None:
    assert alice.get(path, headers=HTML).status_code in {404, 308}
    assert alice.get(path).status_code in {404, 308}


def test_a_query_parameter_is_no_way_around_the_path(alice) -> None:
    for query in ("slug=colossus", "pathname_=/w/colossus/analytics", "ws=colossus", "workspace=3"):
        answer = alice.get(f"/w/harbour-coffee/analytics?{query}", headers=HTML)
        assert answer.status_code == 200
        assert "olossus" not in answer.text.replace(query, "")


def test_pages_follow_the_roles(browser) -> None:
    expected = {
        "alice": (200, 200, 404),
        "bob": (200, 200, 404),
        "carla": (200, 404, 404),
        "dora": (200, 404, 404),
        "charlie": (404, 404, 200),
    }
    for name, statuses in expected.items():
        person = browser(name)
        got = tuple(
            person.get(f"/w/{slug}/analytics").status_code
            for slug in ("harbour-coffee", "pine-dental", "colossus")
        )
        assert got == statuses, name


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "", "a b"]
)
def test_another_host_is_400(client, host) -> None:
    assert client.get("/login", headers={"Host": host, **HTML}).status_code == 400
    assert client.get("/healthz", headers={"Host": host}).status_code == 400


def test_a_forwarded_host_is_not_listened_to(alice) -> None:
    answer = alice.get("/nope", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert "evil" not in answer.text
    assert alice.get("/login", headers={"X-Forwarded-Host": "evil.example"}).location == "/"


def test_callbacks_need_a_log_in_a_token_and_this_site(alice, client) -> None:
    body = {"output": "nothing.children", "inputs": [], "changedPropIds": []}
    assert client.post(CALLBACK, json=body).status_code == 401
    assert alice.client.post(CALLBACK, json=body).status_code == 400  # no CSRF header
    assert alice.post(CALLBACK, json=body, headers={"X-CSRFToken": "x" * 91}).status_code == 400
    assert alice.post(CALLBACK, json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert alice.post(CALLBACK, json=body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert alice.post(CALLBACK, data="{}", content_type="text/plain").status_code == 415
    assert alice.post(CALLBACK, json=body).status_code == 404
    assert (
        alice.post(CALLBACK, data=b"x" * (2 * 1024 * 1024 + 1), content_type="application/json").status_code
        == 413
    )


def test_one_persons_csrf_token_is_no_use_to_another(browser) -> None:
    alice, charlie = browser("alice"), browser("charlie")
    body = {"output": "nothing.children", "inputs": [], "changedPropIds": []}
    assert alice.post(CALLBACK, json=body, headers={"X-CSRFToken": charlie.csrf}).status_code == 400


def test_a_scope_that_cannot_be_loaded_is_503_and_shows_nothing(alice, monkeypatch) -> None:
    for broken in ("_workspace", "policy"):
        with monkeypatch.context() as patch:

            def fail(*_: object, **__: object) -> None:
                raise OperationalError("SELECT", {}, Exception("database is locked"))

            if broken == "policy":
                patch.setattr(scopes.policy, "allowed", fail)
            else:
                patch.setattr(scopes, broken, fail)
            answer = alice.get("/w/harbour-coffee/analytics")
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "5"
            assert "arbour" not in answer.text
            assert "locked" not in answer.text


def test_an_unexpected_error_shows_an_id_and_nothing_else(app, alice, monkeypatch, caplog) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2hunter2 at /p/" + "s" * 43)

    monkeypatch.setattr(scopes, "_workspace", fail)
    answer = alice.get("/w/harbour-coffee/analytics")
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert "hunter2" not in answer.text
    assert answer.json["error_id"] in caplog.text


def test_the_log_formatter_redacts() -> None:
    from dashapp.web.middleware.failures import redact

    text = redact(f"GET /p/{'s' * 43}/live /hooks/postmark/{'k' * 43} password=hunter2 token: abc")
    assert "sss" not in text
    assert "kkk" not in text
    assert "hunter2" not in text
    assert "abc" not in text
    assert "/hooks/postmark/…" in text


def test_dash_tells_no_version_of_python(alice) -> None:
    page = alice.get("/", headers=HTML).text
    assert '"python_version":""' in page
