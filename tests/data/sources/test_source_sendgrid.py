"""SendGrid: the signature over the raw bytes, what each event means, and arrived mail."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from data.errors import NotThisForm
from data.intake.identity import content_key
from data.sources import HookRequest, Secrets
from data.sources.providers.sendgrid import SOURCE, message_of
from tests.data.sources.hook_requests import FIXTURES, NOW, STAMP, form, multipart, post, read, refused

BATCH = (FIXTURES / "sendgrid_batch.json").read_bytes()
ALICE, CHARLIE = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def public(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def signed(body: bytes, key: ec.EllipticCurvePrivateKey = ALICE, stamp: str = STAMP) -> HookRequest:
    signature = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    return post(
        body,
        x_twilio_email_event_webhook_signature=signature,
        x_twilio_email_event_webhook_timestamp=stamp,
    )


def test_a_right_signature_over_bytes_that_end_in_crlf() -> None:
    body = b'[{"url":"a\\u003cb"}]\r\n'
    SOURCE.verify(signed(body), Secrets(public(ALICE)), NOW)
    SOURCE.verify(signed(body), Secrets(public(CHARLIE), previous=public(ALICE)), NOW)
    pem = f"-----BEGIN PUBLIC KEY-----\n{public(ALICE)}\n-----END PUBLIC KEY-----\n"
    SOURCE.verify(signed(body), Secrets(pem), NOW)


def test_what_does_not_pass() -> None:
    secrets = Secrets(public(ALICE))
    assert refused(SOURCE, signed(BATCH, CHARLIE), secrets)
    assert refused(SOURCE, HookRequest("POST", "", signed(BATCH + b"\r\n").headers, BATCH), secrets)
    assert refused(SOURCE, signed(BATCH), secrets, NOW + timedelta(minutes=6))
    assert refused(SOURCE, signed(BATCH), secrets, NOW - timedelta(minutes=6))
    assert refused(SOURCE, signed(BATCH, stamp="data"), secrets)
    assert refused(SOURCE, post(BATCH), secrets)
    assert refused(SOURCE, signed(BATCH), Secrets("no key at all"))
    assert refused(SOURCE, signed(BATCH), Secrets(""))


def test_a_batch() -> None:
    events, parked = read(SOURCE, post(BATCH))
    assert [e.event for e in events] == ["sent", "sent", "opened", "bounced", "unsubscribed"]
    sent, other, opened, bounced, left = events
    assert (sent.campaign, sent.step, sent.variation, sent.user) == ("Autumn", "1", "B", "sam@north.example")
    assert (sent.event_id, sent.occurred_at) == ("sg-1", datetime(2024, 9, 2, 9, 0, tzinfo=UTC))
    assert other.campaign == "autumn"  # its category stands for the campaign it does not name
    assert (
        sent.message_id
        == opened.message_id
        == bounced.message_id
        == "aaaaBBBBccccDDDDeeee12:lena@client.example"
    )
    assert other.message_id != sent.message_id  # one API call, two recipients, two messages
    assert (opened.machine, opened.ip, sent.machine) == (True, "192.0.2.1", False)
    assert (bounced.bounce_kind, bounced.server_response) == ("block", "550 blocked")
    assert (left.message_id, left.lead) == (None, "lena@client.example")
    assert [(p.where, p.why) for p in parked] == [
        ("element 7", "the element is no JSON object"),
        ("element 6", "unknown event 'account_status_change'"),
    ]


def test_two_events_under_one_id_are_two_and_a_repeat_is_one() -> None:
    drop = {
        "event": "dropped",
        "sg_event_id": "x",
        "timestamp": 1725267600,
        "sg_message_id": "a",
        "email": "l@x.example",
    }
    body = json.dumps([drop, drop | {"event": "click"}, drop]).encode()
    events = read(SOURCE, post(body))[0]
    assert [(e.event_id, e.event) for e in events] == [("x", "failed"), ("x", "clicked"), ("x", "failed")]
    assert len({content_key(e) for e in events}) == 2


@pytest.mark.parametrize(
    ("sg", "smtp", "stem"),
    [
        ("14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", None, "14c5d75ce93.dfd.64b469"),
        ("6BGBHO8vTt2S_Uav9aj4Dg.recvd-5f4c-1-6244B2BD-1.0", None, "6BGBHO8vTt2S_Uav9aj4Dg"),
        ("filter0093p1las1.9128.5717FB8127.0", "<wrfR@ismtpd0006.sendgrid.net>", "wrfR"),
        ("", "<wrfR@ismtpd0006.sendgrid.net>", "wrfR"),
        ("plain", None, "plain"),
        (None, None, None),
    ],
)
def test_the_stable_part_of_an_id(sg: str | None, smtp: str | None, stem: str | None) -> None:
    assert message_of(sg, smtp) == stem


@pytest.mark.parametrize("body", [b"{}", b"", b'"x"', b"<html>", b"[{]"])
def test_what_is_not_sendgrids(body: bytes) -> None:
    with pytest.raises(NotThisForm):
        SOURCE.parse(post(body))


def test_an_arrived_mail_is_a_reply_with_its_visible_part() -> None:
    pairs = [
        (
            "headers",
            b"Date: Tue, 3 Sep 2024 08:00:00 +0200\r\nMessage-ID: <r1@client.example>\r\nX: a\r\n b",
        ),
        ("from", b"Lena <Lena@client.example>"),
        ("subject", b"Re: Hello"),
        ("text", "Schöne Grüße, remove me\n\n> Hello".encode("iso-8859-1")),
        ("charsets", b'{"text": "iso-8859-1", "subject": "no-such-charset"}'),
    ]
    (event,), parked = read(SOURCE, multipart(pairs))
    assert parked == []
    assert (event.event, event.lead, event.message_id) == ("replied", "lena@client.example", None)
    assert (event.reply_text, event.sentiment) == ("Schöne Grüße, remove me", "negative")
    assert (event.event_id, event.occurred_at) == (
        "inbound:<r1@client.example>",
        datetime(2024, 9, 3, 6, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("subject", "headers", "category"),
    [
        ("Out of office: Re: Hello", "X-A: b", "out_of_office"),
        ("Automatic reply: Hello", "X-A: b", "auto_reply"),
        ("Re: Hello", "Auto-Submitted: auto-replied (vacation)", "auto_reply"),
        ("Undelivered", "Content-Type: multipart/report; report-type=delivery-status", "auto_reply"),
    ],
)
def test_what_no_person_wrote_is_no_reply(subject: str, headers: str, category: str) -> None:
    (event,), _ = read(
        SOURCE, form([("headers", headers), ("from", "l@client.example"), ("subject", subject)])
    )
    assert (event.event, event.reply_category, event.sentiment) == ("auto_replied", category, None)


def test_a_whole_mail_and_a_form_of_something_else() -> None:
    mail = "From: Lena <l@client.example>\r\nSubject: =?utf-8?q?Sch=C3=B6n?=\r\nMessage-ID: <r>\r\n\r\nYes."
    (event,), _ = read(SOURCE, form([("email", mail), ("to", "a@b")]))
    assert (event.lead, event.subject, event.reply_text) == ("l@client.example", "Schön", "Yes.")
    with pytest.raises(NotThisForm):
        SOURCE.parse(form([("a", "b")]))
