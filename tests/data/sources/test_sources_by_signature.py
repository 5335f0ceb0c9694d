"""MailerSend, Resend and Mandrill sign: what their signatures cover, and what each of their events means."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any

import pytest

from data.errors import NotThisForm
from data.events.canonical import Event
from data.sources import HookRequest, Secrets, Source
from data.sources.providers import mailersend, mandrill, resend
from tests.data.sources.hook_requests import NOW, SECRET, form, post, read, refused

WHEN = datetime(2024, 9, 2, 9, tzinfo=UTC)
ISO = "2024-09-02T09:00:00.000000Z"
AT = 1_725_267_600
URL = "https://reports.north.example/hooks/mandrill/key"


def only(source: Source, request: HookRequest) -> Event:
    (event,), parked = read(source, request)
    assert parked == []
    return event


# MailerSend ---------------------------------------------------------------------------------------------------


def of_mailersend(given: str = "delivered", **data: Any) -> Event:
    email = {
        "from": "sam@north.example",
        "subject": "Hello",
        "tags": ["Autumn"],
        "message": {"id": "ms1"},
        "recipient": {"email": "Lena@client.example"},
    }
    told = {"id": "a1", "type": given, "created_at": ISO, "email": email, "morph": None}
    body = {"type": f"activity.{given}", "created_at": "2024-09-09T09:00:00Z", "data": told | data}
    return only(mailersend.SOURCE, post(json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("given", "event", "kind"),
    [
        ("sent", "sent", None),
        ("delivered", "delivered", None),
        ("deferred", "deferred", None),
        ("soft_bounced", "bounced", "soft"),
        ("hard_bounced", "bounced", "hard"),
        ("opened", "opened", None),
        ("opened_unique", "opened", None),
        ("clicked_unique", "clicked", None),
        ("unsubscribed", "unsubscribed", None),
        ("spam_complaint", "complained", None),
    ],
)
def test_mailersends_events(given: str, event: str, kind: str | None) -> None:
    found = of_mailersend(given)
    assert (found.event, found.bounce_kind, found.event_id) == (event, kind, "a1")
    assert (found.message_id, found.occurred_at) == ("ms1:lena@client.example", WHEN)
    assert (found.campaign, found.subject) == ("Autumn", "Hello")


def test_mailersends_particulars() -> None:
    morph = {"object": "click", "ip": "192.0.2.1", "url": "https://a.example"}
    click = of_mailersend("clicked", morph=morph)
    assert (click.url, click.ip) == ("https://a.example", "192.0.2.1")
    assert of_mailersend("hard_bounced", morph={"reason": "no such user"}).server_response == "no such user"
    events, parked = read(
        mailersend.SOURCE, post(json.dumps({"type": "maintenance.start", "data": {"x": 1}}).encode())
    )
    assert (events, parked[0].why) == ([], "unknown event 'maintenance.start'")


def test_mailersends_arrived_mail() -> None:
    whole = "From: Lena <lena@client.example>\r\nSubject: Re\r\n\r\nYes, please.\r\n"
    parsed = {"from": {"email": "lena@client.example"}, "subject": "Re", "text": "Yes, please.\r\n"}
    for data in ({"id": "i1", **parsed, "raw": whole}, {"id": "i1", "raw": whole}):
        body = {"type": "inbound.message", "created_at": ISO, "data": data}
        found = only(mailersend.SOURCE, post(json.dumps(body).encode()))
        assert (found.event, found.lead, found.event_id) == ("replied", "lena@client.example", "i1")
        assert (found.reply_text, found.occurred_at) == ("Yes, please.", WHEN)


def test_mailersends_forms() -> None:
    for bad in (
        b"[]",
        b"",
        b"x",
        b'{"event": "sent"}',
        b'{"type": "email.sent", "data": {}}',
        b'{"type": 7}',
    ):
        with pytest.raises(NotThisForm):
            mailersend.SOURCE.parse(post(bad))


# Resend -------------------------------------------------------------------------------------------------------


def resends(kind: str, **data: Any) -> HookRequest:
    told = {
        "email_id": "re1",
        "from": "Sam <sam@north.example>",
        "to": ["Lena <Lena@client.example>"],
        "subject": "Hello",
    }
    body = {"type": kind, "created_at": ISO, "data": told | data}
    return post(json.dumps(body).encode(), svix_id="msg_1")


def of_resend(kind: str, **data: Any) -> Event:
    return only(resend.SOURCE, resends(kind, **data))


@pytest.mark.parametrize(
    ("given", "more", "event", "kind"),
    [
        ("sent", {}, "sent", None),
        ("delivered", {}, "delivered", None),
        ("delivery_delayed", {}, "deferred", None),
        ("complained", {}, "complained", None),
        ("opened", {}, "opened", None),
        ("failed", {"failed": {"reason": "reached_daily_quota"}}, "failed", None),
        ("suppressed", {}, "failed", None),
        ("bounced", {"bounce": {"type": "Permanent", "subType": "General"}}, "bounced", "hard"),
        ("bounced", {"bounce": {"type": "Permanent", "subType": "Suppressed"}}, "failed", None),
        ("bounced", {"bounce": {"type": "Transient", "subType": "MailboxFull"}}, "bounced", "soft"),
        ("bounced", {"bounce": {"type": "Transient", "subType": "ContentRejected"}}, "bounced", "block"),
        ("bounced", {"bounce": {"message": "Resend has suppressed sending to this address"}}, "failed", None),
    ],
)
def test_resends_events(given: str, more: dict[str, Any], event: str, kind: str | None) -> None:
    found = of_resend(f"email.{given}", **more)
    assert (found.event, found.bounce_kind, found.event_id) == (event, kind, "msg_1")
    assert (found.message_id, found.occurred_at) == ("re1:lena@client.example", WHEN)


def test_resends_particulars() -> None:
    click = {"link": "https://a.example", "ipAddress": "192.0.2.1", "userAgent": "Mozilla", "timestamp": ISO}
    found = of_resend("email.clicked", click=click, tags={"campaign": "Autumn", "step": "2"})
    assert (found.url, found.ip, found.user_agent) == ("https://a.example", "192.0.2.1", "Mozilla")
    assert (found.campaign, found.step) == ("Autumn", "2")
    assert of_resend("email.sent", tags=[{"name": "campaign", "value": "Winter"}]).campaign == "Winter"
    assert of_resend("email.sent", broadcast_id="b-1").campaign == "b-1"


def test_who_of_several_it_was_is_not_guessed() -> None:
    two = {"to": ["ann@client.example", "ben@client.example"]}
    events, _ = read(resend.SOURCE, resends("email.sent", **two))
    assert [(e.lead, e.event_id) for e in events] == [
        ("ann@client.example", "msg_1:ann@client.example"),
        ("ben@client.example", "msg_1:ben@client.example"),
    ]
    events, parked = read(resend.SOURCE, resends("email.opened", **two))
    assert (events, parked[0].why) == ([], "Resend does not say which of its 2 recipients this happened to")


def test_a_mail_that_arrived_at_resend_has_no_text() -> None:
    received = resends(
        "email.received",
        **{"from": "Lena <lena@client.example>", "to": ["us@north.example"], "subject": "Re: Hello"},
    )
    found = only(resend.SOURCE, received)
    assert (found.event, found.lead, found.reply_text) == ("replied", "lena@client.example", None)
    away = resends("email.received", **{"from": "lena@client.example", "subject": "Out of office"})
    assert only(resend.SOURCE, away).event == "auto_replied"


def test_resends_forms() -> None:
    events, parked = read(resend.SOURCE, post(b'{"type": "contact.created", "data": {}}'))
    assert (events, parked[0].why) == ([], "unknown event 'contact.created'")
    for bad in (
        b"[]",
        b"",
        b"x",
        b'{"event": "sent"}',
        b'{"type": "activity.sent", "data": {}}',
        b'{"type": 7}',
    ):
        with pytest.raises(NotThisForm):
            resend.SOURCE.parse(post(bad))


# Mandrill -----------------------------------------------------------------------------------------------------


def mandrills(*events: Any) -> HookRequest:
    return form([("mandrill_events", json.dumps(events))])


def of_mandrill(given: str = "send", msg: dict[str, Any] | None = None, **more: Any) -> Event:
    mail = {"_id": "md1", "email": "Lena@client.example", "subject": "Hello", "sender": "sam@north.example"}
    return only(
        mandrill.SOURCE,
        mandrills({"event": given, "ts": AT, "_id": "md1", "msg": mail | (msg or {}), **more}),
    )


def signed(request: HookRequest, key: str, *extra: str, url: str = URL) -> HookRequest:
    fields = "".join(extra)
    right = base64.b64encode(hmac.new(key.encode(), (url + fields).encode(), sha1).digest()).decode()
    return HookRequest("POST", url, {**request.headers, "x-mandrill-signature": right}, request.body)


def test_the_address_and_all_fields_are_signed() -> None:
    pairs = [("b", "2"), ("mandrill_events", "[]"), ("a", "é&=")]
    request = signed(form(pairs), SECRET, "a", "é&=", "b", "2", "mandrill_events", "[]")
    mandrill.SOURCE.verify(request, Secrets(SECRET), NOW)
    mandrill.SOURCE.verify(request, Secrets("new", previous=SECRET), NOW)
    for url in (URL + "/", URL.replace("https", "http"), URL.replace("key", "keys")):
        other = HookRequest("POST", url, request.headers, request.body)
        assert refused(mandrill.SOURCE, other, Secrets(SECRET))
    assert refused(mandrill.SOURCE, request, Secrets("x"))
    assert refused(mandrill.SOURCE, request, Secrets(""))
    unsigned = HookRequest("POST", URL, {**request.headers, "x-mandrill-signature": ""}, request.body)
    assert refused(mandrill.SOURCE, unsigned, Secrets(SECRET))
    empty = signed(form([("mandrill_events", "[]")]), "test-webhook", "mandrill_events", "[]")
    mandrill.SOURCE.verify(empty, Secrets(SECRET), NOW)
    assert mandrill.SOURCE.parse(empty).records == []
    event = '[{"event": "send"}]'
    assert refused(
        mandrill.SOURCE,
        signed(form([("mandrill_events", event)]), "test-webhook", "mandrill_events", event),
        Secrets(SECRET),
    )


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_a_form_that_is_hashed_piece_by_piece_has_the_same_signature(size: int) -> None:
    value = json.dumps([{"event": "inbound", "msg": {"text": "ü + % & = äöü %41" * 9}}], ensure_ascii=False)
    body = form([("mandrill_events", value)]).body
    request = HookRequest("POST", URL, {}, b"")
    (digest,) = mandrill.SOURCE.hashes(request, Secrets(SECRET))
    for at in range(0, len(body), size):
        digest.update(body[at : at + size])
    right = hmac.new(SECRET.encode(), (URL + "mandrill_events" + value).encode(), sha1).digest()
    assert digest.digest() == right
    (other,) = mandrill.SOURCE.hashes(request, Secrets(SECRET))
    other.update(body + b"&a=b")
    assert other.digest() == b""


@pytest.mark.parametrize(
    ("given", "msg", "event", "kind"),
    [
        ("send", {}, "sent", None),
        ("delivered", {}, "delivered", None),
        ("deferral", {}, "deferred", None),
        ("reject", {}, "failed", None),
        ("hard_bounce", {"bgtools_code": 10}, "bounced", "hard"),
        ("hard_bounce", {}, "bounced", "hard"),
        ("soft_bounce", {"bgtools_code": 22}, "bounced", "soft"),
        ("soft_bounce", {"bgtools_code": 51}, "bounced", "block"),
        ("soft_bounce", {"bgtools_code": 60}, "auto_replied", None),
        ("open", {}, "opened", None),
        ("spam", {}, "complained", None),
        ("unsub", {}, "unsubscribed", None),
    ],
)
def test_mandrills_events(given: str, msg: dict[str, Any], event: str, kind: str | None) -> None:
    found = of_mandrill(given, msg)
    assert (found.event, found.bounce_kind, found.message_id) == (event, kind, "md1")
    assert (found.lead, found.occurred_at, found.subject) == ("lena@client.example", WHEN, "Hello")


def test_mandrills_particulars() -> None:
    found = of_mandrill(
        "click",
        {"metadata": {"campaign": "Autumn", "step": 2}, "tags": ["t"]},
        url="https://a.example",
        ip="192.0.2.1",
    )
    assert (found.campaign, found.step, found.url, found.ip) == (
        "Autumn",
        "2",
        "https://a.example",
        "192.0.2.1",
    )
    assert of_mandrill("send", {"tags": ["t"]}).campaign == "t"
    sync = {"type": "blacklist", "action": "add", "ts": AT, "reject": {"email": "x@client.example"}}
    events, parked = read(mandrill.SOURCE, mandrills(sync, 7))
    assert (events, sorted(row.why for row in parked)) == (
        [],
        ["the element is no JSON object", "unknown event 'blacklist'"],
    )


def test_mandrills_arrived_mail() -> None:
    whole = "From: Lena <lena@client.example>\r\nMessage-ID: <m1@x>\r\nSubject: Re\r\n\r\nYes, please.\r\n"
    parsed = {
        "from_email": "lena@client.example",
        "subject": "Re",
        "text": "Yes, please.",
        "headers": {"Message-Id": "<m1@x>"},
    }
    for msg in ({"raw_msg": whole}, {**parsed, "raw_msg": whole}):
        found = only(mandrill.SOURCE, mandrills({"event": "inbound", "ts": AT, "msg": msg}))
        assert (found.event, found.lead, found.event_id) == (
            "replied",
            "lena@client.example",
            "inbound:<m1@x>",
        )
        assert (found.reply_text, found.occurred_at) == ("Yes, please.", WHEN)


def test_mandrills_forms() -> None:
    again = {"event": "send", "ts": AT, "msg": {"_id": "m", "email": "l@client.example"}}
    assert only(mandrill.SOURCE, post(json.dumps([again]).encode())).event == "sent"  # tried again by itself
    for bad in (
        form([("a", "b")]),
        form([("mandrill_events", "GARBAGE")]),
        form([("mandrill_events", "{}")]),
        post(b"x"),
    ):
        with pytest.raises(NotThisForm):
            mandrill.SOURCE.parse(bad)
