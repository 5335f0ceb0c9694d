"""Cutting a multipart body at its boundary, in one pass: each part's header lines and its content."""

from __future__ import annotations

import binascii
from typing import Final, NamedTuple

from data.errors import Unreadable
from data.sources.headers import MAX_BLOCK, Headers, first_of, header_lines, parameters

#: A boundary has at most 70 characters (RFC 2046); some senders write a few more.
_LONGEST_BOUNDARY: Final = 200


class Part(NamedTuple):
    """One part: its headers, and its content as it was sent (not decoded)."""

    headers: Headers
    content: bytes

    @property
    def content_type(self) -> str:
        """Such as "text/plain", which is what a part without the header is."""
        return parameters(first_of(self.headers, "content-type") or "")[0] or "text/plain"

    @property
    def charset(self) -> str | None:
        """The charset its Content-Type names."""
        return parameters(first_of(self.headers, "content-type") or "")[1].get("charset")

    @property
    def boundary(self) -> bytes | None:
        """The boundary of its own parts, when it is multipart."""
        return boundary_of(first_of(self.headers, "content-type"))

    @property
    def disposition(self) -> tuple[str, str | None, str | None]:
        """(disposition, name, file name)."""
        kind, named = parameters(first_of(self.headers, "content-disposition") or "")
        return kind, named.get("name"), named.get("filename")

    def decoded(self) -> bytes:
        """The content without its transfer encoding; as it is where that cannot be undone."""
        encoding = (first_of(self.headers, "content-transfer-encoding") or "").strip().lower()
        try:
            if encoding == "base64":
                return binascii.a2b_base64(self.content)
            if encoding == "quoted-printable":
                return binascii.a2b_qp(self.content)
        except ValueError:
            return self.content
        return self.content


def boundary_of(content_type: str | None) -> bytes | None:
    """The boundary a Content-Type names, or None: it is not multipart, or names none."""
    kind, named = parameters(content_type or "")
    boundary = named.get("boundary", "").rstrip()
    if not kind.startswith("multipart/") or not boundary or len(boundary) > _LONGEST_BOUNDARY:
        return None
    return boundary.encode("utf-8", "replace")


def part_of(raw: bytes) -> Part:
    """A part (or a whole mail) of its text: headers up to the first empty line, then content."""
    if raw.startswith((b"\r\n", b"\n")):
        return Part([], raw.lstrip(b"\r\n") if raw.startswith(b"\n") else raw[2:])
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    end = min(ends, default=len(raw))
    content = raw[end + (4 if raw[end : end + 4] == b"\r\n\r\n" else 2) :]
    # Far beyond what is kept: the scan for the needed headers is linear, but not for ever.
    return Part(header_lines(raw[: min(end, 16 * MAX_BLOCK)]), content)


def split(body: bytes, boundary: bytes, most: int) -> list[Part]:
    """The parts between boundary lines; an unfinished body ends its last part. Unreadable: more than `most`."""
    mark = b"--" + boundary
    parts: list[Part] = []
    at = 0 if body.startswith(mark) else _next(body, mark, 0)
    while at >= 0:
        after = at + len(mark)
        if body[after : after + 2] == b"--":
            break
        line_end = body.find(b"\n", after)
        if line_end < 0:
            break
        # The end of the mark's own line may begin the next mark's: an empty part.
        at = _next(body, mark, line_end)
        end = len(body) if at < 0 else at
        if len(parts) >= most:
            raise Unreadable("It has too many parts.")
        content = body[line_end + 1 : end]
        if at >= 0:
            content = content[:-2] if content.endswith(b"\r\n") else content[:-1] if content else content
        parts.append(part_of(content))
    return parts


def _next(body: bytes, mark: bytes, start: int) -> int:
    """Where the next boundary line begins at or after `start`; -1: nowhere. A longer boundary is another one."""
    wanted = b"\n" + mark
    while True:
        at = body.find(wanted, start)
        if at < 0:
            return -1
        after = body[at + len(wanted) : at + len(wanted) + 1]
        if after in (b"\r", b"\n", b"-", b" ", b"\t", b""):
            return at + 1
        start = at + 1
