"""Arrived mail with attachments: taken whole at each provider's form, the attachment dropped on the way."""

from __future__ import annotations

import base64
import hmac
import json
import random
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from dashapp.db.tenants import Workspace
from dashapp.sources.registry import create_source
from data.events.canonical import canonical_many
from data.lake.tables import inbox, refused_delivery

FILE = random.Random(26).randbytes(3_000_000)


def source(running: Any, world: Any, provider: str, secret: str | None = None) -> tuple[str, str]:
    """(address, secret) of a new source of Harbour's."""
    with running.session() as session:
        room = session.get_one(Workspace, world.ids["harbour"])
        _, path, kept = create_source(session, running.settings, room, provider, secret)
    return path, kept


def taken(running: Any) -> list[dict[str, Any]]:
    with running.reading() as session:
        bodies = session.execute(select(inbox.c.body).order_by(inbox.c.seq)).scalars()
        return [event for body in bodies for event in json.loads(body)]


def multipart(fields: dict[str, str], files: dict[str, bytes]) -> tuple[bytes, str]:
    body = b"".join(
        f'--XbX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    for name, content in files.items():
        head = f'--XbX\r\nContent-Disposition: form-data; name="{name}"; filename="brief.pdf"\r\n'
        body += head.encode() + b"Content-Type: application/pdf\r\n\r\n" + content + b"\r\n"
    return body + b"--XbX--\r\n", "multipart/form-data; boundary=XbX"


def postmark(running: Any, world: Any) -> tuple[str, bytes, dict[str, str]]:
    path, secret = source(running, world, "postmark")
    mail = {
        "FromFull": {"Email": "lena@client.example"},
        "MessageID": "in1",
        "Subject": "Re: A",
        "TextBody": "Yes, see the attached brief.",
        "Attachments": [{"Name": "brief.pdf", "Content": base64.b64encode(FILE).decode()}],
    }
    user = base64.b64encode(f"vitrine:{secret}".encode()).decode()
    return (
        path,
        json.dumps(mail).encode(),
        {"Content-Type": "application/json", "Authorization": f"Basic {user}"},
    )


def mailgun(running: Any, world: Any) -> tuple[str, bytes, dict[str, str]]:
    path, secret = source(running, world, "mailgun", "their signing key")
    stamp = str(int(time.time()) - 8 * 3_600)  # sent again for the last time
    right = hmac.new(secret.encode(), f"{stamp}tok".encode(), sha256).hexdigest()
    fields = {"timestamp": stamp, "token": "tok", "signature": right, "from": "Lena <lena@client.example>"}
    fields |= {"subject": "Re: A", "body-plain": "Yes, see the attached brief."}
    body, kind = multipart(fields, {"attachment-1": FILE})
    return path, body, {"Content-Type": kind}


def sendgrid(running: Any, world: Any) -> tuple[str, bytes, dict[str, str]]:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    path, _ = source(running, world, "sendgrid", base64.b64encode(public).decode())
    coded = base64.encodebytes(FILE).decode().replace("\n", "\r\n")
    whole = (
        "From: Lena <lena@client.example>\r\nSubject: Re: A\r\nMessage-ID: <in1@client.example>\r\n"
        'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n'
        "Yes, see the attached brief.\r\n--m\r\nContent-Type: application/pdf\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{coded}\r\n--m--\r\n"
    )
    body, kind = multipart({"email": whole, "to": "us@north.example"}, {})
    stamp = str(int(time.time()))
    signature = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    headers = {"Content-Type": kind, "X-Twilio-Email-Event-Webhook-Timestamp": stamp}
    return path, body, {**headers, "X-Twilio-Email-Event-Webhook-Signature": signature}


@pytest.mark.parametrize("provider", [postmark, mailgun, sendgrid])
def test_a_reply_with_an_attachment_counts(client: Any, running: Any, world: Any, provider: Any) -> None:
    path, body, headers = provider(running, world)
    assert len(body) > 3_000_000
    for new in (1, 0):
        answer = client.post(path, data=body, headers=headers)
        assert (answer.status_code, answer.json["new"], answer.json["duplicate"]) == (200, new, 1 - new)
    (event,) = taken(running)
    assert (event["event"], event["lead"]) == ("replied", "lena@client.example")
    assert event["reply_text"] == "Yes, see the attached brief."
    assert len(event["raw"]) < 5_000


@pytest.mark.parametrize("provider", [mailgun, sendgrid])
def test_a_changed_body_or_a_wrong_signature_is_refused(
    client: Any, running: Any, world: Any, provider: Any
) -> None:
    path, body, headers = provider(running, world)
    other = (
        body.replace(b'name="signature"\r\n\r\n', b'name="signature"\r\n\r\n0')
        if provider is mailgun
        else body[:-9]
    )
    assert client.post(path, data=other, headers=headers).status_code == 401
    with running.reading() as session:
        (row,) = session.execute(select(refused_delivery)).all()
    assert (row.reason, row.count) == ("signature", 1)
    assert b"brief" in row.raw.encode()
    assert taken(running) == []


def test_a_mail_too_large_even_without_its_attachments_is_told(client: Any, running: Any, world: Any) -> None:
    path, _, headers = postmark(running, world)
    many = json.dumps({"FromFull": {}, "Headers": ["x" * 200_000] * 10}).encode()
    assert client.post(path, data=many, headers=headers).status_code == 413
    with running.reading() as session:
        (row,) = session.execute(select(refused_delivery)).all()
    assert (row.reason, row.bytes) == ("size", len(many))


def test_brackets_in_a_sender_are_no_fault_of_ours(client: Any, running: Any, world: Any) -> None:
    path, _, headers = postmark(running, world)
    mail = {"FromFull": {"Email": "(" * 2_000 + "x@y.example"}, "MessageID": "in2", "TextBody": "Yes"}
    answer = client.post(path, data=json.dumps(mail).encode(), headers=headers)
    assert answer.status_code == 200
    assert sum(answer.json[name] for name in ("new", "duplicate", "parked")) == 1


def test_who_answers_a_campaign_whose_subject_reads_like_a_notice_is_a_person(
    client: Any, running: Any, world: Any
) -> None:
    """Harbour's own subject is "Out of office? Plan your next trip"; a phone answers it without a "Re:"."""
    own = "Out of office: plan your next trip"
    at = datetime.now(UTC)
    sent, _ = canonical_many(
        [{"event": "sent", "message_id": "m1", "lead": "lena@client.example", "subject": own,
          "occurred_at": at.isoformat()}],
        at,
    )  # fmt: skip
    running.inbox.put(world.ids["harbour"], None, sent, received_at=at)

    def answered(place: str, subject: str, id_: str) -> str:
        with running.session() as session:
            room = session.get_one(Workspace, world.ids[place])
            _, path, secret = create_source(session, running.settings, room, "postmark", None)
        mail = {"FromFull": {"Email": "lena@client.example"}, "MessageID": id_, "Subject": subject,
                "TextBody": "Sounds good, send me dates.", "Headers": []}  # fmt: skip
        user = base64.b64encode(f"vitrine:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {user}", "Content-Type": "application/json"}
        assert client.post(path, data=json.dumps(mail), headers=headers).status_code == 200
        return str(taken(running)[-1]["event"])

    assert answered("harbour", own, "in1") == "replied"
    assert answered("harbour", own.upper() + " ", "in2") == "replied"
    assert answered("harbour", "Out of office", "in3") == "auto_replied"
    assert answered("colossus", own, "in4") == "auto_replied"  # nobody there sent it
