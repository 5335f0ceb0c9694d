"""Taking a big mail without its attachments: a body is read piece by piece, and only its texts are kept.

Providers post arrived mail whole, with up to 35 MB of attachments; a figure needs none of them. What comes out is a
smaller body of the same form, which is then verified and parsed like any other. One pass over each piece, and never
more than a piece and what is kept in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote_plus, unquote_to_bytes

from data.errors import NotThisForm
from data.sources import ATTACHMENT
from data.sources.headers import MAX_BLOCK, parameters
from data.sources.multipart import boundary_of, part_of
from data.sources.slim_json import MOST_OF_TEXT, SlimJson

#: Bytes of everything that is kept.
MOST_KEPT: Final = 1_000_000
#: Form fields that hold a whole mail.
_WHOLE_MAILS: Final = frozenset({"email", "body-mime"})
_LONGEST_LINE: Final = 65_536
_TEXTS: Final = ("text/", "multipart/", "message/")


class TooMuchText(NotThisForm):
    """Even without its attachments the mail is more than is taken (HTTP 413)."""


def slim(
    content_type: str,
    pieces: Iterable[bytes],
    dropped: re.Pattern[bytes] = ATTACHMENT,
    json_field: str | None = None,
) -> bytes:
    """The body without attachments. Raises TooMuchText, or NotThisForm when it cannot be cut into parts.

    `dropped`: the names of JSON strings that are left out. `json_field`: the form field that holds JSON.
    """
    kind = content_type.lower()
    if kind.startswith("multipart/form-data"):
        boundary = boundary_of(content_type)
        if boundary is None:
            raise NotThisForm("The form has no boundary.")
        kept = _multipart(pieces, boundary)
    elif kind.startswith("application/x-www-form-urlencoded"):
        kept = _urlencoded(pieces, dropped, json_field)
    else:
        scanner = SlimJson(dropped)
        kept = map(scanner.feed, pieces)
    out = bytearray()
    for piece in kept:
        out += piece
        if len(out) > MOST_KEPT:
            raise TooMuchText("Without its attachments the delivery is still larger than is taken.")
    return bytes(out)


# Forms ------------------------------------------------------------------------------------------------------


class _Text:
    """A field's value: the beginning of it."""

    def __init__(self) -> None:
        self._room = MOST_OF_TEXT

    def feed(self, piece: bytes) -> bytes:
        kept = piece[: self._room]
        self._room -= len(kept)
        return kept

    def end(self) -> bytes:
        return b""


class _Dropped(_Text):
    """A file."""

    def feed(self, piece: bytes) -> bytes:
        return b""


