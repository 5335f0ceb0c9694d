"""Every function that reads what strangers write, by module, and texts that are hard to read.

A new module that reads what comes from outside has an entry in READERS; `test_linear.py` finds one that has none. A
reader takes a text and puts it wherever a stranger can.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from data.errors import DataError
from data.events import (
    addresses,
    auto_replies,
    links,
    machines,
    mail_providers,
    month_names,
    replies,
    times,
    visible_text,
)
from data.events import canonical as events
from data.events import fields as event_fields
from data.intake import identity
from data.sources import (
    HookRequest,
    Secrets,
    bodies,
    charsets,
    fields,
    files,
    forms,
    headers,
    inbound,
    mime,
    multipart,
    signing,
    slimming,
    sources,
)
from data.sources.files import csv_table, guessing
from data.sources.providers import bounce_classes, canonical, mailgun, postmark, sendgrid, sns
from tests.support.provider_records import RECORDS
from tests.support.signers import ALWAYS_LISTS

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=XX"

Reader = Callable[[str], object]


def hard_texts(size: int) -> Iterator[tuple[str, str]]:
    """(name, text of about `size` characters): long runs, nested and unfinished things, odd encodings."""
    for unit in (
        *(" ", "\t", "\n", "\r\n", "a", "9", "é", "\u202e", "\x00", "\\", "\\u00", "\ud800", "\u200b"),
        *(
            '"',
            '\\"',
            '"a" ',
            "'",
            "(",
            "()",
            ")(",
            "<",
            "<a@",
            "<a>",
            "</",
            "[",
            "]",
            "{",
            "}",
            "{}",
            '{"a":',
            '["',
        ),
        *(
            ";",
            "=",
            ";a=",
            ';a="',
            '; a="a=',
            ";a=b",
            "a=b;",
            "*=",
            ";a*0=b",
            ";;",
            ":",
            ",",
            "@",
            "a@",
            "a@b,",
            ".",
        ),
        *(
            "a@b.example, ",
            "=?",
            "?=",
            "=?utf-8?q?",
            "=?utf-8?b?QUJD?= ",
            "=?a?b?",
            "=\r\n",
            "=3D",
            "=",
            "QUJD",
        ),
        *(
            "-",
            "--",
            "--\n",
            "--XX",
            "--XX\r\n",
            "--XX\r\n\r\n",
            "> ",
            ">\n",
            "_",
            "*",
            "&gt;",
            "\n\n",
            " \n",
        ),
        *(
            "&",
            "&#",
            "&#x",
            "&amp;",
            "&#99999999",
            "%",
            "%4",
            "%41",
            "+",
            "a&",
            "a=b&",
            "&=",
            "<!--",
            "<script>",
        ),
        *(
            "9:99 ",
            "1:23 a@b\n",
            "On 1:23 a@b \n",
            "on x\n",
            "on ",
            "wrote ",
            "on wrote",
            "wrote:",
            "le a écrit ",
        ),
        *(
            "From: a@b\n",
            "From: ",
            "From:\t",
            "Von:",
            "Am ",
            "a: b\r\n",
            "a:\r\n b",
            " b\r\n",
            "Sent from my ",
        ),
        *(
            "take ",
            "take me off ",
            "remove me",
            "not ",
            "spam",
            "unsubscribe ",
            "out of ",
            "auto",
            "auto: ",
            "re: ",
        ),
        *(
            "bot",
            "cubot",
            "link ",
            "Mozilla/5.0 ",
            "curl",
            "2026-",
            "T",
            "+00:00",
            "Jan 1, ",
            "1/",
            "e9",
            "-",
            ".",
        ),
        *(
            "a,",
            '"a","',
            "a;b\t",
            "a\n",
            '"\n',
            ",,",
            "[[[",
            "]]]",
            "}{",
            "\\\\",
            "Content-Type: ",
            "charset=",
        ),
    ):
        yield unit, (unit * (size // len(unit) + 1))[:size]
    deep = size // 2
    yield "nested lists", "[" * deep + "]" * deep
    yield "nested objects", '{"a":' * (size // 6) + "1" + "}" * (size // 6)
    yield "nested comments", "(" * deep + ")" * deep + " a@b.example"
    yield "long number", "1" * size
    blanks = " " * (size - 40)  # what comes after them must not be cut off
    yield "on wrote, blanks", f"on wrote{blanks}x"
    yield "on wrote, blanks and a colon", f"On 3 Sep, Bob wrote{blanks}:  x"
    yield "quoted, then blanks", f"> {blanks}x"
    yield "a reference of many digits", "&#" + "9" * size + ";"
    yield "a boundary and blanks", 'multipart/mixed; boundary="' + " " * size
    yield "a header and folds", "From: a\r\n" + " b\r\n" * (size // 4)
    yield "reply headers", "".join(f"From: a{n}@b.example\nSent: 1:23\n" for n in range(size // 30))


def tried(*calls: Callable[[], object]) -> None:
    """Call each; what a door may answer with is right."""
    for call in calls:
        with suppress(DataError):
            call()


def post(body: bytes, kind: str = "application/json", **more: str) -> HookRequest:
    return HookRequest("POST", "", {"content-type": kind, **more}, body)


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def in_parts(name: str, value: bytes, head: bytes = b"") -> bytes:
    return (
        b'--XX\r\nContent-Disposition: form-data; name="%s"\r\n%s\r\n' % (name.encode(), head)
        + value
        + b"\r\n--XX--\r\n"
    )


def through(source: Any, *requests: HookRequest) -> None:
    """Verify, parse, check: what a hook does, whether the signature was right or not."""
    for request in requests:
        tried(lambda r=request: source.verify(r, Secrets("secret"), NOW))  # type: ignore[misc]
        with suppress(DataError):
            events.canonical_many(source.parse(request).records, NOW)


def of_forms(text: str) -> None:
    body = raw(text)
    head = b"Content-Disposition: form-data; " + body.replace(b"\n", b" ") + b"\r\n"
    for request in (
        post(body, FORM),
        post(b"a=" + body, FORM),
        post(body + b"=b", FORM),
        post(in_parts("from", body), PARTS),
        post(b"--XX\r\n" + body + b"\r\n\r\n1\r\n--XX--", PARTS),
        post(b"--XX\r\n" + head + b"\r\n1\r\n--XX--", PARTS),
        post(body, PARTS),
        post(b"1", "multipart/form-data; boundary=" + text.replace("\n", " ")),
        post(body, "multipart/form-data; a=" + text.replace("\n", " ") + "; boundary=XX"),
        post(in_parts("from", body, b"Content-Transfer-Encoding: base64\r\n"), PARTS),
        post(in_parts("from", body, b"Content-Transfer-Encoding: quoted-printable\r\n"), PARTS),
    ):
        tried(lambda r=request: forms.texts(forms.fields(r)))  # type: ignore[misc]
        tried(lambda r=request: forms.fields(r, {"token"}))  # type: ignore[misc]


def of_mail(text: str) -> None:
    body = raw(text)
    one_line = body.replace(b"\r", b" ").replace(b"\n", b" ")
    for whole in (
        body,
        b"From: " + one_line + b"\r\nSubject: " + one_line + b"\r\nDate: " + one_line + b"\r\n\r\nx",
        b"Content-Type: " + one_line + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=XX\r\n\r\n" + body,
        b"Content-Type: multipart/mixed; boundary=XX\r\n\r\n--XX\r\n" + body + b"\r\n\r\n--XX--",
        b"Content-Type: text/plain; charset=" + one_line + b"\r\n\r\nx",
        *(
            b"Content-Type: text/%s; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s"
            % (kind, charset, how, body)
            for kind, charset, how in (
                *(
                    (b"plain", b"utf-8", b"8bit"),
                    (b"html", b"utf-16", b"base64"),
                    (b"plain", b"utf-7", b"8bit"),
                ),
                *((b"plain", b"punycode", b"8bit"), (b"plain", b"idna", b"quoted-printable")),
            )
        ),
    ):
        tried(lambda w=whole: mime.record_of(mime.read_mail(w), None, ""))  # type: ignore[misc]


def of_slimming(text: str) -> None:
    body = raw(text)
    for kind, content in (
        ("application/json", b'{"TextBody":"' + body + b'"}'),
        (PARTS, in_parts("email", body)),
        (PARTS, b"--XX\r\n" + body),
        (FORM, b"body-mime=" + body),
    ):
        pieces = [content[at : at + 4_096] for at in range(0, len(content), 4_096)]
        tried(lambda k=kind, p=pieces: slimming.slim(k, p))  # type: ignore[misc]


def of_sendgrid(text: str) -> None:
    body = raw(text)
    event = {
        "event": "open",
        "email": text,
        "sg_message_id": text,
        "smtp-id": text,
        "useragent": text,
        "ip": text,
    }
    signed = {
        "x-twilio-email-event-webhook-signature": text,
        "x-twilio-email-event-webhook-timestamp": text,
    }
    through(
        sendgrid.SOURCE,
        post(body),
        post(b"[" + body + b"]"),
        post(json.dumps([{**event, "timestamp": 1, "reason": text, "category": [text]}]).encode()),
        post(b"[]", **signed),
        *(
            post(in_parts(name, body) + in_parts("from", b"a@b.example"), PARTS)
            for name in ("from", "headers", "text", "html", "subject", "charsets", "envelope")
        ),
    )


def of_mailgun(text: str) -> None:
    body = raw(text)
    event = {
        "event": "opened",
        "timestamp": text,
        "recipient": text,
        "url": text,
        "client-info": {"user-agent": text},
    }
    through(
        mailgun.SOURCE,
        post(body),
        post(json.dumps({"signature": {"timestamp": text, "token": text, "signature": text}}).encode()),
        post(
            json.dumps(
                {"signature": {}, "event-data": {**event, "message": {"headers": {"from": text}}}}
            ).encode()
        ),
        *(
            post(name.encode() + b"=" + quote_plus(body).encode(), FORM)
            for name in (
                "from",
                "message-headers",
                "stripped-text",
                "body-plain",
                "body-html",
                "token",
                "event",
            )
        ),
        post(b"--XX\r\nContent-Disposition: form-data; name=" + body + b"\r\n\r\n1\r\n--XX--", PARTS),
    )


def of_postmark(text: str) -> None:
    mail = {"FromFull": {"Email": text}, "Subject": text, "TextBody": text, "Date": text, "MessageID": text}
    through(
        postmark.SOURCE,
        post(raw(text), authorization=text),
        post(b"{}", authorization="Basic " + text),
        post(json.dumps({**mail, "Headers": [{"Name": "x", "Value": text}]}).encode()),
        post(json.dumps({"FromFull": {}, "HtmlBody": text, "StrippedTextReply": text}).encode()),
        post(
            json.dumps(
                {"RecordType": "Click", "OriginalLink": text, "ReceivedAt": text, "Tag": text}
            ).encode()
        ),
    )


#: What says which kind of payload it is: with a long text there, nothing else would be read.
_KINDS = frozenset(("event", "type", "eventType", "notificationType", "Type", "msys", "bounceType"))


def everywhere(value: Any, text: str) -> Any:
    """The payload with `text` in the place of each text and number in it."""
    if isinstance(value, dict):
        return {
            key: item if key in _KINDS and isinstance(item, str) else everywhere(item, text)
            for key, item in value.items()
        }
    return [everywhere(item, text) for item in value] if isinstance(value, list) else text


def of_provider(name: str) -> Reader:
    """The reader of a provider's deliveries: a long text as the body, and wherever there is one in a payload."""
    source, listed = sources()[name], name in ALWAYS_LISTS

    def read(text: str) -> None:
        payloads = [everywhere(record, text) for record in RECORDS[name]]
        bodies = [raw(text), *(json.dumps([each] if listed else each).encode() for each in payloads)]
        headers = dict.fromkeys(
            ("authorization", "signature", "svix-signature", "x-mandrill-signature"), text
        )
        for body in bodies:
            if name == "mandrill":
                request = post(b"mandrill_events=" + quote_plus(body).encode(), FORM, **headers)
            elif name == "amazon_ses":
                message = {
                    "Message": body.decode("utf-8", "replace"),
                    "SigningCertURL": text,
                    "Signature": text,
                }
                told = {"Type": "Notification", "SignatureVersion": "1", "TopicArn": text, **message}
                request = post(json.dumps(told).encode(), **headers)
            else:
                request = post(body, **headers)
            through(source, request)

    return read


