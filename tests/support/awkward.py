"""Deliveries and files that people report as counted wrongly elsewhere, each with its figures worked out by hand.

A case is what one client's provider sends, or one file, told in requests as they come. `take_in` brings it through
the door it comes by, as often as somebody likes.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from data.events.canonical import Parked, canonical_many
from data.intake import own_subjects
from data.intake.inbox import Inbox, Receipt
from data.lake.lake import Lake
from data.sources import HookRequest, sources
from data.sources.files import Reading, read

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
AS_OF = START + timedelta(days=20)
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@dataclass(frozen=True)
class Case:
    """`bodies`: requests to the hook of `provider`, or files (bytes, or a path) where that is "file".

    `right`: data type → (n, base). `sent`, `links`: e-mails sent and rows of top links, in cases about them.
    """

    name: str
    provider: str
    bodies: tuple[Any, ...]
    right: dict[str, tuple[int, int]] = field(default_factory=dict)
    sent: int | None = None
    links: int | None = None


def at(seconds: float) -> int:
    return int(START.timestamp() + seconds)


def iso(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def _sendgrid(who: str, event: str, seconds: float, **more: Any) -> dict[str, Any]:
    return {
        "email": f"{who}@client.example",
        "event": event,
        "timestamp": at(seconds),
        "sg_message_id": f"{who}.recvd-1.0",
        "campaign": "Autumn",
        "useragent": PERSON,
        **more,
    }


def _retried(number: int) -> list[dict[str, Any]]:
    return [
        _sendgrid("bob", "processed", 0, sg_event_id=f"p{number}"),
        _sendgrid("bob", "open", 900, sg_event_id=f"o{number}"),
        _sendgrid("bob", "click", 930, sg_event_id=f"c{number}", url="https://shop.example/"),
    ]


def _postmark(record: str, who: str, key: str, seconds: float, **more: Any) -> dict[str, Any]:
    name = "Email" if record == "Bounce" else "Recipient"
    return {
        "RecordType": record,
        "MessageID": "one-call",
        name: f"{who}@client.example",
        key: iso(seconds),
        "Tag": "Autumn",
        "UserAgent": PERSON,
        **more,
    }


def _answers(subjects: Iterable[str], *, campaign: bool) -> tuple[dict[str, Any], ...]:
    """An e-mail to each of as many people, and what came back; `campaign`: under the campaign's own subjects."""
    bodies: list[dict[str, Any]] = []
    for number, subject in enumerate(subjects):
        who, message = f"p{number}", {"MessageID": f"m{number}"}
        own = {"Metadata": {"subject": subject if campaign else "Our offer"}}
        bodies.append(_postmark("Delivery", who, "DeliveredAt", number, **message, **own))
        bodies.append(
            {
                "FromFull": {"Email": f"{who}@client.example"},
                "MessageID": f"in{number}",
                "Subject": subject,
                "Date": f"Mon, 2 Nov 2026 10:{number:02}:00 +0000",
                "TextBody": "Can you call me tomorrow?" if campaign else "",
                "Headers": [],
            }
        )
    return tuple(bodies)


def _mailgun(who: str, event: str, seconds: float, **more: Any) -> dict[str, Any]:
    data = {
        "event": event,
        "id": f"{who}-{event}",
        "timestamp": at(seconds),
        "recipient": f"{who}@client.example",
        "message": {"headers": {"message-id": f"{who}@mg.example", "subject": "Our offer"}},
        "client-info": {"user-agent": PERSON},
        **more,
    }
    return {"signature": {"timestamp": str(at(0)), "token": f"{who}{event}{seconds}"}, "event-data": data}


def _canonical(
    event: str, message: str | None, seconds: float, lead: str = "", **more: Any
) -> dict[str, Any]:
    record = {"event": event, "occurred_at": iso(seconds), "message_id": message, **more}
    return {k: v for k, v in record.items() if v is not None} | {"lead": lead or f"{message}@client.example"}


