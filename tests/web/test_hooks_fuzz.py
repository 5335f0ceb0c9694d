"""Whatever is sent, rightly signed, to any provider's hook: never 5xx, and every element is accounted for."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from dashapp.db.tenants import Workspace
from dashapp.sources.registry import create_source
from data.sources import sources
from data.sources.providers import sns
from tests.support.provider_records import RECORDS
from tests.support.signers import SIGNERS, amazon, mailgun_signature, sendgrid

#: Bodies a provider: in seconds, and in `make faults`.
FEW, MANY = 500, 20_000
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "\ud800", [], {}, [[]], {"a": {}}, ["a", 1]),
    *(
        "(" * 600 + "a@b.example",
        '"' * 900,
        "<" * 700,
        "=?utf-8?b?" * 90,
        "a" * 5_000,
        "\u202e" * 90,
        "on wrote" + " " * 900,
    ),
)
#: Providers that also send forms of several fields.
FORMED = ("mailgun", "sendgrid")
#: Providers that send one object a request.
SINGLE = ("postmark", "mailgun", "amazon_ses", "mailersend", "resend")
FORMS = {
    "from": "Lena <l@x.example>",
    "subject": "Re",
    "headers": "Date: x\r\nFrom: y",
    "text": "Yes",
    "html": "<p>Yes",
    "body-plain": "Yes",
    "message-headers": '[["Subject", "Hello"]]',
    "email": "From: l@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYes\r\n--b--",
    "event": "opened",
    "recipient": "l@x.example",
}


def bent(chance: random.Random, value: Any) -> Any:
    """The value with something odd in it: of another kind, in another's place, missing, or there many times."""
    if chance.random() < 0.1:
        return chance.choice(ODD)
    if isinstance(value, dict):
        others = list(value.values())
        return {
            key: bent(chance, chance.choice(others) if chance.random() < 0.03 else item)
            for key, item in value.items()
            if chance.random() > 0.03
        }
    if isinstance(value, list):
        return [bent(chance, item) for item in value for _ in range(40 if chance.random() < 0.02 else 1)]
    return value


def as_json(chance: random.Random, value: Any) -> bytes:
    body = json.dumps(bent(chance, value)).encode()
    if chance.random() < 0.1:
        depth = chance.choice((50, 900, 960, 975, 990, 5_000))
        inside = (
            b"[" * depth + b"]" * depth if chance.random() < 0.5 else b'{"a":' * depth + b"1" + b"}" * depth
        )
        body = body.replace(b"{", b'{"deep":' + inside + b",", 1) if b'{"' in body else inside
    if chance.random() < 0.15:
        at = chance.randrange(len(body) + 1)
        junk = chance.choice((b"\x00", b"\xff", b'"', b"{", b"]", b"\\ud800", b""))
        body = body[:at] + junk + body[at + chance.randint(0, 8) :]
    return body


def as_form(chance: random.Random, signed: dict[str, str]) -> tuple[bytes, str]:
    body = b""
    names = [name for name in FORMS if name != "email" or chance.random() < 0.2]
    for name, given in [*signed.items(), *((n, FORMS[n]) for n in names if chance.random() < 0.6)]:
        value = given if name in signed else chance.choice((given, given, given, chance.choice(ODD)))
        head = chance.choice(
            ("", "", "", "; filename=a", "; a=" + "(" * 900, '; a="a="a="', "\r\nContent-Type: " + "x;" * 900)
        )
        if name in signed:
            head = ""
        text = str(value).encode("utf-8", "replace")
        body += (
            f'--XX\r\nContent-Disposition: form-data; name="{name}"{head}\r\n\r\n'.encode() + text + b"\r\n"
        )
    return body + b"--XX--\r\n", "multipart/form-data; boundary=XX"


def told_of(provider: str, payload: bytes, kind: str) -> int | None:
    """How many records the answer has to tell of; None where nobody can say."""
    if provider in FORMED and kind != "application/json":
        return 1
    try:
        sent = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    elements = sent if isinstance(sent, list) else [sent]
    if provider == "sparkpost":  # an empty one is a ping
        wrapped = [element.get("msys") if isinstance(element, dict) else None for element in elements]
        return sum(len(inside) if isinstance(inside, dict) else 1 for inside in wrapped)
    if provider == "brevo":
        items = [element.get("items") if isinstance(element, dict) else None for element in elements]
        return sum(len(inside) if isinstance(inside, list) else 1 for inside in items)
    return len(elements)


def fuzz(client: Any, running: Any, world: Any, provider: str, bodies: int) -> None:
    chance = random.Random(f"{provider} 16")
    signer = SIGNERS[provider]
    with running.session() as session:
        room = session.get_one(Workspace, world.ids["harbour"])
        _, path, _ = create_source(session, running.settings, room, provider, signer.secret)
    url = f"{running.settings.public_url}{path}"
    answers: dict[int, int] = {}
    for n in range(bodies):
        records = chance.choices(RECORDS[provider], k=chance.randint(1, 3))
        if provider in FORMED and chance.random() < 0.5:
            signed = mailgun_signature(signer.secret, f"t{n}") if provider == "mailgun" else {}
            payload, kind = as_form(chance, signed)
            body, headers = payload, {"Content-Type": kind}
            if provider == "sendgrid":
                headers |= sendgrid("alice", body)
        else:
            # Mailgun's signature stands in the body: what is bent must stay one JSON value.
            payload = (
                json.dumps(bent(chance, records[0])).encode()
                if provider == "mailgun"
                else as_json(chance, records[0] if provider in SINGLE else records)
            )
            kind = "application/json"
            body, headers = signer.dress(signer.secret, url, payload)
        answer = client.post(path, data=body, headers=headers)
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 400), (answer.status_code, body[:2_000])
        if answer.status_code == 200 and (wanted := told_of(provider, payload, kind)) is not None:
            told = answer.json
            counted = told["new"] + told["duplicate"] + told["parked"]
            # Amazon SES tells of several recipients in one message, each of them an event of its own.
            assert counted >= wanted if provider == "amazon_ses" else counted == wanted, body[:2_000]
    assert answers.get(200, 0) > bodies // 2  # it is the readers that are tried, not the first check


@pytest.fixture(autouse=True)
def _amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sns, "fetch", amazon)
    monkeypatch.setattr(sns, "CERTIFICATES", sns.Certificates())


@pytest.mark.parametrize("provider", sorted(sources()))
def test_five_hundred_bodies(client: Any, running: Any, world: Any, provider: str) -> None:
    fuzz(client, running, world, provider, FEW)


@pytest.mark.faults
@pytest.mark.long
@pytest.mark.parametrize("provider", sorted(sources()))
def test_twenty_thousand_bodies(client: Any, running: Any, world: Any, provider: str) -> None:
    fuzz(client, running, world, provider, MANY)
