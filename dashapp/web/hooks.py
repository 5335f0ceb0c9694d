"""`POST /hooks/<provider>/<key>`: find the door, verify, parse, keep durably, only then say 200.

Unknown key 404, wrong signature 401, wrong form 400, over 1 MB 413, compressed 415, our own fault 503 with
Retry-After so that the provider sends again. Nothing of the body is ever written to a log.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge, UnsupportedMediaType

from dashapp.db.base import now
from dashapp.errors import NotFound
from dashapp.services import Services, services
from dashapp.sources.delivery import find_door
from dashapp.web.counters import count
from data.errors import BadSignature, NotThisForm
from data.events.canonical import canonical_many
from data.sources import HookRequest, sources

#: Bytes of one delivery; providers send some hundred kB at most.
MAX_BODY = 1_000_000

blueprint = Blueprint("hooks", __name__)


@blueprint.route("/hooks/<provider>/<key>", methods=["GET", "HEAD", "POST"], provide_automatic_options=False)
def receive(provider: str, key: str) -> Response:
    """Take one delivery: 200 {"new", "duplicate", "parked"} once it is on the disk."""
    if request.method != "POST":
        raise MethodNotAllowed(valid_methods=["POST"])
    running = services()
    door = find_door(running.engine, running.settings.secret_key, provider, key)
    source = sources().get(provider)
    if door is None or source is None:
        raise NotFound("There is no such source.")
    at = now()
    delivered = _request(running)
    try:
        source.verify(delivered, door.secrets_at(at), at)
        delivery = source.parse(delivered)
    except BadSignature:
        count("hook_deliveries", "bad_signature")
        raise
    except NotThisForm:
        count("hook_deliveries", "wrong_form")
        raise
    events, unread = canonical_many(delivery.records, received_at=at)
    receipt = running.inbox.put(
        door.workspace_id, door.source_id, events, [*delivery.parked, *unread], received_at=at
    )
    answer: dict[str, int] = {"new": receipt.new, "duplicate": receipt.duplicate, "parked": receipt.parked}
    for what, n in answer.items():
        count("hook_records", what, n)
    return jsonify(answer)


def _request(running: Services) -> HookRequest:
    """The delivery as the sources read it. The size is known before a byte is."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType  # a few kB could unfold to gigabytes, and no provider needs it
    request.max_content_length = MAX_BODY
    request.max_form_memory_size = MAX_BODY
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    body = request.get_data(cache=True)
    form: dict[str, Any] = {}
    if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = {name: values[0] for name, values in request.form.lists()}
    return HookRequest(
        method="POST",
        url=f"{running.settings.public_url}{request.path}",
        headers=headers,
        body=body,
        form=form,
    )
