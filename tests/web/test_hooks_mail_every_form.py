"""Arrived mail with attachments as providers post it that parse it: signed over all of it, kept without them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from data.sources import sources
from tests.support.signers import SIGNERS
from tests.web.test_hooks_every_provider import connected, deliver, taken
from tests.web.test_hooks_mail import FILE

CODED = base64.b64encode(FILE).decode()
WHOLE = f"From: Lena <lena@client.example>\r\nSubject: Re: A\r\n\r\nYes, see the brief.\r\n{CODED}"
TEXT = "Yes, see the “attached” brief."
HEADERS = {"Message-ID": "<in1@client.example>", "From": "Lena <lena@client.example>"}
MAILS: dict[str, Any] = {
    "mailersend": {
        "type": "inbound.message",
        "created_at": "2026-11-02T09:00:00Z",
        "data": {
            "id": "in1",
            "from": {"email": "lena@client.example"},
            "headers": HEADERS,
            "raw": WHOLE,
            "attachments": [{"file_name": "brief.pdf", "content": CODED}],
            "text": TEXT,
        },
    },
    "mandrill": [
        {
            "event": "inbound",
            "ts": 1_793_000_000,
            "msg": {
                "raw_msg": WHOLE,
                "attachments": {"brief.pdf": {"name": "brief.pdf", "content": CODED}},
                "from_email": "lena@client.example",
                "headers": HEADERS,
                "text": TEXT,
            },
        }
    ],
    "sparkpost": [
        {
            "msys": {
                "relay_message": {
                    "content": {
                        "email_rfc822": WHOLE,
                        "headers": [HEADERS],
                        "text": TEXT,
                        "subject": "Re: A",
                    },
                    "msg_from": "lena@client.example",
                }
            }
        }
    ],
    "mailjet": {
        "From": "Lena <lena@client.example>",
        "Headers": HEADERS,
        "Attachment1": CODED,
        "InlineAttachment12": CODED,
        "Text-part": TEXT,
    },
}


def test_every_form_of_mail_is_here() -> None:
    here = {*MAILS, "postmark", "mailgun", "sendgrid", "brevo"}  # Brevo keeps attachments to itself
    assert {name for name, source in sources().items() if source.takes_mail} == here


@pytest.mark.parametrize("provider", sorted(MAILS))
def test_a_reply_with_an_attachment_counts_once(client: Any, running: Any, world: Any, provider: str) -> None:
    path, _ = connected(running, world, provider)
    payload = json.dumps(MAILS[provider]).encode()
    assert len(payload) > 3_000_000
    for new in (1, 0):
        answer = deliver(client, running, provider, path, payload)
        assert (answer.status_code, answer.json["new"]) == (200, new), answer.data
        assert answer.json["parked"] == 0
    (event,) = taken(running)
    assert (event["event"], event["lead"], event["reply_text"]) == ("replied", "lena@client.example", TEXT)
    assert len(event["raw"]) < 5_000


@pytest.mark.parametrize("provider", ["mailersend", "mandrill"])
def test_a_byte_of_the_attachment_is_signed_too(client: Any, running: Any, world: Any, provider: str) -> None:
    path, _ = connected(running, world, provider)
    signer, url = SIGNERS[provider], f"{running.settings.public_url}{path}"
    body, headers = signer.dress(signer.secret, url, json.dumps(MAILS[provider]).encode())
    middle = len(body) // 2
    changed = body[:middle] + (b"B" if body[middle : middle + 1] == b"A" else b"A") + body[middle + 1 :]
    for tampered in (changed, body + b" ", body[:-20]):
        assert client.post(path, data=tampered, headers=headers).status_code in (400, 401)
    assert (
        deliver(
            client, running, provider, path, json.dumps(MAILS[provider]).encode(), signer.other
        ).status_code
        == 401
    )
    assert taken(running) == []
