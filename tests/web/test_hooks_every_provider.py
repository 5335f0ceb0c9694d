"""Every provider's hook answers alike: right, wrong, changed, another's, too large, unknown, in part, and again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.tenants import Source, Workspace
from dashapp.sources import registry
from data.errors import InboxBusy
from data.lake.tables import inbox, parked, refused_delivery
from data.sources import sources
from data.sources.providers import sns
from tests.support.signers import JSON, SIGNERS, amazon, mailgun_signature, payload_of

EVERY = sorted(sources())


@pytest.fixture(autouse=True)
def _amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sns, "fetch", amazon)
    monkeypatch.setattr(sns, "CERTIFICATES", sns.Certificates())


def connected(running: Any, world: Any, provider: str, **more: Any) -> tuple[str, int]:
    """(path, id) of a source of Harbour's with Alice's secret."""
    with running.session() as session:
        room = session.get_one(Workspace, world.ids["harbour"])
        source, path, _ = registry.create_source(
            session, running.settings, room, provider, SIGNERS[provider].secret, **more
        )
        return path, source.id


def deliver(client: Any, running: Any, provider: str, path: str, payload: bytes, secret: str = "") -> Any:
    signer = SIGNERS[provider]
    url = f"{running.settings.public_url}{path}"
    body, headers = signer.dress(secret or signer.secret, url, payload)
    return client.post(path, data=body, headers=headers)


def taken(running: Any) -> list[dict[str, Any]]:
    with running.reading() as session:
        bodies = session.execute(select(inbox.c.body).order_by(inbox.c.seq)).scalars()
        return [event for body in bodies for event in json.loads(body)]


def test_every_provider_has_a_signer() -> None:
    assert sorted(SIGNERS) == EVERY


@pytest.mark.parametrize("provider", EVERY)
def test_an_event_is_taken_once(client: Any, running: Any, world: Any, provider: str) -> None:
    path, _ = connected(running, world, provider)
    payload = payload_of(provider, SIGNERS[provider].event)
    for new in (1, 0):
        answer = deliver(client, running, provider, path, payload)
        assert answer.status_code == 200, answer.data
        assert answer.json == {"new": new, "duplicate": 1 - new, "parked": 0, "clashes": 0}
    (event,) = taken(running)
    assert event["lead"] == "lena@client.example"
    assert event["event"] in ("sent", "delivered")
    assert event["occurred_at"].startswith("2026-09-21T")
    assert event["message_id"]


@pytest.mark.parametrize("provider", EVERY)
def test_what_is_not_rightly_signed_is_refused(client: Any, running: Any, world: Any, provider: str) -> None:
    path, _ = connected(running, world, provider)
    signer, payload = SIGNERS[provider], payload_of(provider, SIGNERS[provider].event)
    url = f"{running.settings.public_url}{path}"
    body, headers = signer.dress(signer.secret, url, payload)
    kind = {"Content-Type": headers["Content-Type"]}
    assert deliver(client, running, provider, path, payload, signer.other).status_code == 401
    if headers.keys() > kind.keys():
        assert client.post(path, data=body, headers=kind).status_code == 401
    if provider not in ("mailgun", "postmark", "brevo", "sparkpost", "mailjet"):  # they do not sign the event
        changed = body.replace(b"lena", b"lina").replace(b"AT", b"BT")
        assert client.post(path, data=changed, headers=headers).status_code == 401
    assert client.post(path, data=b"", headers=kind).status_code == 401
    assert taken(running) == []
    with running.reading() as session:
        assert set(session.scalars(select(refused_delivery.c.reason))) == {"signature"}


@pytest.mark.parametrize("provider", EVERY)
def test_another_providers_form_is_refused(client: Any, running: Any, world: Any, provider: str) -> None:
    """Each of the others' events, rightly signed by this one: 400 for all, and nothing is kept."""
    path, _ = connected(running, world, provider)
    answers = {
        other: _foreign(client, running, provider, path, other).status_code
        for other in EVERY
        if other != provider
    }
    # Any object is read as canonical, and parked.
    wanted = 200 if provider == "canonical" else 400
    assert {other: code for other, code in answers.items() if code != wanted} == {}
    assert taken(running) == []


def _foreign(client: Any, running: Any, provider: str, path: str, other: str) -> Any:
    """Another provider's event with this one's signature.

    Mailgun's form is the object that its signature stands in, not the event within it (which may lack all but its
    name): there the signature is put into the other's object.
    """
    event = SIGNERS[other].event
    if provider != "mailgun":
        return deliver(client, running, provider, path, payload_of(other, event))
    body = {"signature": mailgun_signature(SIGNERS[provider].secret), **event}
    return client.post(path, data=json.dumps(body), headers=JSON)


@pytest.mark.parametrize("provider", EVERY)
def test_too_much_is_413_and_unknown_keys_are_404(
    client: Any, running: Any, world: Any, provider: str
) -> None:
    path, id_ = connected(running, world, provider)
    payload = payload_of(provider, SIGNERS[provider].event)
    most = 50_000_001 if sources()[provider].takes_mail else 1_000_001
    assert client.post(path, environ_overrides={"CONTENT_LENGTH": str(most)}).status_code == 413
    strange = f"/hooks/{provider}/{'x' * 43}"
    assert deliver(client, running, provider, strange, payload).status_code == 404
    assert client.head(path).status_code == 204
    with running.session() as session:
        session.get_one(Source, id_).active = False
    assert deliver(client, running, provider, path, payload).status_code == 404
    assert taken(running) == []


@pytest.mark.parametrize("provider", [name for name in EVERY if SIGNERS[name].many])
def test_bad_elements_are_parked_and_the_others_go_on(
    client: Any, running: Any, world: Any, provider: str
) -> None:
    path, _ = connected(running, world, provider)
    answer = deliver(client, running, provider, path, payload_of(provider, 7, SIGNERS[provider].event, None))
    assert (answer.status_code, answer.json["new"], answer.json["parked"]) == (200, 1, 2), answer.data
    with running.reading() as session:
        assert session.scalar(select(func.count()).select_from(parked)) == 2


@pytest.mark.parametrize("provider", EVERY)
def test_a_secret_that_is_rotated_is_accepted_for_a_day(
    client: Any, running: Any, world: Any, provider: str
) -> None:
    path, id_ = connected(running, world, provider)
    signer, payload = SIGNERS[provider], payload_of(provider, SIGNERS[provider].event)
    with running.session() as session:
        registry.set_secret(session, running.settings, session.get_one(Source, id_), signer.other)
    for secret in (signer.secret, signer.other):
        assert deliver(client, running, provider, path, payload, secret).status_code == 200
    with running.session() as session:
        session.get_one(Source, id_).old_secret_until = datetime.now(UTC) - timedelta(seconds=1)
    assert deliver(client, running, provider, path, payload).status_code == 401
    assert deliver(client, running, provider, path, payload, signer.other).status_code == 200


@pytest.mark.parametrize("provider", EVERY)
def test_our_own_fault_is_503(
    client: Any, running: Any, world: Any, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = connected(running, world, provider)

    def busy(*_: object, **__: object) -> None:
        raise InboxBusy("The database is locked.")

    monkeypatch.setattr(type(running.inbox), "put", busy)
    answer = deliver(client, running, provider, path, payload_of(provider, SIGNERS[provider].event))
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
