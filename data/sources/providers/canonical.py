"""Canonical events over HTTP, signed as Standard Webhooks does (also with the `svix-` header names).

The body is one object, an array of objects, or one object a line.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from data.errors import NotThisForm
from data.events.canonical import OURS, Parked
from data.events.fields import storable
from data.sources import Delivery, HookRequest, Source
from data.sources.bodies import elements, text_of, why_no_object
from data.sources.files.dates import two_readings
from data.sources.files.reading import DATE_ORDERS
from data.sources.providers.standard_webhooks import sign, verify

__all__ = ["SOURCE", "parse", "sign"]


def parse(request: HookRequest) -> Delivery:
    """The body's objects as they are; what is no object is parked."""
    text = text_of(request.body)
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    try:
        found = elements(text)
    except NotThisForm as error:
        return _by_line(text, error)
    for number, (value, raw) in enumerate(found, 1):
        if type(value) is dict:
            _keep(value, f"element {number}", raw, records, parked)
        else:
            parked.append(Parked(f"element {number}", why_no_object(value), storable(raw)))
    return Delivery(records, parked)


def _by_line(text: str, error: NotThisForm) -> Delivery:
    """One object a line, some of them broken: the good ones are kept. No good one: it is not this form."""
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line:
            continue
        value = None
        if line[0] == "{" and line[-1] == "}":  # making an error is dear, and a broken body has many lines
            with suppress(ValueError, RecursionError):
                value = json.loads(line)
        if type(value) is dict:
            _keep(value, f"line {number}", line, records, parked)
        else:
            parked.append(Parked(f"line {number}", "the line is no JSON object", storable(line)))
    if not records:
        raise error
    return Delivery(records, parked)


def _keep(
    value: dict[str, Any], where: str, raw: str, records: list[dict[str, Any]], parked: list[Parked]
) -> None:
    """A record, unless its date can be read two ways: of one delivery nothing settles which is right."""
    if readings := two_readings(value.get("occurred_at")):
        told = " or ".join(f"{day.day} {day:%B %Y} ({DATE_ORDERS[order]})" for order, day in readings.items())
        why = f"occurred_at {str(value['occurred_at'])[:40]!r} is {told}; send it as ISO 8601, 2026-09-03T10:00:00Z"
        parked.append(Parked(where, why, storable(raw)))
        return
    for name in OURS:  # what says how a record came is never the sender's to say
        value.pop(name, None)
    value["raw"], value["_where"] = raw, where
    records.append(value)


SOURCE = Source(
    "canonical",
    "Your own system (canonical events)",
    verify,
    parse,
    "Signing secret (whsec_…)",
    steps=(
        "Create the source: you get an address and a secret.",
        (
            "Sign each request as Standard Webhooks does, with the headers webhook-id, webhook-timestamp "
            "and webhook-signature."
        ),
        "Post one event, a list of events, or one event a line, as JSON.",
    ),
)