_BOUNCES = [
    *(_canonical("sent", f"m{n}", n) for n in range(5)),
    # Soft, then hard: one, hard. Hard three times: one. Soft, then read and answered: none. Deferred: none.
    _canonical("bounced", "m0", 60, bounce_kind="soft"),
    _canonical("bounced", "m0", 3_600, bounce_kind="hard"),
    *(_canonical("bounced", "m1", s, bounce_kind="hard") for s in (60, 90, 7_200)),
    _canonical("bounced", "m2", 60, bounce_kind="soft"),
    _canonical("delivered", "m2", 2_400),
    _canonical("replied", "m2", 9_000, reply_text="Yes, call me"),
    _canonical("deferred", "m3", 60),
]
_GATEWAY = [
    *(
        _canonical(kind, f"m{n}", 2 * (kind == "delivered"))
        for n in range(3)
        for kind in ("sent", "delivered")
    ),
    *(
        _canonical("clicked", "m0", 4 + n, url=f"https://shop.example/{n}", user_agent=PERSON)
        for n in range(6)
    ),
    _canonical("clicked", "m0", 9_000, url="https://shop.example/1", user_agent=PERSON),
    _canonical("clicked", "m1", 5, url="https://shop.example/0", user_agent=PERSON),
]
_PROXY = [
    *(_canonical("sent", f"m{n}", 0) for n in range(4)),
    *(_canonical("opened", f"m{n}", 3_600 * (n + 1), user_agent=GMAIL) for n in range(2)),
    _canonical("opened", "m2", 1, user_agent=GMAIL),
]
_LINKS = [
    record
    for number, query in enumerate(
        (
            "a=1&utm_source=mail",
            "utm_source=x&amp;a=1",
            "a=1",
            "a=1&contact=77&token=9f86d081884c7d659a2feaa0",
        )
    )
    for record in (
        _canonical("sent", f"m{number}", number),
        _canonical(
            "clicked", f"m{number}", 3_600, url=f"https://{'SHOP' if number else 'shop'}.example:443/?{query}"
        ),
    )
]
_SPELLINGS = [
    record
    for number, (one, other) in enumerate(
        (
            ("Ann@Client.example", "ann@client.example"),
            ("Ben Li <ben@client.example>", "mailto:ben@client.example"),
            ("cora@b\u00fccher.example", "cora@xn--bcher-kva.example."),
            ("d\u00e9a@client.example", "\u200bde\u0301a@client.example"),
        )
    )
    for record in (
        _canonical("sent", f"m{number}", 0, one),
        _canonical("replied", None, 3_600, other, reply_text="yes"),
    )
]
_HEAD = "event,occurred_at,message_id,lead,campaign"
_ROWS = [
    *(f"sent,2026-11-02T09:00:0{n}Z,m{n},p{n}@client.example,\u00c9t\u00e9" for n in range(3)),
    "opened,2026-11-02T11:00:00Z,m0,p0@client.example,\u00c9t\u00e9",
]
_TEXT = "\r\n".join([_HEAD, *_ROWS]) + "\r\n"
_DAYS = "\n".join([_HEAD, *(f"sent,{n:02}/11/2026 10:00,d{n},p{n}@client.example,D" for n in range(2, 15))])
_ONE_OF_THREE = {"open": (1, 3)}

_BREVO = [
    {
        "event": name,
        "email": "bob@client.example",
        "message-id": "<b1@relay.example>",
        "tags": ["Autumn"],
        "ts_epoch": at(seconds) * factor,
    }
    for name, seconds, factor in (
        ("request", 0, 1_000),
        ("delivered", 4, 1_000),
        ("unique_opened", 900, 1_000),
        ("opened", 900, 1),  # the same moment in seconds, as some of Brevo's events tell it
        ("request", 0, 1),
    )
]
_SES_MAIL = {
    "messageId": "ses-1",
    "timestamp": iso(0),
    "destination": [f"{who}@client.example" for who in ("ann", "bob", "cora")],
}
_SES = [
    {"eventType": "Send", "mail": _SES_MAIL, "send": {}},
    {
        "notificationType": "Bounce",
        "mail": _SES_MAIL,
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "timestamp": iso(5),
            "bouncedRecipients": [{"emailAddress": "ann@client.example"}],
        },
    },
    {
        "eventType": "Delivery",
        "mail": _SES_MAIL,
        "delivery": {"timestamp": iso(6), "recipients": ["bob@client.example", "cora@client.example"]},
    },
]

