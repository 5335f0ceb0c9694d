"""A file's bytes as text: its encoding, decided from all of it, or a sentence that says what it is instead."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Final

from data.errors import NotThisForm
from data.sources.files.reading import Reading

_BOM: Final = codecs.BOM_UTF8
#: What files of other kinds begin with, and what to do about each.
_OTHER_KINDS: Final = (
    (
        b"PK\x03\x04",
        "a ZIP file or an Excel workbook that cannot be opened",
        "Save it as .xlsx or CSV again.",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "Save it as .xlsx or CSV."),
    (b"\x1f\x8b", "compressed (gzip)", "Unpack it first."),
    (b"BZh", "compressed (bzip2)", "Unpack it first."),
    (b"\xfd7zXZ", "compressed (xz)", "Unpack it first."),
    (b"7z\xbc\xaf", "compressed (7z)", "Unpack it first."),
    (b"%PDF", "a PDF document", "Export the data as CSV."),
    (b"{\\rtf", "a rich text document", "Save it as plain text."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
    (b"\x89PNG", "a picture", "Export the data as CSV."),
    (b"ORC", "an ORC file", "Save it as Parquet or CSV."),
    (b"Obj\x01", "an Avro file", "Save it as Parquet or CSV."),
)
_MARKUP: Final = re.compile(
    rb"\s*<(!doctype\s+html|html|head|body|table|meta|\?xml|[a-z]+[\s>])", re.IGNORECASE
)
_TAGS: Final = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
#: Letters a Western European text is written with, and the signs its typesetting uses.
_LETTERS: Final = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœúùûüÿßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜŸ")
_SIGNS: Final = frozenset("’‘“”–—…€«»·°•™©®£§")
_EIGHT_BIT: Final = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}


def head_of(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file, without its byte order mark; nothing of what is no file."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        head = file.read(size)
    while head.startswith(_BOM):
        head = head.removeprefix(_BOM)
    return head


def utf16_of(head: bytes) -> str | None:
    """The UTF-16 codec a file's first bytes are written in, with or without a byte order mark; None: another."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[: len(head) // 2 * 2][:400]
    if len(sample) < 4:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > half * 0.7 and sample[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if sample[0::2].count(0) > half * 0.7 and sample[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def refuse_other_kinds(path: Path) -> None:
    """NotThisForm naming what the file is when it is no text of rows, whatever its name says."""
    head = head_of(path)
    for start, kind, advice in _OTHER_KINDS:
        if head.startswith(start):
            raise NotThisForm(f"{path.name} is {kind}. {advice}")
    if _MARKUP.match(head):
        if head.lstrip()[:5].lower() == b"<?xml":
            raise NotThisForm(f"{path.name} is XML, not a table of events. Export the data as CSV.")
        words = " ".join(_TAGS.sub(" ", head.decode("utf-8", "replace")).split())[:80]
        shown = f" that says “{words}”" if words else ""
        raise NotThisForm(
            f"{path.name} is a web page (HTML){shown}, not an export. Download it again while signed in."
        )


def text_of_file(path: Path, reading: Reading) -> str:
    """All of a text file, without byte order marks and padding.

    Bytes that cannot be decoded become lone surrogates (`surrogateescape`): their lines are parked one by one.
    Raises NotThisForm when the file is of another kind, or the encoding a person named does not fit.
    """
    refuse_other_kinds(path)
    body = path.read_bytes()
    named = reading.options.encoding
    if named is not None:
        text = _named(path, body, named)
    elif (wide := utf16_of(body[:4096])) is not None:
        try:
            text = body.decode(wide)
        except UnicodeDecodeError:
            raise NotThisForm(
                f"{path.name} begins as UTF-16 and is damaged further on. Export it again."
            ) from None
        name = "UTF-32" if wide == "utf-32" else "UTF-16"
        reading.note(f"{path.name} was read as {name}.", "encoding", encoding=name)
    else:
        text = _narrow(path, body, reading)
    return text.lstrip("\ufeff").rstrip("\0\x1a")


def _named(path: Path, body: bytes, name: str) -> str:
    try:
        codec = codecs.lookup(name)
        if not codec._is_text_encoding:
            raise LookupError
    except (LookupError, ValueError):
        raise NotThisForm(
            f"There is no encoding {name[:40]!r}; usual ones are utf-8, cp1252, mac_roman, utf-16."
        ) from None
    try:
        return body.decode(codec.name)
    except (UnicodeError, ValueError):
        raise NotThisForm(f"{path.name} is not written in {name[:40]}.") from None


def _narrow(path: Path, body: bytes, reading: Reading) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = body.decode("utf-8", "surrogateescape")
    if any("\x7f" < character < "\ud800" or character > "\udfff" for character in text.replace("\ufeff", "")):
        return text  # UTF-8 with damaged lines: those are parked
    codec = _eight_bit(body)
    if codec is None:
        return text
    reading.note(
        f"{path.name} was read as {_EIGHT_BIT[codec]}; --encoding names another.",
        "encoding",
        encoding=_EIGHT_BIT[codec],
    )
    return body.decode(codec)


def _eight_bit(body: bytes) -> str | None:
    """Windows-1252 or Mac Roman, by which of them makes letters of the bytes; None when neither clearly does."""
    scores: dict[str, float] = {}
    for codec in _EIGHT_BIT:
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        score = 0.0
        for found in re.finditer(r"[^\x00-\x7f]", text):
            character, at = found.group(), found.start()
            before, after = text[at - 1 : at], text[at + 1 : at + 2]
            in_word = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
            if character in _LETTERS:
                score += (1.0 if in_word else 0.0) - (
                    1.5 if character.isupper() and before.islower() else 0.0
                )
            elif character in _SIGNS:
                score += 0.25 if not (before.isalpha() and after.isalpha()) or character == "’" else -0.5
            else:
                score -= 1.0
        scores[codec] = score
    if not scores:
        return None
    best = max(scores, key=scores.__getitem__)
    others = [score for codec, score in scores.items() if codec != best]
    return best if scores[best] > 0 and all(scores[best] - score >= 0.5 for score in others) else None
