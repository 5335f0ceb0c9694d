"""When an answer came, by whose clock; and what providers call bounced although it was never sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data.events.canonical import canonical
from data.sources import HookRequest, inbound
from data.sources.providers import mailgun, postmark, sendgrid

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def _one(source: Any, body: Any) -> Any:
    request = HookRequest("POST", "", {"content-type": "application/json"}, json.dumps(body).encode())
    (record,) = source.parse(request).records
    return canonical(record, received_at=NOW)


def _postmark(date: str, *received: str) -> Any:
    return _one(
        postmark,
        {
            "RecordType": "Inbound",
            "MessageID": "in-1",
            "FromFull": {"Email": "Ann <ANN@client.example>"},
            "Subject": "Re: Hello",
            "TextBody": "Yes.",
            "Date": date,
            "Headers": [{"Name": "Received", "Value": value} for value in received],
        },
    )


def test_the_providers_own_line_goes_before_the_senders_clock() -> None:
    ours = "by p-pm-inbound.example with SMTP id 1 for <x@in.example>; Mon, 30 Nov 2026 09:00:05 +0000 (UTC)"
    theirs = "from laptop by mx.client.example; Mon, 30 Nov 2026 10:59:00 +0200"
    event = _postmark("Sat, 28 Nov 2026 01:00:00 +0000", ours, theirs)
    assert event.occurred_at == datetime(2026, 11, 30, 9, 0, 5, tzinfo=UTC)
    assert event.lead == "ann@client.example"


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Sat, 28 Nov 2026 01:00:00 +0000", datetime(2026, 11, 28, 1, tzinfo=UTC)),
        (
            "Thu, 03 Dec 2026 01:00:00 +0000",
            NOW,
        ),  # ahead of its arrival: the clock is wrong, and nothing is parked
        ("no date", NOW),
    ],
)
def test_only_the_senders_clock(date: str, at: datetime) -> None:
    assert _postmark(date).occurred_at == at


@pytest.mark.parametrize("line", ["", ";", "by mx.example", "by mx.example; never", "; " * 40_000])
def test_a_received_line_that_says_nothing(line: str) -> None:
    assert inbound.received_of([("Received", line)]) is None


@pytest.mark.parametrize(
    ("reason", "code", "event"),
    [
        ("suppress-bounce", 605, "failed"),
        ("suppress-unsubscribe", 606, "failed"),
        ("suppress-complaint", 607, "failed"),
        ("generic", 605, "failed"),
        ("bounce", 550, "bounced"),
    ],
)
def test_mailgun_never_tried_what_it_suppressed(reason: str, code: int, event: str) -> None:
    data = {
        "event": "failed",
        "severity": "permanent",
        "reason": reason,
        "id": "e1",
        "timestamp": 1_795_000_000.5,
        "recipient": "ann@client.example",
        "delivery-status": {"code": code},
        "message": {"headers": {"message-id": "m1@mg.example"}},
    }
    assert _one(mailgun, {"signature": {}, "event-data": data}).event == event


def test_mailguns_gmail_bot_is_the_proxy_people_read_through() -> None:
    def machine(bot: str) -> bool:
        data = {
            "event": "opened",
            "id": "e1",
            "timestamp": 1_795_000_000.5,
            "recipient": "ann@gmail.com",
            "client-info": {"bot": bot, "user-agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"},
            "message": {"headers": {"message-id": "m1@mg.example"}},
        }
        return bool(_one(mailgun, {"signature": {}, "event-data": data}).machine)

    assert machine("apple")
    assert not machine("gmail")


@pytest.mark.parametrize(
    "reason", ["Bounced Address", "Unsubscribed Address", "Spam Reporting Address", "Invalid"]
)
def test_sendgrids_dropped_was_never_sent(reason: str) -> None:
    dropped = {
        "event": "dropped",
        "email": "ann@client.example",
        "timestamp": 1_795_000_000,
        "reason": reason,
    }
    assert _one(sendgrid, [{**dropped, "sg_event_id": "x", "sg_message_id": "M1.recvd-1"}]).event == "failed"


def test_postmarks_deactivated_address_was_never_sent_to() -> None:
    body = {"RecordType": "Bounce", "Type": "ManuallyDeactivated", "ID": 1, "MessageID": "m1"}
    body |= {"Email": "ann@client.example", "BouncedAt": "2026-11-30T09:00:00Z"}
    assert _one(postmark, body).event == "failed"
