"""`POST /hooks/<provider>/<key>`: find the source, verify, parse, keep durably, only then say 200.

Unknown key 404, wrong signature 401, wrong form 400, too large 413, compressed 415, our own fault 503 with
Retry-After so that the provider sends again. What was sent never makes it 5xx: what cannot be read is parked
with its reason, and what is refused leaves a trace (data/intake/refusals.py). Nothing of the body is ever
written to a log.

Arrived mail may be large, for its attachments come with it: they are dropped while it is read.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    HTTPException,
    MethodNotAllowed,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from dashapp.db.base import now
from dashapp.errors import NotFound
from dashapp.services import Services, services
from dashapp.sources.delivery import SourceEndpoint, find_endpoint
from dashapp.web import refusals
from dashapp.web.counters import count
from data.errors import BadSignature, InboxBusy, NotThisForm, Unreadable
from data.events.canonical import Parked, canonical_many
from data.events.fields import storable
from data.intake import own_subjects
from data.intake.refusals import Refusal
from data.sources import Delivery, HookRequest, Secrets, Source, sources
from data.sources.slimming import TooMuchText, slim

log = logging.getLogger("vitrine.web")

#: Bytes of one delivery; providers send some hundred kB at most.
MAX_BODY: Final = 1_000_000
#: Bytes of an arrived mail with its attachments: providers take 25 to 35 MB, base64 makes a third more of it.
MAX_MAIL: Final = 50_000_000
#: Mails of that size that are read at once; the others wait so many seconds, then have to come again.
_BIG_MAILS: Final = threading.BoundedSemaphore(4)
_PATIENCE_S: Final = 10.0
_PIECE: Final = 65_536
_MOST_RAW: Final = 65_536

blueprint = Blueprint("hooks", __name__)


@blueprint.route("/hooks/<provider>/<key>", methods=["GET", "HEAD", "POST"], provide_automatic_options=False)
def receive(provider: str, key: str) -> Response:
    """Take one delivery: 200 {"new", "duplicate", "parked", "clashes"} once it is on the disk.

    HEAD is 204, which is all that a provider asks for when an address is typed in there.
    """
    if request.method not in ("POST", "HEAD"):
        raise MethodNotAllowed(valid_methods=["POST", "HEAD"])
    running = services()
    endpoint = find_endpoint(running.engine, running.settings.secret_key, provider, key)
    source = sources().get(provider)
    if endpoint is None or source is None:
        raise NotFound("There is no such source.")
    if request.method == "HEAD":
        return Response(status=204)
    at = now()
    with _refusing(endpoint):
        delivered = _request(running, source, endpoint.secrets_at(at))
        with _keeping_raw(delivered):
            source.verify(delivered, endpoint.secrets_at(at), at)
            delivery = Delivery([]) if source.handshake(delivered) else _parsed(source, delivered)
    records = own_subjects.settled(running.engine, endpoint.workspace_id, delivery.records)
    events, unread = canonical_many(records, received_at=at)
    receipt = running.inbox.put(
        endpoint.workspace_id, endpoint.source_id, events, [*delivery.parked, *unread], received_at=at
    )
    answer: dict[str, int] = {
        "new": receipt.new,
        "duplicate": receipt.duplicate,
        "parked": receipt.parked,
        "clashes": receipt.clashes,
    }
    for what, n in answer.items():
        count("hook_records", what, n)
    return jsonify(answer)


def _parsed(source: Source, delivered: HookRequest) -> Delivery:
    """What the delivery holds; what its reader gives up on is parked whole, for the sender did nothing wrong."""
    try:
        return source.parse(delivered)
    except Unreadable as error:
        why = str(error).rstrip(".")
    except (NotThisForm, BadSignature, InboxBusy):
        raise
    except RecursionError:
        why = "It is nested too deeply"
    except Exception as error:
        log.error("a delivery of %s could not be read", source.name, exc_info=error)
        why = f"It could not be read ({type(error).__name__})"
    raw = delivered.body.decode("utf-8", "replace")
    return Delivery([], [Parked("the body", f"{why[:1].lower()}{why[1:]}", storable(raw))])


class _Refused(Exception):
    """Carries how an error is counted past the block that knows the body."""

    def __init__(self, reason: str, error: Exception, raw: bytes | None = None, size: int = 0) -> None:
        self.reason, self.error, self.raw, self.size = reason, error, raw, size


@contextmanager
def _keeping_raw(delivered: HookRequest) -> Iterator[None]:
    try:
        yield
    except BadSignature as error:
        raise _Refused("signature", error, delivered.body, len(delivered.body)) from error
    except NotThisForm as error:
        raise _Refused("form", error, delivered.body, len(delivered.body)) from error


@contextmanager
def _refusing(endpoint: SourceEndpoint) -> Iterator[None]:
    """Whatever is refused leaves a trace for the workspace; then the sender hears of it."""
    try:
        yield
    except (_Refused, RequestEntityTooLarge, UnsupportedMediaType, NotThisForm) as error:
        told = error if isinstance(error, _Refused) else _Refused(_reason(error), error)
        count("hook_deliveries", _COUNTED[told.reason])
        at = now()
        raw = None if told.raw is None else told.raw[:_MOST_RAW].decode("utf-8", "replace")
        size = told.size or request.content_length or 0
        refusals.note(
            Refusal(
                endpoint.workspace_id, endpoint.source_id, told.reason, _why(told.error), size, at, at, 1, raw
            )
        )
        raise told.error from None


#: What /metrics calls them.
_COUNTED: Final = {
    "signature": "bad_signature",
    "form": "wrong_form",
    "size": "too_large",
    "encoding": "wrong_encoding",
}


def _reason(error: Exception) -> str:
    if isinstance(error, RequestEntityTooLarge):
        return "size"
    return "encoding" if isinstance(error, UnsupportedMediaType) else "form"


def _why(error: Exception) -> str:
    """A sentence; what our own errors say is one already."""
    if isinstance(error, RequestEntityTooLarge):
        return f"The delivery is larger than is taken ({request.content_length or 0} bytes)."
    if isinstance(error, UnsupportedMediaType):
        return "The delivery is compressed, and compressed ones are not taken."
    return "The delivery could not be read." if isinstance(error, HTTPException) else str(error)


def _request(running: Services, source: Source, secrets: Secrets) -> HookRequest:
    """The delivery as the sources read it. The size is known before a byte is."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType  # a few kB could unfold to gigabytes, and no provider needs it
    size = request.content_length or 0
    request.max_content_length = MAX_MAIL
    if size > (MAX_MAIL if source.takes_mail else MAX_BODY):
        raise RequestEntityTooLarge
    url = f"{running.settings.public_url}{request.path}"
    delivered = HookRequest(method="POST", url=url, headers=headers, body=b"")
    if size <= MAX_BODY:
        return replace(delivered, body=request.get_data(cache=False))
    return _without_attachments(source, delivered, secrets)


def _without_attachments(source: Source, delivered: HookRequest, secrets: Secrets) -> HookRequest:
    """The delivery with its body, but without attachments, and the digests of all of it: read piece by piece."""
    hashes = source.hashes(delivered, secrets)

    def pieces() -> Iterator[bytes]:
        while piece := request.stream.read(_PIECE):
            for each in hashes:
                each.update(piece)
            yield piece

    if not _BIG_MAILS.acquire(timeout=_PATIENCE_S):
        raise InboxBusy("Several large mails are being read; send it again in a few seconds.")
    try:
        given = pieces()
        kind = delivered.headers.get("content-type", "")
        body = slim(kind, given, source.dropped, source.json_field)
        for _ in given:
            pass  # what follows the end of the form is signed, too
    except TooMuchText:
        raise RequestEntityTooLarge from None
    except ClientDisconnected:
        raise BadRequest from None
    finally:
        _BIG_MAILS.release()
    return replace(delivered, body=body, digests=tuple(each.digest() for each in hashes))