CASES = (
    Case("one open told in two ways", "brevo", tuple(_BREVO), {"open": (1, 1)}, sent=1),
    Case("one of three recipients bounced", "amazon_ses", tuple(_SES), {"bounce": (1, 3)}, sent=3),
    Case(
        "a batch that is sent again under new ids",
        "sendgrid",
        (_retried(1), _retried(2), _retried(3)),
        {"open": (1, 1), "click": (1, 1)},
        sent=1,
    ),
    Case(
        "two events under one id",
        "sendgrid",
        (
            [
                _sendgrid("ann", "processed", 0, sg_event_id="a"),
                _sendgrid("bob", "processed", 0, sg_event_id="b"),
            ],
            [_sendgrid("ann", "dropped", 1, sg_event_id="same", reason="Bounced Address")],
            [_sendgrid("bob", "click", 500, sg_event_id="same", url="https://shop.example/")],
        ),
        {"click": (1, 1), "bounce": (0, 2)},
    ),
    Case(
        "To, Cc and Bcc under one id",
        "postmark",
        (
            _postmark("Delivery", "ann", "DeliveredAt", 0),
            _postmark("Delivery", "bob", "DeliveredAt", 1),
            _postmark("Bounce", "gone", "BouncedAt", 2, ID=7, Type="HardBounce"),
            _postmark("Open", "ann", "ReceivedAt", 600, FirstOpen=True),
            _postmark("Open", "ann", "ReceivedAt", 600, FirstOpen=False),
        ),
        {"open": (1, 2), "bounce": (1, 3)},
        sent=3,
    ),
    Case(
        "answers to campaigns about holidays",
        "postmark",
        _answers(
            ("Re: On leave? A villa", "AW: Abwesenheit planen", "Out of office: desks in Lyon"), campaign=True
        ),
        {"reply": (3, 3)},
    ),
    Case(
        "absence notices without a header",
        "postmark",
        _answers(
            (
                "[EXTERN] Automatische Antwort: Our offer",
                "Je suis en cong\u00e9s",
                "Jag \u00e4r p\u00e5 semester",
                "\u51fa\u5f35\u4e2d\u3067\u3059",
                "Jane Doe is out of the office (returning 9 Nov)",
            ),
            campaign=False,
        ),
        {"reply": (0, 5)},
    ),
    Case(
        "what was never sent is no bounce",
        "mailgun",
        (
            _mailgun("ann", "accepted", 0),
            _mailgun("bob", "accepted", 0),
            _mailgun("bob", "failed", 1, severity="permanent", reason="suppress-bounce"),
            _mailgun("ann", "opened", 600),
            _mailgun("ann", "opened", 600),
        ),
        {"open": (1, 1), "bounce": (0, 2)},
        sent=2,
    ),
    Case("bounces told several times", "canonical", (_BOUNCES,), {"bounce": (2, 5), "reply": (1, 3)}),
    Case("a gateway that clicks every link", "canonical", (_GATEWAY,), {"click": (1, 3)}),
    Case("Gmail's pictures", "canonical", (_PROXY,), {"open": (2, 4)}),
    Case("one link in many spellings", "canonical", (_LINKS,), {"click": (4, 4)}, links=1),
    Case("one mailbox in many spellings", "canonical", (_SPELLINGS,), {"reply": (4, 4)}),
    Case(
        "UTF-16 with tabs",
        "file",
        (codecs.BOM_UTF16_LE + _TEXT.replace(",", "\t").encode("utf-16-le"),),
        _ONE_OF_THREE,
    ),
    Case(
        "carriage returns, Mac Roman",
        "file",
        (_TEXT.replace("\r\n", "\r").encode("mac-roman"),),
        _ONE_OF_THREE,
    ),
    Case(
        "sep= and semicolons",
        "file",
        (("sep=;\r\n" + _TEXT.replace(",", ";")).encode("cp1252"),),
        _ONE_OF_THREE,
    ),
    Case("days before months", "file", (_DAYS.encode(),), {"open": (0, 13)}, sent=13),
    Case(
        "rows that cannot be events beside rows that are",
        "file",
        ((_TEXT + "danced,2026-11-02T09:00:00Z,m9,x@client.example,D\r\nTotal,,4,,\r\n").encode(),),
        _ONE_OF_THREE,
    ),
)


def take_in(lake: Lake, door: Inbox, workspace_id: int, case: Case, body: Any, folder: Path) -> Receipt:
    """One request or file, as the hook or `vitrine ingest` hands it to the inbox; its rows all accounted for."""
    received = AS_OF - timedelta(days=1)
    if case.provider == "file":
        records, parked = _file(body, folder)
    else:
        raw = json.dumps(body, ensure_ascii=False).encode()
        delivery = sources()[case.provider].parse(HookRequest("POST", "/hooks/x/key", {}, raw))
        records, parked = list(delivery.records), list(delivery.parked)
    handed_in = len(records) + len(parked)
    events, bad = canonical_many(own_subjects.settled(lake.engine, workspace_id, records), received)
    receipt = door.put(workspace_id, None, events, [*parked, *bad], received_at=received)
    assert receipt.new + receipt.duplicate + receipt.parked == handed_in
    return receipt


def _file(body: bytes, folder: Path) -> tuple[list[dict[str, Any]], list[Parked]]:
    path = body
    if not isinstance(body, Path):
        path = folder / "export.csv"
        path.write_bytes(body)
    rows: list[Any] = [row for _, row in read([path], None, Reading())]
    return [row for row in rows if isinstance(row, dict)], [row for row in rows if isinstance(row, Parked)]