class _Mail(_Text):
    """A whole mail, line by line: parts that are no text, and attached ones, keep their headers only."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._started = False  # the line's beginning has been judged already
        self._in_headers = True
        self._dropping = False
        self._header = b""
        self._drop_next = False

    def feed(self, piece: bytes) -> bytes:
        out = bytearray()
        at = 0
        while at < len(piece):
            end = piece.find(b"\n", at)
            stop = len(piece) if end < 0 else end + 1
            self._line += piece[at:stop]
            at = stop
            if end >= 0 or len(self._line) > _LONGEST_LINE:
                out += self._judged(whole=end >= 0)
        return bytes(out)

    def end(self) -> bytes:
        return self._judged(whole=True) if self._line else b""

    def _judged(self, *, whole: bool) -> bytes:
        line, self._line = bytes(self._line), bytearray()
        begins, self._started = not self._started, not whole
        if begins and line.startswith(b"--") and not self._in_headers:
            self._in_headers, self._dropping, self._drop_next, self._header = True, False, False, b""
            return line
        if not self._in_headers:
            return b"" if self._dropping else line
        if begins and not line.strip():
            self._look()
            self._in_headers, self._dropping = False, self._drop_next
        elif begins and line[:1] in (b" ", b"\t"):
            self._header += line[:1_000] if len(self._header) < 2_000 else b""
        elif begins:
            self._look()
            self._header = line[:1_000]
        return line

    def _look(self) -> None:
        name, _, value = self._header.partition(b":")
        main, _ = parameters(value.decode("latin-1"))
        known = name.strip().lower()
        if (known == b"content-type" and main and not main.startswith(_TEXTS)) or (
            known == b"content-disposition" and main == "attachment"
        ):
            self._drop_next = True
        self._header = b""


def _value_of(name: str | None, file_name: str | None) -> _Text:
    if name is None or file_name is not None:
        return _Dropped()
    return _Mail() if name in _WHOLE_MAILS else _Text()


def _multipart(pieces: Iterable[bytes], boundary: bytes) -> Iterator[bytes]:
    mark = b"\n--" + boundary
    buffer = bytearray(b"\n")  # the first boundary may begin the body
    value: _Text | None = None  # None: before the first part, or within a part's headers
    in_headers = False
    skip = 0  # 1: the buffer begins with the line break that ended the headers
    for piece in pieces:
        buffer += piece
        while True:
            if in_headers:
                end = buffer.find(b"\r\n\r\n")
                if end < 0:
                    if len(buffer) > MAX_BLOCK:
                        raise NotThisForm("A part of the form has more headers than are read.")
                    break
                head = bytes(buffer[: end + 4])
                # Its content may be empty: the next boundary's line break is then the one that ends the headers.
                del buffer[: end + 2]
                line_end = head.find(b"\n")
                if head[:line_end].strip().startswith(b"--"):
                    return  # what follows the last boundary
                part = part_of(head[line_end + 1 :])
                _, name, file_name = part.disposition
                value = _value_of(name, file_name)
                in_headers = False
                if not isinstance(value, _Dropped):
                    yield b"--" + boundary + b"\r\n" + head[line_end + 1 :]
                del buffer[:1]  # the "\r" of the empty line; its "\n" may belong to the next boundary
                skip = 1
                continue
            found = buffer.find(mark)
            if found < 0:
                keep = len(mark) + 1
                if len(buffer) > keep:
                    if value is not None:
                        yield value.feed(bytes(buffer[skip:-keep]))
                        skip = 0
                    del buffer[:-keep]
                break
            if value is not None and not isinstance(value, _Dropped):
                yield value.feed(bytes(buffer[skip:found]).removesuffix(b"\r"))
                yield value.end() + b"\r\n"
            del buffer[: found + len(mark)]
            if buffer[:2] == b"--":
                yield b"--" + boundary + b"--\r\n"
                return
            value, in_headers = None, True
    if value is not None and not isinstance(value, _Dropped):
        yield value.feed(bytes(buffer[skip:])) + value.end()
    yield b"\r\n--" + boundary + b"--\r\n"


def _urlencoded(
    pieces: Iterable[bytes], dropped: re.Pattern[bytes], json_field: str | None
) -> Iterator[bytes]:
    rest = b""
    value: _Text | SlimJson | None = None
    for piece in pieces:
        rest += piece
        *done, rest = rest.split(b"&")
        for number, part in enumerate([*done, rest]):
            last = number == len(done)
            if value is None:
                name, equals, content = part.partition(b"=")
                if not equals and last and len(part) < _LONGEST_LINE:
                    break  # its name may go on in the next piece
                named = unquote_to_bytes(name[:600].replace(b"+", b" ")).decode("utf-8", "replace")
                value = SlimJson(dropped) if named == json_field else _value_of(named, None)
                yield name[:600] + b"="
            else:
                content = part
            if last:
                # Half of an escape ("%4") waits for the rest of it.
                tail = content.rfind(b"%", max(len(content) - 2, 0))
                rest = content[tail:] if tail >= 0 else b""
                content = content[:tail] if tail >= 0 else content
            decoded = value.feed(unquote_to_bytes(content.replace(b"+", b" ")))
            yield quote_plus(decoded).encode()
            if not last:
                yield quote_plus(value.end()).encode() + b"&"
                value = None
    if value is not None:
        decoded = value.feed(unquote_to_bytes(rest.replace(b"+", b" "))) + value.end()
        yield quote_plus(decoded).encode()
    elif rest:
        yield rest[:_LONGEST_LINE]