def of_sns(text: str) -> None:
    told = {"TopicArn": text, "SubscribeURL": f"https://{text}", "Token": text}
    tried(
        lambda: sns.is_topic(text),
        lambda: sns.check({"Type": "Notification", "SignatureVersion": "1", "SigningCertURL": text}, NOW),
        lambda: sns.confirm(told),
        lambda: sns.confirm({**told, "TopicArn": "arn:aws:sns:eu-west-1:123456789012:x"}),
    )


def of_canonical(text: str) -> None:
    record = {"event": "replied", "occurred_at": text, "lead": text, "reply_text": text, "subject": text}
    through(
        canonical.SOURCE,
        post(raw(text)),
        post(b"[" + raw(text) + b"]"),
        post(json.dumps(record).encode()),
        post(b"{}", **{"webhook-id": text, "webhook-timestamp": text, "webhook-signature": text}),
        post(
            b"{}",
            **{"webhook-id": "a", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": text},
        ),
    )


def of_files(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.jsonl", "a.csv", "a"):
            path = Path(folder) / name
            path.write_bytes(raw(text))
            tried(lambda p=path: list(files.read([p])))  # type: ignore[misc]
        path.write_bytes(b"event,occurred_at\n" + raw(text))
        tried(lambda p=path: list(csv_table.csv_rows(p)))  # type: ignore[misc]
        tables = Path(folder) / "tables"
        tables.mkdir()
        with (tables / "campaign_recipient.csv").open("w", newline="", errors="surrogatepass") as file:
            csv.writer(file).writerows([["campaign_id", "member_id"], [text.replace("\x00", ""), text[:10]]])
        tried(lambda: list(files.read([tables], "mailchimp")))


def of_guesses(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(b"event,occurred_at\n" + raw(text))
        tried(lambda: guessing.guess(path))
        path.write_bytes(raw(text))
        tried(lambda: guessing.guess(path))


def of_events(text: str) -> None:
    for field in sorted(events.FIELDS):
        record = {"event": "opened", "occurred_at": "2026-11-01", "message_id": "m", field: text}
        events.canonical_many([record, {"event": "opened", "message_id": "m", "x": text}], NOW)
    told = {"event": "replied", "lead": f"l{text[:400]}", "occurred_at": 1790000000}
    tried(lambda: identity.poorer_keys(events.canonical(told, received_at=NOW)._replace(message_id=text)))


def of_header_lines(text: str) -> None:
    lines = headers.header_lines(text)
    for _, value in [*lines, ("", text)]:
        headers.parameters(value)
        headers.decoded(value)
        headers.address(value)
        headers.moment_of(value)


#: Providers whose payloads are in tests/support/provider_records.py alone.
PROVIDERS = ("amazon_ses", "brevo", "mailersend", "mailjet", "mandrill", "resend", "sparkpost")
#: Modules whose readers go through all others: over every 13th text in `make test`, over all in `make faults`.
WHOLE = ("canonical", "data.events.canonical", "registry", "mailgun", "postmark", "sendgrid", *PROVIDERS)
#: And those that read a text in several places: over every second.
COMPOUND = ("forms", "mime", "replies", "slimming")
#: Modules whose readers all go through `data.sources.files.registry`.
_THROUGH_FILES = [
    f"data.sources.files.{name}"
    for name in (
        *(
            "bounds",
            "columns",
            "csv_table",
            "dates",
            "encoding",
            "foreign",
            "json_file",
            "mailchimp",
            "parquet_file",
            "products",
        ),
        *("reading", "workbook"),
    )
]
#: By module. Each is run over every hard text.
READERS: dict[str, list[Reader]] = {
    "data.events.fields": [
        lambda text: tried(
            lambda: event_fields.id_or_none(text, "lead"),
            lambda: event_fields.text_or_none(text, "subject"),
            lambda: event_fields.storable(text),
        )
    ],
    "data.events.canonical": [of_events],
    "data.intake.identity": [identity.legacy_key],  # of events: see there
    "data.events.links": [
        links.link_of,
        lambda text: links.link_of(f"https://x.example/{text}?{text}={text}"),
    ],
    "data.events.month_names": [
        lambda text: tried(lambda: month_names.with_month_name(f"1 Sep 2026 {text}"))
    ],
    "data.events.mail_providers": [
        lambda text: [
            mail_providers.domain_of(text),
            mail_providers.sender_provider(text),
            mail_providers.named_provider(text, "x"),
        ]
    ],
    "data.events.replies": [lambda text: replies.sentiment(None, text)],  # which asks all the others
    "data.events.addresses": [addresses.mailbox],
    "data.events.auto_replies": [
        lambda text: auto_replies.automatic([("Auto-Submitted", text)], text, text, text),
    ],
    "data.events.visible_text": [visible_text.visible],
    "data.events.machines": [
        lambda text: machines.machine_reason("opened", text[: event_fields.CUT["user_agent"]], text[:100])
    ],
    "data.events.times": [lambda text: tried(lambda: times.moment(text))],
    "data.sources.bodies": [
        lambda text: tried(lambda: bodies.elements(text), lambda: bodies.one_object(text))
    ],
    "data.sources.providers.canonical": [of_canonical],
    "data.sources.charsets": [
        lambda text: [
            charsets.text_of_charset(raw(text), name) for name in ("punycode", "idna", "utf-7", text)
        ]
    ],
    "data.sources.fields": [
        lambda text: [fields.own({"campaign": text}, [text]), fields.per_recipient(text, text)]
    ],
    "data.sources.files.registry": [of_files],
    "data.sources.files.guessing": [of_guesses],
    **{name: [] for name in _THROUGH_FILES},
    "data.sources.forms": [of_forms],
    "data.sources.headers": [of_header_lines],
    "data.sources.inbound": [
        inbound.text_of_html,
        lambda text: inbound.automatic([("Auto-Submitted", text), (text, text)], text, text),
    ],
    "data.sources.mail_process": [],  # it runs data.sources.mime, elsewhere
    "data.sources.providers.mailgun": [of_mailgun],
    "data.sources.mime": [of_mail],
    "data.sources.multipart": [
        lambda text: tried(
            lambda: multipart.split(raw(text), b"XX", 1_000),
            lambda: multipart.part_of(raw(text)).disposition,
            lambda: multipart.boundary_of(text),
        )
    ],
    "data.sources.providers.postmark": [of_postmark],
    "data.sources.providers.sendgrid": [of_sendgrid],
    "data.sources.providers.bounce_classes": [lambda text: bounce_classes.of_class(text, "soft")],
    "data.sources.providers.sns": [of_sns],
    "data.sources.providers.standard_webhooks": [],  # through data.sources.providers.canonical
    **{f"data.sources.providers.{name}": [of_provider(name)] for name in PROVIDERS},
    "data.sources.signing": [
        lambda text: tried(
            lambda: signing.check_clock(text, NOW),
            lambda: signing.check_basic(post(b"", authorization="Basic " + text), Secrets("s")),
        )
    ],
    "data.sources.slim_json": [],  # through data.sources.slimming
    "data.sources.slimming": [of_slimming],
}
#: Modules of `data/sources` and modules with patterns that read nothing from outside.
NOT_OUTSIDE: dict[str, str] = {
    "data.sources": "the package: only what its modules hand to each other",
    "data.sources.providers": "the package: only what its modules hand to each other",
    "data.sources.files": "the package: it gives on what its modules read",
    "data.sources.files.memory": "limits this process; it reads only what the kernel says of it",
    "data.sources.files.parquet_bounds": "looks at a file's declared sizes, and counts rows and bytes",
}
