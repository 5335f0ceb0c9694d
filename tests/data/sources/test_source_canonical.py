"""Canonical events over HTTP: the Standard Webhooks signature, and the three forms of a body."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from data.errors import NotThisForm
from data.events.canonical import Event
from data.sources import HookRequest, Secrets, sources
from data.sources.providers.canonical import SOURCE, sign
from tests.data.sources.hook_requests import NOW, post, read, refused

SECRET = "whsec_" + base64.b64encode(b"alice's key, 24 bytes ok").decode()
OTHER = "whsec_" + base64.b64encode(b"charlie's key, much larger").decode()
SENT = {"event": "sent", "event_id": "e1", "occurred_at": "2024-09-02T09:00:00Z", "message_id": "m1"}
BODY = json.dumps(SENT).encode()


def signed(body: bytes = BODY, secret: str = SECRET, minutes: float = 0, **more: str) -> HookRequest:
    headers = sign(secret, "msg_1", NOW + timedelta(minutes=minutes), body) | more
    return HookRequest("POST", "/hooks/canonical/key", headers, body)


def test_the_sources_are_found() -> None:
    assert {"canonical", "mailgun", "postmark", "sendgrid"} <= set(sources())
    assert all(name == source.name for name, source in sources().items())


def test_a_right_signature_passes() -> None:
    SOURCE.verify(signed(), Secrets(SECRET), NOW)
    SOURCE.verify(signed(minutes=4.9), Secrets(SECRET), NOW)
    SOURCE.verify(signed(minutes=-4.9), Secrets(SECRET), NOW)
    SOURCE.verify(signed(secret="a plain secret"), Secrets("a plain secret"), NOW)


def test_svix_names_and_several_signatures_pass() -> None:
    made = signed().headers
    several = f"v1,AAAA v2,xx {made['webhook-signature']}"
    svix = {k.replace("webhook-", "svix-"): v for k, v in made.items()} | {"svix-signature": several}
    SOURCE.verify(HookRequest("POST", "", svix, BODY), Secrets(SECRET), NOW)


def test_both_secrets_pass_while_one_is_rotated() -> None:
    SOURCE.verify(signed(secret=OTHER), Secrets(SECRET, previous=OTHER), NOW)
    SOURCE.verify(signed(), Secrets(SECRET, previous=OTHER), NOW)


def test_what_does_not_pass() -> None:
    secrets = Secrets(SECRET)
    assert refused(SOURCE, signed(secret=OTHER), secrets)
    assert refused(SOURCE, signed(minutes=6), secrets)
    assert refused(SOURCE, signed(minutes=-6), secrets)
    assert refused(SOURCE, HookRequest("POST", "", signed().headers, BODY + b" "), secrets)
    assert refused(SOURCE, signed(**{"webhook-id": "msg_2"}), secrets)
    assert refused(SOURCE, signed(**{"webhook-timestamp": "soon"}), secrets)
    assert refused(SOURCE, signed(**{"webhook-timestamp": "9" * 40}), secrets)
    assert refused(SOURCE, signed(**{"webhook-signature": "v1,ünsinn v1"}), secrets)
    assert refused(SOURCE, post(BODY), secrets)
    assert refused(SOURCE, signed(), Secrets(""))


def test_a_key_that_is_the_secret_needs_no_signature() -> None:
    SOURCE.verify(post(BODY), Secrets("", key_is_secret=True), NOW)


def ids(body: bytes) -> list[str]:
    return [event.event_id for event in read(SOURCE, post(body))[0]]


def test_one_object_a_list_and_lines() -> None:
    second = BODY.replace(b"e1", b"e2")
    assert ids(BODY) == ["e1"]
    assert ids(json.dumps(SENT, indent=2).encode()) == ["e1"]
    assert ids(b"[" + BODY + b" ,\n" + second + b"]\r\n") == ["e1", "e2"]
    assert ids(b"\xef\xbb\xbf" + BODY + b"\r\n\r\n" + second + b"\r\n") == ["e1", "e2"]
    assert ids(b"[]") == []


def test_an_element_keeps_its_own_text() -> None:
    text = (
        '{"event":"sent",  "n":1.50, "event_id":"e1","occurred_at":"2024-09-02T09:00:00Z","message_id":"ü"}'
    )
    events, _ = read(SOURCE, post(f"[{text}]".encode()))
    assert events[0].raw == text


def test_bad_elements_are_parked_and_good_ones_kept() -> None:
    events, parked = read(SOURCE, post(b'[1, {"event": "odd"}, ' + BODY + b", null]"))
    assert [event.event_id for event in events] == ["e1"]
    assert [p.where for p in parked] == ["element 1", "element 4", "element 2"]
    events, parked = read(SOURCE, post(BODY + b'\n{"event": "sen\n' + BODY))
    assert (len(events), [p.where for p in parked]) == (2, ["line 2"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"hello",
        b"[",
        b"[1",
        b"[1,",
        b"{",
        b"[] x",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 99_999,
    ],
)
def test_what_is_not_this_form(body: bytes) -> None:
    with pytest.raises(NotThisForm):
        SOURCE.parse(post(body))


def test_a_payload_cannot_ask_for_our_leniency_or_set_its_raw() -> None:
    body = json.dumps(
        SENT | {"_lenient": True, "message_id": None, "event": "opened", "raw": "mine"}
    ).encode()
    _, parked = read(SOURCE, post(body))
    assert "needs a message_id" in parked[0].why
    events: list[Event] = read(SOURCE, post(json.dumps(SENT | {"raw": "mine"}).encode()))[0]
    assert json.loads(events[0].raw)["raw"] == "mine"


def test_a_date_that_can_be_read_two_ways_is_parked_with_both() -> None:
    """Nothing in one delivery settles the order; a date that fits one order alone is read."""
    dates = ("03/09/2024 10:00", "25/09/2024 10:00", "09/25/2024 10:00", "09/09/2024 10:00")
    body = json.dumps([{**SENT, "occurred_at": written} for written in dates]).encode()
    events, parked = read(SOURCE, post(body))
    assert [one.occurred_at.isoformat()[:10] for one in events] == ["2024-09-25", "2024-09-25", "2024-09-09"]
    assert "is 3 September 2024 (day first) or 9 March 2024 (month first)" in parked[0].why


def test_nobody_says_of_their_own_events_how_they_came() -> None:
    odd = {**SENT, "event": "auto_replied", "subject": "Out of office", "_by_subject": True, "_lenient": True}
    (record,) = SOURCE.parse(post(json.dumps(odd).encode())).records
    assert not {"_by_subject", "_lenient", "_senders_clock"} & record.keys()
