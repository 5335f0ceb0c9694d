"""Reading a posted form from the raw body: every value of a repeated field, and each part's own charset.

A web framework gives one value a field and guesses UTF-8; both lose what providers really send.
"""

from __future__ import annotations

import email.policy
from collections.abc import Iterable
from email.message import Message
from email.parser import BytesParser
from urllib.parse import parse_qsl

from data.errors import NotThisForm
from data.sources import HookRequest

#: More fields than any provider sends; the rest of such a form is not worth reading.
_MOST_FIELDS = 1_000

Fields = dict[str, list[bytes]]


def is_form(request: HookRequest) -> bool:
    """Whether the request says that its body is a form."""
    kind = request.headers.get("content-type", "").lower()
    return kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded"))


def fields(request: HookRequest) -> Fields:
    """Each text field's values, in order (files are left out); NotThisForm when the body cannot be read."""
    found: Fields = {}
    kind = request.headers.get("content-type", "")
    if not request.body:
        for name, value in request.form.items():
            found.setdefault(name, []).append(value.encode("utf-8", "replace"))
    elif kind.lower().startswith("application/x-www-form-urlencoded"):
        try:
            pairs = parse_qsl(
                request.body.decode("latin-1"),
                keep_blank_values=True,
                encoding="latin-1",
                max_num_fields=_MOST_FIELDS,
            )
        except ValueError:
            raise NotThisForm("The form has too many fields.") from None
        for name, value in pairs:
            found.setdefault(_decoded(name.encode("latin-1")), []).append(value.encode("latin-1"))
    else:
        for part in _parts(kind, request.body):
            named = part.get_param("name", header="content-disposition")
            if not isinstance(named, str) or part.get_filename() is not None:
                continue
            body = part.get_payload(decode=True)
            found.setdefault(named, []).append(body if isinstance(body, bytes) else b"")
    return found


def _parts(kind: str, body: bytes) -> Iterable[Message]:
    """The parts of a multipart form. Counted first: making them costs far more than sending them."""
    head = b"Content-Type: " + kind.encode("latin-1", "replace").replace(b"\n", b" ") + b"\r\n\r\n"
    parser = BytesParser(policy=email.policy.HTTP)
    try:
        boundary = parser.parsebytes(head, headersonly=True).get_boundary()
        if not boundary or body.count(b"--" + boundary.encode("utf-8", "replace")) > _MOST_FIELDS:
            raise NotThisForm("The form has no boundary, or too many parts.")
        whole = parser.parsebytes(head + body)
        return list(whole.iter_parts()) if whole.is_multipart() else ()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NotThisForm("The form cannot be read.") from None


def _decoded(value: bytes, charset: str | None = None) -> str:
    try:
        return value.decode(charset or "utf-8", "replace")
    except LookupError:
        return value.decode("utf-8", "replace")


def texts(found: Fields, charsets: dict[str, str] | None = None) -> dict[str, list[str]]:
    """The fields as text: UTF-8, or the charset named for a field."""
    named = charsets or {}
    return {name: [_decoded(value, named.get(name)) for value in values] for name, values in found.items()}
