"""A parked record tried again: through its source, or as a canonical event when it has none.

All of it in the caller's transaction: the events that come of it are in the inbox exactly when the parked row is
gone, so pressing twice, or two people at once, take it in once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from data.errors import BadRecord, DataError, NotThisForm
from data.events.canonical import Event, canonical_many
from data.intake.delivery import body_of, parked_key
from data.intake.identity import clash_id, content_key
from data.intake.known_keys import claim_event
from data.lake import erased
from data.lake.manifest import utc
from data.lake.tables import inbox, parked
from data.scope import Scope
from data.sources import HookRequest, sources

#: What a record without a source (a file, the app itself) is read as.
CANONICAL = "canonical"


@dataclass(frozen=True, slots=True)
class Replayed:
    """`taken`: the row is gone. `new`: events now in the inbox. `why`: the sentence of why it stays parked."""

    taken: bool
    new: int = 0
    why: str = ""


def find(connection: Connection, scope: Scope, parked_id: int) -> dict[str, Any] | None:
    """One parked row of the scope's workspaces; None when it is another's or not there."""
    row = (
        connection.execute(
            select(parked).where(
                parked.c.id == parked_id, parked.c.workspace_id.in_(sorted(scope.workspace_ids))
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else {**row, "received_at": utc(row["received_at"])}


def replay(connection: Connection, row: dict[str, Any], provider: str | None, at: datetime) -> Replayed:
    """Try the row (as `find` gave it) again. `provider`: of its source; None: it came without one.

    An event keeps the time it happened and is received now: figures as of an earlier time do not change.
    """
    try:
        events = _read(row["raw"], provider, row["received_at"])
    except (DataError, ValueError, RecursionError) as error:
        return Replayed(False, why=str(error))
    gone = connection.execute(delete(parked).where(parked.c.id == row["id"])).rowcount
    if gone != 1:
        return Replayed(False, why="Somebody else has just taken it in.")
    new = []
    erased_here = erased.of(connection, row["workspace_id"])
    for event in events:
        claimed: Event | None = event
        # Parked after it was taken in (jobs/intake/poison.py): it is known, and is its own.
        if row["key"] not in (parked_key(event.event_id), parked_key(clash_id(event))):
            claimed = claim_event(connection, row["workspace_id"], event)
        if claimed is not None:
            kept = claimed._replace(received_at=at)
            new.append(kept if erased_here is None else erased_here.mask(kept))
    if new:
        connection.execute(
            insert(inbox).values(
                workspace_id=row["workspace_id"],
                source_id=row["source_id"],
                received_at=at,
                events=len(new),
                body=body_of(new),
            )
        )
    return Replayed(True, len(new))


def _read(raw: str, provider: str | None, received_at: datetime) -> list[Event]:
    """The events of a record, all of them; raises with the sentence of why it is none."""
    source = sources().get(provider or CANONICAL)
    if source is None:
        raise BadRecord(f"There is no source {provider!r} any more.")
    try:
        delivery = source.parse(_request(raw))
    except NotThisForm:
        delivery = source.parse(_request(f"[{raw}]"))  # it was one element of a provider's list
    events, refused = canonical_many(delivery.records, received_at=received_at)
    wrong = [*delivery.parked, *refused]
    if wrong:
        raise BadRecord(wrong[0].why)
    if not events:
        raise BadRecord("there is no event in it")
    unique = {content_key(event): event for event in events}
    return list(unique.values())


def _request(text: str) -> HookRequest:
    body = text.encode("utf-8", "backslashreplace")
    return HookRequest("POST", "", {"content-type": "application/json"}, body)


def readable(raw: str, limit: int) -> tuple[str, bool]:
    """The record as a person reads it (JSON is indented), and whether it was cut at `limit` characters."""
    text = raw
    if len(raw) <= limit:
        try:
            text = json.dumps(json.loads(raw), ensure_ascii=False, indent=2)
        except (ValueError, RecursionError):
            text = raw
    return text[:limit], len(text) > limit
