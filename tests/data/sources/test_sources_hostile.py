"""Whatever is posted, a door answers with its own two errors or a delivery, and soon."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from data.errors import BadSignature, NotThisForm
from data.events.canonical import canonical_many
from data.sources import HookRequest, Secrets, sources
from tests.data.sources.hook_requests import FIXTURES, NOW, SECRET, multipart, post
from tests.support.provider_records import RECORDS

KINDS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=XX",
    "multipart/form-data",
)
#: Providers that read forms; for the others the kind makes no difference.
FORMED = ("mailgun", "mandrill", "sendgrid")
ODD = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "\x00",
    "\ud800",
    [],
    {},
    [[]],
    {"a": {}},
    ["a", 1],
    float("nan"),
)
SEEDS = [
    *(path.read_bytes() for path in sorted(Path(FIXTURES).glob("*.json"))),
    b'{"event":"sent","occurred_at":1725267600,"message_id":"m","lead":"l","step":1,"track_opens":true}',
    b'{"signature":{"timestamp":"1","token":"t","signature":"s"},"event-data":{"event":"failed","tags":["a"],'
    b'"message":{"headers":{"message-id":"m","from":"f"}},"delivery-status":{"code":1},"user-variables":{}}}',
    b'{"RecordType":"Open","MessageID":"m","Recipient":"l","ReceivedAt":"2024","Geo":{"IP":"x"},"Metadata":{}}',
    *(json.dumps(record).encode() for records in RECORDS.values() for record in records),
    b"event=delivered&recipient=l&timestamp=1&token=t&signature=s&message-headers=[]&from=a&headers=b",
    multipart(
        [("headers", b"Date: x\r\nFrom: y"), ("from", b"a@b"), ("email", b"From: a"), ("body-mime", b"x: y")]
    ).body,
]


def mutated(random_: random.Random, seed: bytes) -> bytes:
    if random_.random() < 0.6:
        try:
            return json.dumps(odd(random_, json.loads(seed))).encode()
        except ValueError:
            pass
    body = bytearray(seed)
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(body))
        body[at : at + random_.randint(0, 8)] = random_.choice(
            [b"", b"\x00", b"\xff", b'"', b"{", b"]", b"\\ud800", b"="]
        )
    return bytes(body)


def odd(random_: random.Random, value: object) -> object:
    if random_.random() < 0.12:
        return random_.choice(ODD)
    if isinstance(value, dict):
        return {key: odd(random_, item) for key, item in value.items()}
    return [odd(random_, item) for item in value] if isinstance(value, list) else value


def knock(name: str, request: HookRequest) -> None:
    with suppress(BadSignature):
        sources()[name].verify(request, Secrets(SECRET), NOW)
    try:
        delivery = sources()[name].parse(request)
    except NotThisForm:
        return
    events, parked = canonical_many(delivery.records, NOW)
    for event in events:
        "".join(v for v in event if isinstance(v, str)).encode()
    for row in [*delivery.parked, *parked]:
        assert "\0" not in row.where + row.why + row.raw
        (row.where + row.why + row.raw).encode()


@pytest.mark.parametrize("name", sorted(sources()))
def test_mutated_bodies(name: str) -> None:
    random_ = random.Random(f"{name} 7")
    for _ in range(800):
        knock(name, post(mutated(random_, random_.choice(SEEDS)), content_type=random_.choice(KINDS)))


@pytest.mark.parametrize("name", sorted(sources()))
@pytest.mark.parametrize(
    "body",
    [
        b"--XX\r\n\r\n" * 100_000,
        b"a=b&" * 250_000,
        b"[" * 1_000_000,
        b'[{"event":"x"},' * 100_000,
        b'{"a":' * 200_000,
        b"9" * 1_000_000,
        b"[" + b"9" * 1_000_000 + b"]",
        b"\n".join([b"{"] * 100_000),
        b"".join(
            b"--XX\r\nContent-Type: multipart/mixed; boundary=XX%d\r\n\r\n--XX%d\r\n" % (i, i)
            for i in range(900)
        ),
        b'--XX\r\nContent-Disposition: form-data; name="html"\r\n\r\n' + b"<a " * 500_000 + b"\r\n--XX--\r\n",
        b'--XX\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
        + b"On 1:23 a@b \n" * 100_000
        + b"\r\n--XX--\r\n",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_big_bodies_take_no_time_to_speak_of(name: str, body: bytes) -> None:
    for kind in KINDS if name in FORMED else KINDS[:1]:
        started = time.process_time()
        knock(name, post(body, content_type=kind))
        assert time.process_time() - started < 5
