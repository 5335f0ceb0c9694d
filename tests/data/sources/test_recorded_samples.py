"""The recorded provider payloads beside the repository, graded as their README says; skipped where absent.

Their HTTP basic passwords and 400s belong to the library they were recorded from. Ours: who signs is known by the
signature (a password beside it is not looked at), Postmark and Brevo have a password only, and what does not pass
is BadSignature (401). The clock is put to the signed time, as it says. The samples leave out Amazon's signatures.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.errors import BadSignature, NotThisForm
from data.events.canonical import Event, canonical_many
from data.sources import HookRequest, Secrets, sources
from data.sources.providers import sns

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples"
WEBHOOKS = SAMPLES / "webhooks"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not WEBHOOKS.is_dir(), reason="the recorded samples are not here")

#: How the samples' words read in ours (their README's suggestion).
WORDS = {
    "queued": "sent",
    "rejected": "failed",
    "subscribed": "resubscribed",
    "inbound": "replied",
    "autoresponded": "auto_replied",
}
#: Signed by the library's test with words where SendGrid puts seconds: the signature is right, the clock not.
NO_CLOCK = "SendGridSignedWebhookSecurity"


def cases(provider: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((WEBHOOKS / provider).glob("*.json"))]


def load(path: Path) -> tuple[dict[str, Any], HookRequest]:
    case = json.loads(path.read_text())
    made = case.get("request_urlencoded") or case["request"]
    body = made["body"]
    raw = base64.b64decode(body) if made.get("body_encoding") == "base64" else body.encode()
    headers = {name.lower(): value for name, value in made["headers"].items()}
    headers.setdefault("content-type", made["content_type"])
    return case, HookRequest(made["method"], made["url"], headers, raw)


def graded(case: dict[str, Any], request: HookRequest, provider: str) -> None:
    delivery = sources()[provider].parse(request)
    events, parked = canonical_many(delivery.records, NOW)
    wanted = [
        e for e in case["expected"] if "unknown" not in e.get("event_type_accept", [e["event_type"]])[:1]
    ]
    assert len(events) == len(wanted), [*delivery.parked, *parked]
    for event, expected in zip(events, wanted, strict=True):
        for name in expected.get("must", ["event_type"]):
            accepted = expected.get(f"{name}_accept") or [expected[name]]
            check(name, event, accepted)
        assert event.raw


def check(name: str, event: Event, accepted: list[Any]) -> None:
    if name == "event_type":
        assert event.event in {WORDS.get(word, word) for word in accepted}
    elif name == "timestamp":
        assert event.occurred_at in {datetime.fromisoformat(text) for text in accepted}
    else:
        ours = {"recipient": "lead", "click_url": "url"}.get(name, name)
        assert getattr(event, ours) in accepted


@pytest.mark.parametrize("path", cases("sendgrid"))
def test_sendgrid(path: Path) -> None:
    case, request = load(path)
    key = case["settings"].get("verification_key") or case["settings"].get("ANYMAIL", {}).get(
        "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY"
    )
    if key:
        clock = datetime.fromtimestamp(case["signed_at"], UTC)
        if not case["accepted"]:
            with pytest.raises(BadSignature):
                sources()["sendgrid"].verify(request, Secrets(key), clock)
            return
        if NO_CLOCK in path.stem:
            with pytest.raises(BadSignature, match="timestamp is no number"):
                sources()["sendgrid"].verify(request, Secrets(key), clock)
        else:
            sources()["sendgrid"].verify(request, Secrets(key), clock)
    elif not case["accepted"]:
        with pytest.raises(BadSignature):
            sources()["sendgrid"].verify(request, Secrets("any"), NOW)
        return
    graded(case, request, "sendgrid")


@pytest.mark.parametrize("path", cases("mailgun"))
def test_mailgun(path: Path) -> None:
    case, request = load(path)
    settings = case["settings"]
    key = (
        settings.get("secret")
        or settings.get("ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY")
        or settings.get("ANYMAIL_MAILGUN_API_KEY")
    )
    assert key, "every Mailgun sample names its key"
    stamp = sources_clock(request)
    if "bad_signature" in path.stem:
        with pytest.raises(BadSignature):
            sources()["mailgun"].verify(request, Secrets(key), stamp)
        return
    sources()["mailgun"].verify(request, Secrets(key), stamp)
    with pytest.raises(BadSignature):
        sources()["mailgun"].verify(request, Secrets("another key"), stamp)
    sources()["mailgun"].verify(request, Secrets(key), stamp + timedelta(hours=8))
    if case["accepted"]:  # the others were refused for their password only, which Mailgun does not send us
        graded(case, request, "mailgun")


def sources_clock(request: HookRequest) -> datetime:
    """The signed time of a Mailgun request."""
    from data.sources.providers.mailgun import _signature

    stamp = _signature(request)[0]
    assert stamp
    return datetime.fromtimestamp(int(stamp), UTC)


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        pytest.param(name, *case.values, id=f"{name}-{case.id}")
        for name in ("postmark", "brevo")
        for case in cases(name)
    ],
)
def test_those_with_a_password(provider: str, path: Path) -> None:
    case, request = load(path)
    with pytest.raises(BadSignature):  # none of the recorded users is `vitrine`
        sources()[provider].verify(request, Secrets("password"), NOW)
    if case["accepted"]:
        graded(case, request, provider)


@pytest.mark.parametrize("path", cases("resend"))
def test_resend(path: Path) -> None:
    case, request = load(path)
    settings = case["settings"]
    key = next((value for name, value in settings.items() if name.lower().endswith("secret")), None)
    if key is not None:  # some were recorded with a password only
        clock = datetime.fromtimestamp(int(request.headers.get("svix-timestamp", 0)), UTC)
        if "signature" in path.stem:
            with pytest.raises(BadSignature):
                sources()["resend"].verify(request, Secrets(key), clock)
            return
        sources()["resend"].verify(request, Secrets(key), clock)
        with pytest.raises(BadSignature):
            sources()["resend"].verify(request, Secrets("whsec_YW5vdGhlcg=="), clock)
        with pytest.raises(BadSignature):
            sources()["resend"].verify(request, Secrets(key), clock + timedelta(minutes=6))
    if case["accepted"]:
        graded(case, request, "resend")


@pytest.mark.parametrize("path", cases("mailersend"))
def test_mailersend(path: Path) -> None:
    case, request = load(path)
    settings = case["settings"] | case["settings"].get("ANYMAIL", {})
    kind = "INBOUND_SECRET" if "__inbound__" in path.stem else "SIGNING_SECRET"
    key = settings.get("secret") or next((v for name, v in settings.items() if name.endswith(kind)), None)
    verify = sources()["mailersend"].verify
    if key is not None:
        if "bad_signature" in path.stem or "missing_signature" in path.stem:
            with pytest.raises(BadSignature):
                verify(request, Secrets(key), NOW)
            return
        verify(request, Secrets(key), NOW)
        with pytest.raises(BadSignature):
            verify(request, Secrets("another key"), NOW)
    if case["accepted"]:
        graded(case, request, "mailersend")


@pytest.mark.parametrize("path", cases("mandrill"))
def test_mandrill(path: Path) -> None:
    case, request = load(path)
    settings = case["settings"]
    verify = sources()["mandrill"].verify
    key = settings.get("ANYMAIL_MANDRILL_WEBHOOK_KEY")
    # Two are refused for their password before their signature is looked at, and are signed for another address.
    if key and case["kind"] != "management" and not path.stem.endswith("bad_auth"):
        # The address as it was typed in: with the recorded password.
        user = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        url = request.url.replace("://", f"://{user}@") if user else request.url
        url = settings.get("ANYMAIL", {}).get("MANDRILL_WEBHOOK_URL") or url
        request = HookRequest(request.method, url, request.headers, request.body)
        if "bad_signature" in path.stem or "missing_signature" in path.stem:
            with pytest.raises(BadSignature):
                verify(request, Secrets(key), NOW)
            return
        verify(request, Secrets(key), NOW)
        with pytest.raises(BadSignature):
            verify(request, Secrets("another key"), NOW)
        elsewhere = HookRequest(request.method, f"{url}x", request.headers, request.body)
        with pytest.raises(BadSignature):
            verify(elsewhere, Secrets(key), NOW)
    if case["kind"] == "management":
        with pytest.raises(NotThisForm):
            sources()["mandrill"].parse(request)
    elif case["accepted"]:
        graded(case, request, "mandrill")


@pytest.mark.parametrize("path", cases("amazon_ses"))
def test_amazon_ses(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, request = load(path)

    def fetched(host: str, path: str) -> tuple[int, bytes]:
        assert host.startswith("sns.")
        return 403, b""

    monkeypatch.setattr(sns, "fetch", fetched)
    monkeypatch.setattr(sns, "CERTIFICATES", sns.Certificates())
    with pytest.raises(BadSignature):
        sources()["amazon_ses"].verify(request, Secrets("arn"), NOW)
    if case["kind"] in ("tracking", "inbound"):
        graded(case, request, "amazon_ses")


@pytest.mark.parametrize("path", cases("_signature_vectors"))
def test_standard_webhooks_vectors(path: Path) -> None:
    case, request = load(path)
    clock = datetime.fromtimestamp(case["signed_at"], UTC)
    secrets = Secrets(case["settings"]["secret"])
    for provider in ("canonical", "resend"):
        if case["accepted"]:
            sources()[provider].verify(request, secrets, clock)
        else:
            with pytest.raises(BadSignature):
                sources()[provider].verify(request, secrets, clock)


def test_the_sample_user_agents_and_networks() -> None:
    from data.events.machines import by_agent, by_network

    signals = json.loads((SAMPLES / "signals" / "user_agents_sample.json").read_text())
    for row in signals["user_agents"]:
        human = row["class"] == "human_client_or_unknown"
        assert (by_agent(row["user_agent"]) is None) == human, row
    for row in signals["networks"]:
        assert by_network(row["cidr"].split("/")[0]) is not None


def test_the_visible_part_of_recorded_replies() -> None:
    from data.events.replies import visible

    found = json.loads((SAMPLES / "mail" / "reply_text" / "visible_reply.json").read_text())
    wrong = [row["file"] for row in found if visible(row["text"]) != row["visible_reply"].strip()]
    assert wrong == []
