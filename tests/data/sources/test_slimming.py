"""Big mails lose their attachments piece by piece; what a person wrote is the same as without the detour."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

import pytest

from data.errors import NotThisForm
from data.sources.forms import fields
from data.sources.slimming import MOST_OF_TEXT, TooMuchText, slim
from tests.data.sources.hook_requests import multipart, post

FILE = base64.b64encode(random.Random(7).randbytes(2_000_000)).decode()


def pieces(body: bytes, size: int = 65_536) -> Iterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def mail(attached: str = FILE) -> bytes:
    lines = "\r\n".join(attached[at : at + 76] for at in range(0, len(attached), 76))
    return (
        "From: Lena <lena@client.example>\r\nSubject: Re: Autumn\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed;\r\n boundary=outer\r\n\r\n"
        "--outer\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.b64encode('Ja, gern. Schöne Grüße'.encode()).decode()}\r\n"
        "--outer\r\nContent-Type:\r\n application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{lines}\r\n"
        "--outer\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n"
        f"{'1;2;3' * 100}\r\n"
        "--outer--\r\n"
    ).encode()


@pytest.mark.parametrize("size", [65_536, 4_096, 61])
def test_json_keeps_all_but_the_attachments(size: int) -> None:
    small = FILE[: 200_000 if size < 1_000 else None]
    body = {
        "TextBody": 'Yes: "see" the \\ brief.\n' + "ü" * 1_000,
        "Attachments": [{"Name": "Content", "Content": small, "ContentType": "application/pdf"}],
        "Note": "Content",
        "RawEmail": small,
    }
    kept = json.loads(slim("application/json", pieces(json.dumps(body, ensure_ascii=False).encode(), size)))
    assert kept == {
        **body,
        "Attachments": [{"Name": "Content", "Content": "", "ContentType": "application/pdf"}],
        "RawEmail": "",
    }


@pytest.mark.parametrize("letter", ["a", "ü", "\U0001f600", '"', "\\", "\n", "\u0001"])
@pytest.mark.parametrize("ascii_", [True, False])
def test_a_long_json_text_is_cut_and_stays_json(letter: str, ascii_: bool) -> None:
    body = json.dumps({"HtmlBody": letter * 400_000, "After": "x"}, ensure_ascii=ascii_).encode()
    kept = json.loads(slim("application/json", pieces(body, 9_973)).decode())
    assert kept["After"] == "x"
    assert 0 < len(kept["HtmlBody"]) <= MOST_OF_TEXT + 16
    assert set(kept["HtmlBody"]) <= {letter, "\ud83d"}


@pytest.mark.parametrize("size", [65_536, 1_000, 7])
def test_a_form_keeps_its_fields_and_drops_files(size: int) -> None:
    file = FILE.encode()[: 1_500_000 if size > 100 else 3_000]
    pairs = [
        ("from", b"lena@client.example"),
        ("empty", b""),
        ("text", b"Yes\r\n--no boundary\r\n"),
        ("b", file[:9]),
    ]
    request = multipart(pairs)
    big = request.body.replace(b"\x00\xff\r\n", file + b"\r\n", 1)
    kept = slim(request.headers["content-type"], pieces(big, size))
    assert len(kept) < 1_000
    assert fields(post(kept, content_type=request.headers["content-type"])) == fields(request)


@pytest.mark.parametrize("size", [65_536, 997])
def test_a_whole_mail_in_a_form_keeps_its_texts(size: int) -> None:
    from data.sources.mime import read_mail

    whole = mail(FILE if size > 1_000 else FILE[:100_000])
    request = multipart([("email", whole), ("to", b"us@north.example")])
    kept = slim(request.headers["content-type"], pieces(request.body, size))
    assert len(kept) < 3_000
    found = fields(post(kept, content_type=request.headers["content-type"]))
    assert found["to"] == [b"us@north.example"]
    assert read_mail(found["email"][0]) == read_mail(whole)
    assert read_mail(whole).plain == "Ja, gern. Schöne Grüße"

    coded = urlencode([("body-mime", whole), ("token", b"t"), ("after", b"%41 b&c")]).encode()
    kept = slim("application/x-www-form-urlencoded", pieces(coded, size))
    again = dict(parse_qsl(kept.decode()))
    assert (again["token"], again["after"]) == ("t", "%41 b&c")
    assert read_mail(again["body-mime"].encode()).plain == "Ja, gern. Schöne Grüße"


def test_too_much_text_and_no_form_are_refused() -> None:
    with pytest.raises(TooMuchText):
        slim("application/json", pieces(json.dumps(["x" * 299_000] * 5).encode()))
    with pytest.raises(NotThisForm):
        slim("multipart/form-data", pieces(b"x" * 2_000_000))
    with pytest.raises(NotThisForm):
        slim("multipart/form-data; boundary=X", pieces(b"--X\r\n" + b"a" * 2_000_000))


def test_any_pieces_make_the_same() -> None:
    random_ = random.Random(3)
    request = multipart([("email", mail(FILE[:5_000])), ("text", b"a\r\n\r\n--X\r\nb"), ("subject", b"Re")])
    bodies = [
        (request.headers["content-type"], request.body),
        ("application/json", json.dumps({"a": '\\"\u00fc:', "Attachments": [{"Content": "QUJD"}]}).encode()),
        (
            "application/x-www-form-urlencoded",
            urlencode([("a", "ü &="), ("body-mime", mail("QUJD"))]).encode(),
        ),
    ]
    for kind, body in bodies:
        whole = slim(kind, [body])
        for _ in range(60):
            cuts = sorted(random_.sample(range(len(body)), 5))
            parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
            assert slim(kind, parts) == whole
