"""Mailgun: the signature in the body, failures that pass and that stay, older forms, arrived mail."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from data.errors import NotThisForm
from data.events.canonical import Event
from data.sources import Secrets
from data.sources.providers.mailgun import SOURCE
from tests.data.sources.hook_requests import NOW, SECRET, STAMP, form, multipart, post, read, refused

TOKEN = "t" * 50


def signature(secret: str = SECRET, stamp: str = STAMP) -> dict[str, str]:
    right = hmac.new(secret.encode(), f"{stamp}{TOKEN}".encode(), sha256).hexdigest()
    return {"timestamp": stamp, "token": TOKEN, "signature": right}


def body(signed: dict[str, str] | None = None, **more: Any) -> bytes:
    event = {
        "event": "delivered",
        "id": "mg-1",
        "timestamp": 1725267600.5,
        "recipient": "Lena@client.example",
        "message": {
            "headers": {"message-id": "a.1@north.example", "subject": "Hello", "from": "Sam <sam@gmail.com>"}
        },
        **more,
    }
    return json.dumps({"signature": signed or signature(), "event-data": event}).encode()


def one(**more: Any) -> Event:
    (event,), parked = read(SOURCE, post(body(**more)))
    assert parked == []
    return event


def test_signatures() -> None:
    SOURCE.verify(post(body()), Secrets(SECRET), NOW)
    SOURCE.verify(post(body(signature("old"))), Secrets(SECRET, previous="old"), NOW)
    SOURCE.verify(form(list(signature().items())), Secrets(SECRET), NOW)
    SOURCE.verify(post(b"x"), Secrets("", key_is_secret=True), NOW)
    assert refused(SOURCE, post(body(signature("charlie's"))), Secrets(SECRET))
    for age in (timedelta(minutes=6), timedelta(hours=8), timedelta(days=400), -timedelta(minutes=6)):
        SOURCE.verify(
            post(body()), Secrets(SECRET), NOW + age
        )  # a retry carries the first attempt's signature
    of_subaccount = signature("the subaccount's own") | {"parent-signature": signature()["signature"]}
    SOURCE.verify(post(body(of_subaccount)), Secrets(SECRET), NOW)
    SOURCE.verify(form(list(of_subaccount.items())), Secrets(SECRET), NOW)
    assert refused(SOURCE, post(body(of_subaccount | {"parent-signature": "0"})), Secrets(SECRET))
    assert refused(SOURCE, post(body(signature(stamp="soon"))), Secrets(SECRET))
    assert refused(SOURCE, post(body(signature() | {"signature": "ü"})), Secrets(SECRET))
    assert refused(SOURCE, post(body(signature(""))), Secrets(""))
    for bad in (b"{}", b"[]", b"", b"x", b'{"signature": 1}', b'{"signature": {"token": {}}}'):
        assert refused(SOURCE, post(bad), Secrets(SECRET))


def test_a_delivery() -> None:
    event = one(
        **{"user-variables": {"campaign": "Autumn", "step": 2}, "tags": ["t"], "delivery-status": None}
    )
    assert (event.event, event.event_id, event.lead) == ("delivered", "mg-1", "lena@client.example")
    assert event.message_id == "a.1@north.example:lena@client.example"
    assert (event.campaign, event.step, event.sender_provider) == ("Autumn", "2", "gmail")
    assert event.occurred_at == datetime(2024, 9, 2, 9, 0, 0, 500_000, UTC)
    assert one(tags=["t"]).campaign == "t"


@pytest.mark.parametrize(
    ("more", "event", "kind"),
    [
        ({"severity": "temporary"}, "deferred", None),
        ({"severity": "permanent", "reason": "bounce"}, "bounced", "hard"),
        ({"severity": "permanent", "reason": "espblock"}, "bounced", "block"),
        ({"severity": "permanent", "delivery-status": {"bounce-type": "soft"}}, "bounced", "soft"),
    ],
)
def test_failures(more: dict[str, Any], event: str, kind: str | None) -> None:
    found = one(event="failed", **more)
    assert (found.event, found.bounce_kind) == (event, kind)


def test_an_open_by_a_machine_and_a_click() -> None:
    client = {"user-agent": "Mozilla/5.0 (iPhone)", "bot": "apple"}
    opened = one(event="opened", ip="192.0.2.1", **{"client-info": client})
    assert (opened.machine, opened.machine_reason) == (True, "Mailgun says that apple made it")
    assert one(event="opened", ip="192.0.2.1", **{"client-info": client | {"bot": ""}}).machine is False
    assert one(event="clicked", url="https://a.example").url == "https://a.example"


def test_an_event_with_next_to_nothing_is_kept_and_belongs_to_no_message() -> None:
    bare = json.dumps(
        {"signature": signature(), "event-data": {"event": "accepted", "delivery-status": None}}
    )
    (event,), _ = read(SOURCE, post(bare.encode()))
    assert (event.event, event.message_id, event.event_id, event.occurred_at) == ("sent", None, TOKEN, NOW)


def test_the_older_form_where_a_variable_has_the_name_of_a_field() -> None:
    pairs = [("event", "clicked"), ("event", "mine"), ("token", "mine"), ("url", "https://a.example")]
    pairs += [("recipient", "l@client.example"), ("Message-Id", "<a.1@north.example>"), *signature().items()]
    pairs += [
        ("campaign", "Autumn"),
        ("message-headers", '[["Subject", "Hello"], ["Content-Type", ["x", {}]], 7]'),
    ]
    SOURCE.verify(form(pairs), Secrets(SECRET), NOW)
    (event,), _ = read(SOURCE, form(pairs))
    assert (event.event, event.event_id, event.campaign) == ("clicked", TOKEN, "Autumn")
    assert (event.message_id, event.subject) == ("a.1@north.example:l@client.example", "Hello")
    assert event.occurred_at == NOW


def test_arrived_mail_with_an_attachment_and_as_mime() -> None:
    pairs = [("from", b"Lena <l@client.example>"), ("stripped-text", b"Yes."), ("body-plain", b"Yes.\n> Hi")]
    pairs += [(name, value.encode()) for name, value in signature().items()]
    SOURCE.verify(multipart(pairs), Secrets(SECRET), NOW)
    (event,), _ = read(SOURCE, multipart(pairs))
    assert (event.event, event.lead, event.reply_text, event.occurred_at) == (
        "replied",
        "l@client.example",
        "Yes.",
        NOW,
    )
    mail = "From: l@client.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nJa, schön.\r\n"
    (event,), _ = read(SOURCE, form([*signature().items(), ("body-mime", mail)]))
    assert (event.reply_text, event.event_id) == ("Ja, schön.", TOKEN)


def test_forms() -> None:
    assert read(SOURCE, post(body(event="novel")))[1][0].why == "unknown event 'novel'"
    for bad in (b"{}", b"[]", b"", b'{"event-data": []}'):
        with pytest.raises(NotThisForm):
            SOURCE.parse(post(bad))
    with pytest.raises(NotThisForm):
        SOURCE.parse(form([("a", "b")]))
