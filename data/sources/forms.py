"""Reading a posted form from the raw body: every value of a repeated field, and each part's own charset.

A web framework gives one value a field and guesses UTF-8; both lose what providers really send.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import unquote_to_bytes

from data.errors import NotThisForm, Unreadable
from data.sources import HookRequest
from data.sources.charsets import text_of_charset
from data.sources.multipart import boundary_of, split

#: More fields than any provider sends; the rest of such a form is not worth reading.
MOST_FIELDS: Final = 1_000
#: Characters of a field's name, and of a value that is read before the signature is checked.
_LONGEST_NAME: Final = 200
LONGEST_SIGNED: Final = 512

Fields = dict[str, list[bytes]]


def is_form(request: HookRequest) -> bool:
    """Whether the request says that its body is a form."""
    kind = request.headers.get("content-type", "").lower()
    return kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded"))


def fields(request: HookRequest, only: Collection[str] | None = None) -> Fields:
    """Each text field's values, in order (files are left out); NotThisForm when the body cannot be read.

    `only`: just these fields, and of them no value longer than LONGEST_SIGNED: nothing else is decoded.
    """
    found: Fields = {}
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("application/x-www-form-urlencoded"):
        if request.body.count(b"&") >= MOST_FIELDS:
            raise Unreadable("The form has too many fields.")
        for pair in request.body.split(b"&"):
            name, _, value = pair.partition(b"=")
            if pair and _wanted(named := _text(name), value, only):
                found.setdefault(named, []).append(unquote_to_bytes(value.replace(b"+", b" ")))
        return found
    boundary = boundary_of(kind)
    if boundary is None:
        raise NotThisForm("The form has no boundary.")
    for part in split(request.body, boundary, MOST_FIELDS):
        _, named_part, file_name = part.disposition
        if named_part is None or file_name is not None:
            continue
        if _wanted(named_part, part.content, only):
            found.setdefault(named_part, []).append(part.decoded())
    return found


def _text(name: bytes) -> str:
    return unquote_to_bytes(name[: 3 * _LONGEST_NAME].replace(b"+", b" ")).decode("utf-8", "replace")


def _wanted(name: str, value: bytes, only: Collection[str] | None) -> bool:
    if len(name) > _LONGEST_NAME:
        return False
    return only is None or (name in only and len(value) <= LONGEST_SIGNED)


def texts(found: Fields, charsets: dict[str, str] | None = None) -> dict[str, list[str]]:
    """The fields as text: UTF-8, or the charset named for a field."""
    named = charsets or {}
    return {
        name: [text_of_charset(value, named.get(name)) for value in values] for name, values in found.items()
    }
