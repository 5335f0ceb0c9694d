"""Postmark: a password, and many meanings of the word bounce."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data.errors import NotThisForm
from data.events.canonical import Event
from data.sources import Secrets
from data.sources.providers.postmark import SOURCE
from tests.data.sources.hook_requests import FIXTURES, NOW, SECRET, basic, post, read, refused


def body(**more: Any) -> bytes:
    return json.dumps({"MessageID": "pm-1", "Recipient": "Lena@client.example", **more}).encode()


def one(**more: Any) -> Event:
    (event,), parked = read(SOURCE, post(body(**more)))
    assert parked == []
    return event


def test_the_password() -> None:
    SOURCE.verify(post(b"", authorization=basic("vitrine", SECRET)), Secrets(SECRET), NOW)
    SOURCE.verify(post(b"", authorization=basic("vitrine", "old")), Secrets(SECRET, previous="old"), NOW)
    SOURCE.verify(post(b""), Secrets("", key_is_secret=True), NOW)
    for header in (
        basic("vitrine", "wrong"),
        basic("bob", SECRET),
        basic("vitrine", ""),
        "Basic ü",
        "Bearer x",
        "",
    ):
        assert refused(SOURCE, post(b"", authorization=header), Secrets(SECRET))
    assert refused(SOURCE, post(b""), Secrets(SECRET))
    assert refused(SOURCE, post(b"", authorization=basic("vitrine", "")), Secrets(""))


def test_a_delivery_with_its_metadata_and_seven_digits() -> None:
    event = one(
        RecordType="Delivery",
        DeliveredAt="2024-09-02T05:00:00.1234567-04:00",
        Tag="autumn",
        Metadata={"campaign": "Autumn", "step": "2", "user": "sam@north.example"},
    )
    assert (event.event, event.lead) == ("delivered", "lena@client.example")
    assert event.message_id == "pm-1:lena@client.example"  # To, Cc and Bcc share the id
    assert event.occurred_at == datetime(2024, 9, 2, 9, 0, 0, 123456, UTC)
    assert (event.campaign, event.step, event.user) == ("Autumn", "2", "sam@north.example")


def test_one_open_told_as_first_and_as_any_is_one() -> None:
    told = {"RecordType": "Open", "ReceivedAt": "2024-09-02T10:00:00Z", "UserAgent": "curl/8", "Geo": None}
    first, again = one(**told, FirstOpen=True), one(**told, FirstOpen=False)
    later = one(**(told | {"ReceivedAt": "2024-09-02T11:00:00Z"}), FirstOpen=False)
    assert first.event_id == again.event_id != later.event_id
    assert first.machine


@pytest.mark.parametrize(
    ("kind", "event", "bounce"),
    [
        ("HardBounce", "bounced", "hard"),
        ("SoftBounce", "bounced", "soft"),
        ("Blocked", "bounced", "block"),
        ("Transient", "deferred", None),
        ("Unsubscribe", "unsubscribed", None),
        ("SpamComplaint", "complained", None),
        ("ChallengeVerification", "auto_replied", None),
        ("AutoResponder", "auto_replied", None),
        ("SMTPApiError", "failed", None),
    ],
)
def test_bounces(kind: str, event: str, bounce: str | None) -> None:
    found = one(
        RecordType="Bounce", Type=kind, ID=42, BouncedAt="2024-09-02T10:00:00Z", Email="l@client.example"
    )
    assert (found.event, found.bounce_kind, found.event_id) == (event, bounce, "42")


def test_a_bounce_of_a_kind_we_do_not_know_is_parked_with_its_name() -> None:
    events, parked = read(
        SOURCE, post(body(RecordType="Bounce", Type="Novel", BouncedAt="2024-09-02T10:00:00Z"))
    )
    assert (events, parked[0].why) == ([], "unknown event 'Bounce of type Novel'")


@pytest.mark.parametrize(
    ("more", "event"),
    [
        ({"SuppressSending": True, "SuppressionReason": "ManualSuppression"}, "unsubscribed"),
        ({"SuppressSending": True, "SuppressionReason": "HardBounce"}, "bounced"),
        ({"SuppressSending": True, "SuppressionReason": "SpamComplaint"}, "complained"),
        ({"SuppressSending": False, "SuppressionReason": None}, "resubscribed"),
    ],
)
def test_a_changed_subscription(more: dict[str, Any], event: str) -> None:
    assert one(RecordType="SubscriptionChange", ChangedAt="2024-09-02T10:00:00Z", **more).event == event


def test_a_click() -> None:
    event = one(
        RecordType="Click",
        ReceivedAt="2024-09-02T10:00:00Z",
        OriginalLink="https://a.example",
        Geo={"IP": "192.0.2.1"},
    )
    assert (event.event, event.url, event.ip) == ("clicked", "https://a.example", "192.0.2.1")


def test_an_arrived_mail() -> None:
    (event,), _ = read(SOURCE, post((FIXTURES / "postmark_inbound.json").read_bytes()))
    assert (event.event, event.lead, event.event_id) == ("replied", "lena@client.example", "in-1")
    assert (event.reply_text, event.sentiment) == ("Not interested.", "negative")
    assert event.occurred_at == datetime(2024, 9, 3, 6, 0, tzinfo=UTC)


def test_forms() -> None:
    assert read(SOURCE, post(b"{}"))[1][0].why == "event is missing"
    assert read(SOURCE, post(body(RecordType="SMTPApiError")))[1][0].why == "unknown event 'SMTPApiError'"
    for bad in (b"[]", b"", b"x", b'{"event": "sent"}', b"{}{}"):
        with pytest.raises(NotThisForm):
            SOURCE.parse(post(bad))
